/** Turns a plan into searches for capacity: cells whose rate is free, and what every rate must meet. */
import { readPayloadFile } from '../load/payload-file.ts';
import { meanValueBytes } from '../load/payloads.ts';
import { type MetricName, metrics } from '../measure/metrics.ts';
import { Capacity } from '../scenario/blocks/studies.ts';
import type { Scenario, ScenarioCheck } from '../scenario/schema.ts';
import { HarnessError } from '../support/errors.ts';
import type { Micros } from '../support/units.ts';
import { messagesPerSecond } from './assign.ts';
import { isAmong } from './matrix.ts';
import type { Cell, Plan } from './plan.ts';

/** A search, before its first trial. */
export interface SearchPlan {
  readonly cell: Cell;
  readonly settings: {
    readonly fromPerSecond: number;
    readonly resolution: number;
    readonly budgetMicros: number;
    readonly soakMicros: number;
    readonly bracketMicros: number;
    readonly measureMicros: number;
    readonly overheadMicros: number;
    readonly seed: number;
  };
  readonly demands: readonly Pick<ScenarioCheck, 'metric' | 'min' | 'max' | 'group'>[];
  /** Checks on rates, which a search varies and cannot hold. */
  readonly leftOut: readonly MetricName[];
  /** Of values, on average. */
  readonly bytesPerMessage: number;
}

/** Below it the slope of a backlog cannot be told from chance. */
const shortestMicros = 20e6;
/** Long enough for a rate to fail that is far too high. */
const bracketMicros = 12e6;
/** Topics, connections, drain: what a trial takes besides its load. */
const setupMicros = 3e6;

/**
 * The searches that the plan's cells ask for, one after the other.
 * @throws HarnessError `usage` for a load that has no rate, no acknowledgements or no fixed warm-up
 */
export const planSearches = ({ cells, seed }: Plan): Promise<SearchPlan[]> =>
  Promise.all(cells.map(cell => planSearch(cell, seed)));

async function planSearch(cell: Cell, seed: number): Promise<SearchPlan> {
  const { scenario } = cell;
  const { capacity = Capacity.parse({}), load } = scenario;
  const warmupMicros = searchableWarmup(scenario);
  const bytesPerMessage = await meanBytes(scenario);
  const demanded = scenario.checks.filter(({ where }) => isAmong(cell.factors, where));
  return {
    cell,
    settings: {
      fromPerSecond: messagesPerSecond(capacity.from, bytesPerMessage),
      resolution: capacity.resolution,
      budgetMicros: capacity.budget,
      soakMicros: capacity.soak,
      bracketMicros: Math.min(load.measureMicros, bracketMicros),
      measureMicros: Math.max(load.measureMicros, shortestMicros),
      overheadMicros: warmupMicros + setupMicros,
      seed,
    },
    demands: demanded.filter(isHeld).map(({ metric, min, max, group }) => ({ metric, min, max, group })),
    leftOut: demanded.filter(check => !isHeld(check)).map(({ metric }) => metric),
    bytesPerMessage,
  };
}

const isHeld = ({ metric }: ScenarioCheck): boolean => !metrics[metric].unit.endsWith('PerSecond');

/** @throws HarnessError `usage` */
function searchableWarmup({ load, producers, faults }: Scenario): number {
  const refuse = (sentence: string, hint: string): never => {
    throw new HarnessError('usage', sentence, { hint });
  };
  if (load.kind !== 'open') {
    return refuse(
      'A search for capacity tries rates, and the load has none.',
      'Remove outstanding, stages or rate: max.',
    );
  }
  if (faults.length > 0) {
    return refuse(
      'A search for capacity asks what whole brokers carry, and the scenario breaks them.',
      'Remove faults.',
    );
  }
  if (producers.acks === 0) {
    return refuse('With acks 0 nobody knows what was carried.', 'Set producers.acks to 1 or all.');
  }
  if (load.warmupMicros === 'auto') {
    return refuse('Every rate would need a warm-up of its own.', 'Set load.warmup to a duration like 5s.');
  }
  return load.warmupMicros;
}

async function meanBytes({ messages: { content } }: Scenario): Promise<number> {
  if (content.kind === 'generated') return meanValueBytes(content.size);
  const lines = await readPayloadFile(content.path);
  return lines.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0) / lines.length;
}

/** The cell at a rate, with a window of that length. Nothing is judged while it runs: a trial that a check ended would show nothing. */
export function atRate(cell: Cell, ratePerSecond: number, measureMicros: number): Cell {
  const { scenario } = cell;
  const arrivals = scenario.load.kind === 'open' ? scenario.load.arrivals : 'uniform';
  const rate = { kind: 'messages', perSecond: ratePerSecond } as const;
  const { warmupMicros } = scenario.load;
  const load = { kind: 'open', rate, arrivals, warmupMicros, measureMicros: measureMicros as Micros } as const;
  return { ...cell, scenario: { ...scenario, load, checks: [] } };
}

/** A plan of that one trial. */
export function probePlan(plan: Plan, cell: Cell, block: number): Plan {
  return {
    ...plan,
    scenario: { ...plan.scenario, checks: [] },
    repeat: 1,
    cells: [cell],
    order: [{ block, cell: cell.id }],
  };
}
