/** Chooses the trials that are run before the first block and thrown away: a cluster that was just started learns its work by them. */
import type { Scenario } from '../scenario/schema.ts';
import type { Cell, Plan } from './plan.ts';

/** Long enough for Java's compilers to meet what a trial asks of a broker, and short enough to be waited for. */
const longestWarmupMicros = 2e6;
const longestMeasureMicros = 8e6;

/** The scenario with a load that is no longer than a rehearsal is to be, and without faults; stages have their own lengths. */
export function shortened(scenario: Scenario): Scenario {
  const { load } = scenario;
  if (load.kind === 'stages') return { ...scenario, faults: [] };
  const warmupMicros = load.warmupMicros === 'auto' ? longestWarmupMicros : load.warmupMicros;
  return {
    ...scenario,
    faults: [],
    load: {
      ...load,
      warmupMicros: Math.min(warmupMicros, longestWarmupMicros) as typeof load.measureMicros,
      measureMicros: Math.min(load.measureMicros, longestMeasureMicros) as typeof load.measureMicros,
    },
  };
}

/** So many trials, shortened, of the cells that need brokers: in the order of the first block, and from its start again. */
export function rehearsals({ cells, order }: Pick<Plan, 'cells' | 'order'>, count: number): Cell[] {
  const real = order
    .filter(({ block }) => block === 1)
    .flatMap(({ cell: id }) => cells.filter(cell => cell.id === id))
    .filter(({ scenario }) => scenario.producers.driver.name !== 'simulated');
  if (real.length === 0) return [];
  return Array.from({ length: count }, (_, i) => real[i % real.length] as Cell).map(cell => ({
    ...cell,
    scenario: shortened(cell.scenario),
  }));
}
