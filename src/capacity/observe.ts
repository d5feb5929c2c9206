/** Turns a trial that was run into what a search learns from it. Pure. */
import { limitingResource } from '../analysis/limiting-resource.ts';
import { steadinessOf } from '../analysis/steadiness.ts';
import { metricValue } from '../analysis/values.ts';
import { judgeTrial } from '../analysis/validity.ts';
import type { SecondHistogram } from '../measure/recorder.ts';
import { figuresOf } from '../measure/second-figures.ts';
import type { CapacityResult, ClusterResource } from '../results/capacity.ts';
import type { Finding, StoredTrial } from '../results/schema.ts';
import { type Backlog, halvesOf, latencySharesOf, type MeasuredDemand, missedBy } from './judgement.ts';
import type { Criterion, ProbeLimit, ProbeOutcome } from './probe.ts';

/** A demand of the scenario that every sustained rate must meet. */
export type RateDemand = CapacityResult['demands'][number];

/** Latencies by the second in which messages were due, of which none is left out. */
export type SecondsOf = Readonly<Record<'ack' | 'endToEnd', readonly SecondHistogram[]>>;

/** The trial's outcome, by `docs/capacity.md`. */
export function outcomeOf(trial: StoredTrial, seconds: SecondsOf, demands: readonly RateDemand[]): ProbeOutcome {
  const measured = demands.map((demand): MeasuredDemand => {
    const [distribution = ''] = demand.metric.split('.');
    const own =
      demand.group === null && (distribution === 'ack' || distribution === 'endToEnd') ? seconds[distribution] : [];
    return { ...demand, value: valueOf(trial, demand), halves: halvesOf(own, demand.metric, trial.windowMicros) };
  });
  const { counts, rates, windowMicros } = trial;
  const unmet = missedBy({
    windowMicros,
    scheduled: counts.scheduled,
    ackedInWindow: (rates.ackedPerSecond * windowMicros) / 1e6,
    withoutAck: counts.failed + counts.unresolved + counts.notSent,
    backlogs: [
      backlogOfProducers(trial, seconds.ack),
      ...trial.groups.map(group => backlogOfGroup(group, windowMicros)),
    ],
    undrained: trial.findings
      .filter(({ code }) => code === 'consumers-did-not-catch-up')
      .map(({ group }) => String(group)),
    demands: measured,
  });
  const missed = unmet === null ? null : [...unmet, ...unsteady(trial, seconds.ack)];
  const against = limitOf(trial);
  const verdict = missed === null ? 'undecided' : (against ?? (missed.length === 0 ? 'sustained' : 'exceeded'));
  return {
    verdict,
    missed: missed ?? [],
    isDegraded: missed !== null && against === null && judgeTrial(trial).validity !== 'valid',
    limitedBy: missed !== null && against === 'limited' ? clientOrGenerator(trial) : null,
    ...(verdict === 'exceeded' && trial.brokers !== undefined ? { ranOut: ranOut(trial) } : {}),
    ...latencySharesOf(measured),
    ackedPerSecond: rates.ackedPerSecond,
  };
}

/** What of the cluster was at its end; null where that is not told. */
function ranOut(trial: StoredTrial): ClusterResource | null {
  const resource = limitingResource(trial);
  return resource === 'client' || resource === 'generator' ? null : resource;
}

/** A rate that is sustained keeps its level; of windows too short to tell nothing is said. */
function unsteady(trial: StoredTrial, seconds: readonly SecondHistogram[]): Criterion[] {
  const { isSteady } = steadinessOf({ cell: '', trial, distributions: {}, perSecond: { ack: figuresOf(seconds) } });
  return isSteady === false ? [{ code: 'not-steady' }] : [];
}

/** A latency of which more messages than the percentile leaves out have no outcome is at least its value. */
function valueOf(trial: StoredTrial, { metric, group }: RateDemand): number | null {
  return metricValue(trial, metric, group)?.value ?? null;
}

/** What was due since the window began, less what was acknowledged since. */
function backlogOfProducers({ timeline, windowMicros }: StoredTrial, seconds: readonly SecondHistogram[]): Backlog {
  const added = new Float64Array(Math.floor(windowMicros / 1e6));
  for (const { second, count } of figuresOf(seconds)) {
    if (second < added.length) added[second] = (added[second] ?? 0) + count;
  }
  for (const { second, acked } of timeline) {
    if (second >= 0 && second < added.length) added[second] = (added[second] ?? 0) - acked;
  }
  let behind = 0;
  return { of: 'producers', samples: [...added].map(change => (behind += change)) };
}

function backlogOfGroup({ group, lag }: StoredTrial['groups'][number], windowMicros: number): Backlog {
  const within = lag.samples.filter(({ atMicros }) => atMicros >= 0 && atMicros <= windowMicros);
  return { of: group, samples: within.map(({ unread }) => unread) };
}

/** Signals by which a trial does not count because its cluster was slow: what a search looks for. */
const ofCluster: ReadonlySet<string> = new Set(['not-all-sent', 'group-left-behind']);
/** Signals by which Highwater or its client had no more to give. */
const ofGenerator: ReadonlySet<string> = new Set([
  'schedule-not-held',
  'event-loop-paused',
  'garbage-collection',
  'generator-busy',
  'consumers-busy',
  'little-headroom',
  'waited-for-cpu',
  'throttled',
]);

const invalidFindings = (trial: StoredTrial): readonly Finding[] =>
  judgeTrial(trial).findings.filter(finding => finding['validity'] === 'invalid' && !ofCluster.has(finding.code));

/** Why the trial says nothing of the cluster; null where it does. */
function limitOf(trial: StoredTrial): 'limited' | 'undecided' | null {
  const invalid = invalidFindings(trial);
  if (invalid.length === 0) return null;
  return invalid.every(({ code }) => ofGenerator.has(code)) ? 'limited' : 'undecided';
}

/** A thread without time left is its client's doing where Highwater's own path, by itself, has as much again to give. */
function clientOrGenerator(trial: StoredTrial): ProbeLimit {
  const isBusy = invalidFindings(trial).every(({ code }) => code === 'generator-busy' || code === 'consumers-busy');
  return isBusy && (trial.generator.headroom ?? 0) >= 2 ? 'client' : 'generator';
}
