/** Chooses the pilots: trials before the first block, one of each cell with `warmup: auto`, which find how long that warm-up must be. */
import type { Micros } from '../support/units.ts';
import type { Scenario, ScenarioGroup } from '../scenario/schema.ts';
import type { Cell, Plan } from './plan.ts';

/** How long a pilot's load lasts at least and at most. */
export interface PilotLengths {
  readonly floorMicros: number;
  /** Of the first pilot on brokers that were just started. */
  readonly afterStartFloorMicros: number;
  readonly mostMicros: number;
}

export const pilotLengths: PilotLengths = {
  // six batches of MSER-5: with fewer it has nothing to choose from
  floorMicros: 30e6,
  // Java's compilers are at work on a young broker for about so long
  afterStartFloorMicros: 120e6,
  // ten times the floor: what has not settled in five minutes is a drift, and no warm-up takes that away
  mostMicros: 300e6,
};

/** A long floor leaves room for four times as much, so that the rule can extend it more than once. */
const mostPerFloor = 4;

/** Each look comes after one and a half times as much load as the one before. */
const growth = 1.5;

/** After how much load it is asked whether it is steady: `[30, 45, 68, 102, 153, 230, 300]` s from a floor of 30 s. */
export function looksOf(floorMicros: number, { mostMicros }: PilotLengths): number[] {
  const mostSeconds = Math.ceil(Math.max(mostMicros, mostPerFloor * floorMicros) / 1e6);
  const looks: number[] = [];
  for (let seconds = Math.ceil(floorMicros / 1e6); seconds < mostSeconds; seconds = Math.ceil(seconds * growth))
    looks.push(seconds);
  return [...looks, mostSeconds];
}

/** Whether pilots have to find the warm-up. */
export const isAuto = ({ load }: Scenario): boolean => load.warmupMicros === 'auto';
const isSimulated = ({ producers }: Scenario): boolean => producers.driver.name === 'simulated';

/** A cell's pilot: when it is asked whether the load is steady, in seconds of it. */
export interface Pilot {
  readonly cell: Cell;
  readonly looks: readonly number[];
}

/** A pilot for each cell whose warm-up is `auto`, in the order of the first block. */
export function pilotsOf(
  { cells, order }: Pick<Plan, 'cells' | 'order'>,
  lengths: PilotLengths,
  { areBrokersYoung }: { readonly areBrokersYoung: boolean },
): Pilot[] {
  const due = order
    .filter(({ block }) => block === 1)
    .flatMap(({ cell: id }) => cells.filter(({ id: one, scenario }) => one === id && isAuto(scenario)));
  const youngest = areBrokersYoung ? due.find(({ scenario }) => !isSimulated(scenario)) : undefined;
  return due.map(cell => {
    const floor = cell === youngest ? lengths.afterStartFloorMicros : lengths.floorMicros;
    return { cell, looks: looksOf(floor, lengths) };
  });
}

/**
 * The cell with a load of that length and nothing else: what a warm-up has of its scenario. Stages hold their first rate, groups keep their
 * members and have no backlog, nothing breaks, and the simulated broker does not freeze: all of that belongs to the window.
 */
export function asPilot(cell: Cell, forMicros: number): Cell {
  const { load, consumers, simulated } = cell.scenario;
  const window = { warmupMicros: 0 as Micros, measureMicros: forMicros as Micros };
  const steady =
    load.kind === 'stages'
      ? ({
          kind: 'open',
          rate: (load.stages[0] as (typeof load.stages)[number]).rate,
          arrivals: load.arrivals,
        } as const)
      : load;
  const groups = Object.entries(consumers).map(([name, group]): [string, ScenarioGroup] => [
    name,
    { ...group, churn: [], backlog: 0 },
  ]);
  return {
    ...cell,
    scenario: {
      ...cell.scenario,
      load: { ...steady, ...window },
      consumers: Object.fromEntries(groups),
      simulated: { ...simulated, freeze: [] },
      faults: [],
    },
  };
}

/** The cell with the warm-up that was found, where its own is `auto`. */
export function withWarmup(cell: Cell, micros: number): Cell {
  const { scenario } = cell;
  if (!isAuto(scenario)) return cell;
  return { ...cell, scenario: { ...scenario, load: { ...scenario.load, warmupMicros: micros as Micros } } };
}
