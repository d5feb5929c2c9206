/** Says what is allowed and yet weakens what the numbers can mean, and what to do about it. */
import type { Scenario } from '../scenario/schema.ts';
import type { CellVolume } from './estimate.ts';
import { replicasOf } from './fit.ts';
import { isAmong } from './matrix.ts';
import type { Cell, PlanWarning } from './plan.ts';

/** Below so many trials a cell has a range instead of an interval. */
const enoughTrials = 5;

/** A percentile that rests on fewer messages beyond it than these is a matter of chance. */
const enoughBeyond = 10;

const shareBelow: Readonly<Record<string, number>> = {
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  p999: 0.999,
  p9999: 0.9999,
};

/** All warnings of a plan. */
export function warningsOf(scenario: Scenario, cells: readonly CellVolume[], repeat: number): PlanWarning[] {
  return [
    ...colocated(cells),
    ...fewTrials(repeat),
    ...shortWindows(scenario, cells),
    ...longSpans(scenario, cells),
    ...unreplicated(cells),
    ...unknownVolume(cells),
    ...keylessByClient(cells),
  ];
}

const isReal = ({ cell }: CellVolume): boolean => cell.scenario.producers.driver.name !== 'simulated';

function colocated(cells: readonly CellVolume[]): PlanWarning[] {
  const isLocal = cells.some(one => isReal(one) && one.cell.scenario.cluster.source.kind !== 'external');
  if (!isLocal) return [];
  const message =
    'The brokers share this host with the load generator: compare cells, do not quote absolute values (--brokers names a cluster elsewhere).';
  return [{ code: 'W-COLO', message }];
}

function fewTrials(repeat: number): PlanWarning[] {
  if (repeat >= enoughTrials) return [];
  const message = `${repeat} ${repeat === 1 ? 'trial' : 'trials'} of each cell: intervals need ${enoughTrials}, so comparisons will be inconclusive (repeat: ${enoughTrials}).`;
  return [{ code: 'W-TRIALS', message }];
}

/** The percentiles that a verdict or a check rests on, each with the cells in which it does. */
function judgedPercentiles(
  scenario: Scenario,
): { readonly metric: string; readonly isJudgedIn: (cell: Cell) => boolean }[] {
  const primary = scenario.compare.primary.map(metric => ({ metric, isJudgedIn: () => true }));
  const checked = scenario.checks.map(({ metric, where }) => ({
    metric,
    isJudgedIn: (cell: Cell) => isAmong(cell.factors, where),
  }));
  return [...primary, ...checked];
}

function shortWindows(scenario: Scenario, cells: readonly CellVolume[]): PlanWarning[] {
  const worst = new Map<string, CellVolume>();
  for (const { metric, isJudgedIn } of judgedPercentiles(scenario)) {
    const short = cells.filter(one => isJudgedIn(one.cell) && hasMetric(metric, one.cell) && isTooShort(metric, one));
    for (const one of short) {
      const known = worst.get(metric);
      if (!known || one.volume.messagesInWindow < known.volume.messagesInWindow) worst.set(metric, one);
    }
  }
  return [...worst].map(([metric, one]) => shortWindow(metric, one));
}

/** A check by spans of which none lies wholly in the window has no data. */
function longSpans(scenario: Scenario, cells: readonly CellVolume[]): PlanWarning[] {
  return scenario.checks.flatMap(({ metric, every, where }) => {
    const isLonger = ({ cell }: CellVolume): boolean =>
      every !== null && isAmong(cell.factors, where) && cell.scenario.load.measureMicros < every;
    const short = cells.find(isLonger);
    if (short === undefined || every === null) return [];
    const seconds = short.cell.scenario.load.measureMicros / 1e6;
    const message = `${metric} is to be judged every ${every / 1e6} s, and the window has ${seconds} s: that check will find no data. Measure longer, or shorten its every.`;
    return [{ code: 'W-SPAN', message }];
  });
}

/** Messages beyond the percentile in one trial; Infinity for metrics that are no percentile. */
function messagesBeyond(metric: string, { volume }: CellVolume): number {
  const below = shareBelow[metric.slice(metric.lastIndexOf('.') + 1)];
  return below === undefined ? Infinity : volume.messagesInWindow * (1 - below);
}

/** A hair's breadth of tolerance: 1 − 0.99 is not quite 0.01. */
const isTooShort = (metric: string, one: CellVolume): boolean =>
  one.volume.isKnown && messagesBeyond(metric, one) < enoughBeyond * (1 - 1e-9);

/** Whether the cell will have a value for the metric: acks 0 and closed loops have no `ack`. */
function hasMetric(metric: string, { scenario }: Cell): boolean {
  if (metric.startsWith('ack.') || metric.startsWith('service.')) return scenario.producers.acks !== 0;
  return !metric.startsWith('endToEnd.') || Object.keys(scenario.consumers).length > 0;
}

function shortWindow(metric: string, one: CellVolume): PlanWarning {
  const beyond = messagesBeyond(metric, one);
  const seconds = Math.ceil((one.volume.measureMicros / 1e6) * (enoughBeyond / beyond));
  const shown = beyond < 1 ? beyond.toPrecision(1) : String(Math.round(beyond * 10) / 10);
  const where = Object.keys(one.cell.factors).length > 0 ? ` of ${one.cell.label}` : '';
  const message = `${metric} rests on ${shown} messages in a trial${where}: fewer than ${enoughBeyond} is chance. Measure ${seconds}s, or raise the rate.`;
  return { code: 'W-SHORT', message };
}

function unreplicated(cells: readonly CellVolume[]): PlanWarning[] {
  const isAffected = cells.some(
    one => isReal(one) && one.cell.scenario.producers.acks === 'all' && replicasOf(one.cell.scenario) === 1,
  );
  if (!isAffected) return [];
  const message =
    'One replica: acks all waits for no other broker, so it costs no more than acks 1 (cluster: { local: { brokers: 3 } } makes them differ).';
  return [{ code: 'W-RF1', message }];
}

function unknownVolume(cells: readonly CellVolume[]): PlanWarning[] {
  const unknown = cells.filter(one => isReal(one) && !one.volume.isKnown);
  const [first] = unknown.toSorted((a, b) => b.volume.messages - a.volume.messages);
  if (!first) return [];
  const perSecond = first.volume.messages / ((first.volume.warmupMicros + first.volume.measureMicros) / 1e6);
  const message = `A load without a rate sends as fast as it is answered: messages and disk are estimated for ${Math.round(perSecond).toLocaleString('en')}/s, which it will hardly reach.`;
  return [{ code: 'W-VOLUME', message }];
}

/** A client's own partitioner is exact for keys alone. */
function keylessByClient(cells: readonly CellVolume[]): PlanWarning[] {
  const isAffected = ({ cell: { scenario } }: CellVolume): boolean => {
    const { content, keys } = scenario.messages;
    return scenario.producers.partitioning.by === 'client' && content.kind === 'generated' && keys.kind === 'none';
  };
  const affected = cells.find(isAffected);
  if (affected === undefined) return [];
  const { strategy } = affected.cell.scenario.producers.partitioning;
  const message = `Messages without a key go where the client likes: under by: client ${strategy} says only where keys go (messages.keys gives them some, by: harness decides for all).`;
  return [{ code: 'W-KEYLESS', message }];
}
