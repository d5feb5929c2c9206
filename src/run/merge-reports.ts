/** Adds the workers' reports, and what was seen at the brokers, up to a trial's figures and findings. Pure. */
import { type OffsetUnion, unionOf } from '../measure/offset-ledger.ts';
import type { GroupConduct } from './conduct.ts';
import { appendedBetween } from './end-offsets.ts';
import {
  findingsOfGroup,
  findingsOfMembers,
  findingsOfOffsets,
  findingsOfProducers,
  offsetsFinding,
} from './findings.ts';
import type { LagWatch } from './lag-watch.ts';
import type { RunFinding, TrialMeasurement } from './measurement.ts';
import {
  type BareRebalance,
  type GroupReports,
  type MergeContext,
  mergeBatches,
  mergeCounts,
  mergeLatencies,
  mergePartitions,
  mergeRates,
  mergeTimeline,
  mergeTotals,
} from './merge.ts';
import { mergeGroup } from './merge-group.ts';
import type { ProducerReport, WorkerReport } from './protocol.ts';
import { rebalancesOf } from './rebalances.ts';
import type { TrialSettings } from './trial.ts';

/** What the orchestrator has seen of a trial itself. */
export interface Seen {
  /** By topic and partition: the end offsets before the trial and after it, and where the logs begin. */
  readonly before: readonly number[];
  readonly ends: readonly number[];
  readonly logStarts: readonly number[];
  /** Groups that have not read everything. */
  readonly late: readonly RunFinding[];
  readonly windowStartMicros: number;
  /** When members were asked to end: what they own changes after that, and means nothing. */
  readonly endMicros: number;
  readonly conduct: Pick<GroupConduct, 'watch' | 'acts' | 'backlogs'>;
  readonly lagWatch: Pick<LagWatch, 'samplesOf' | 'worstOf' | 'stalledOf' | 'trouble'>;
}

export type MergedFigures = Pick<
  TrialMeasurement,
  'counts' | 'totals' | 'rates' | 'latencies' | 'groups' | 'partitions' | 'batches' | 'timeline'
>;

export const producersOf = (reports: readonly WorkerReport[]): ProducerReport[] =>
  reports.flatMap(report => (report.role === 'produce' ? report.producers : []));

export function mergeReports(
  reports: readonly WorkerReport[],
  settings: TrialSettings,
  seen: Seen,
): { figures: MergedFigures; findings: RunFinding[] } {
  const producers = producersOf(reports);
  const groups = groupsOf(reports);
  const { topics, partitionsPerTopic, isShared } = settings.ground;
  const appended = appendedBetween(seen.before, seen.ends);
  const context: MergeContext = {
    ...settings,
    ...seen,
    topics,
    partitionsPerTopic,
    isShared,
    appended,
    acked: ackedOffsets(reports, seen.ends.length),
    behind: new Set(
      seen.late.flatMap(late => (late.code === 'consumers-did-not-catch-up' && !late.isStalled ? late.group : [])),
    ),
    rebalances: rebalancesByGroup(seen, settings.warmupMicros),
    backlogs: seen.conduct.backlogs(),
    lag: new Map(
      [...seen.conduct.watch.groups.keys()].map(groupId => [
        groupId,
        { samples: seen.lagWatch.samplesOf(groupId), worstByPartition: seen.lagWatch.worstOf(groupId) },
      ]),
    ),
  };
  const measured = groups.map(group => mergeGroup(group, producers, context));
  const totals = mergeTotals(producers, appended);
  const churned = new Set(seen.conduct.acts.map(({ groupId }) => seen.conduct.watch.groups.get(groupId)?.group));
  return {
    figures: {
      counts: mergeCounts(producers, measured, context),
      totals,
      rates: mergeRates(producers, groups, context),
      latencies: mergeLatencies(producers, measured, context),
      groups: measured,
      partitions: mergePartitions(producers, groups, context),
      batches: mergeBatches(producers),
      timeline: mergeTimeline(producers, groups, context),
    },
    findings: [
      ...findingsOfProducers(producers),
      ...findingsOfMembers(groups),
      ...measured.flatMap(group =>
        findingsOfGroup(group, {
          // brokers that break take coordinators and leaders with them
          isChurned: churned.has(group.group) || settings.faults.length > 0,
          windowMicros: settings.measureMicros,
        }),
      ),
      ...findingsOfOffsets(
        reports.reduce((sum, report) => sum + (report.role === 'produce' ? report.repeatedOffsets : 0), 0),
      ),
      ...stallsOf(seen),
      ...offsetsFinding(totals, settings.ground),
    ],
  };
}

function groupsOf(reports: readonly WorkerReport[]): GroupReports[] {
  const consuming = reports.flatMap(report => (report.role === 'consume' ? report : []));
  return [...Map.groupBy(consuming, ({ group }) => group)].map(([group, ofGroup]) => ({
    group,
    delivery: ofGroup[0]?.delivery ?? 'unicast',
    members: ofGroup.flatMap(({ members }) => members).toSorted((a, b) => a.member - b.member),
  }));
}

function ackedOffsets(reports: readonly WorkerReport[], places: number): OffsetUnion[] {
  return Array.from({ length: places }, (_, place) =>
    unionOf(reports.flatMap(report => (report.role === 'produce' ? (report.ackedOffsets[place] ?? []) : []))),
  );
}

/** By group of the scenario: the rebalances of its groups at the broker, in their order. */
function rebalancesByGroup(
  { conduct, ends, windowStartMicros, endMicros }: Seen,
  warmupMicros: number,
): Map<string, BareRebalance[]> {
  const rebalances = new Map<string, BareRebalance[]>();
  const fromMicros = windowStartMicros - warmupMicros;
  for (const { group, groupId, changes } of conduct.watch.groups.values()) {
    const acts = conduct.acts.filter(act => act.groupId === groupId);
    const meanwhile = changes.filter(({ atMicros }) => atMicros < endMicros);
    const found = rebalancesOf(meanwhile, ends.length, { fromMicros, windowMicros: windowStartMicros }, acts);
    const all = [...(rebalances.get(group) ?? []), ...found];
    rebalances.set(
      group,
      all.toSorted((a, b) => a.atMicros - b.atMicros),
    );
  }
  return rebalances;
}

function stallsOf({ conduct, lagWatch }: Seen): RunFinding[] {
  const stalls = [...conduct.watch.groups.values()].flatMap(({ group, groupId }): RunFinding[] => {
    const stalled = lagWatch.stalledOf(groupId);
    if (stalled.length === 0) return [];
    const longestMicros = Math.max(...stalled.map(({ forMicros }) => forMicros));
    return [{ code: 'consumer-stalled', group, partitions: stalled.length, longestMicros }];
  });
  return lagWatch.trouble === null ? stalls : [...stalls, { code: 'lag-unknown', message: lagWatch.trouble }];
}
