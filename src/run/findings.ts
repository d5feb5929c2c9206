/** Says what is to be known about a trial besides its figures: client errors, rebalances, offsets that disagree. */
import type { RunFinding, TrialTotals } from './measurement.ts';
import type { GroupReports } from './merge.ts';
import type { ProducerReport } from './protocol.ts';

export function findingsOfProducers(producers: readonly ProducerReport[]): RunFinding[] {
  const errors = new Map<string, number>();
  for (const { message, count } of producers.flatMap(producer => producer.errors)) {
    errors.set(message, (errors.get(message) ?? 0) + count);
  }
  const repeated = producers.reduce((sum, { repeatedOutcomes }) => sum + repeatedOutcomes, 0);
  if (repeated > 0) errors.set('The client reported an outcome for messages that had one already.', repeated);
  const guarded = producers.some(({ guardTripped }) => guardTripped);
  return [
    ...[...errors].map(([message, count]) => ({ code: 'client-error' as const, message, count })),
    ...(guarded
      ? [
          {
            code: 'memory-guard' as const,
            outstanding: producers.reduce((sum, { sent, total }) => sum + sent - total.acked, 0),
          },
        ]
      : []),
  ];
}

export function findingsOfGroups(groups: readonly GroupReports[]): RunFinding[] {
  return groups.flatMap(({ group, members }) => {
    const rebalances = members.reduce((sum, { rebalancesAtMicros }) => sum + rebalancesAtMicros.length, 0);
    const foreign = members.reduce((sum, member) => sum + member.foreign, 0);
    const errors = members.flatMap(({ error }) => (error === null ? [] : [error.message]));
    return [
      ...(rebalances > 0 ? [{ code: 'rebalanced' as const, group, count: rebalances }] : []),
      ...(foreign > 0 ? [{ code: 'foreign-messages' as const, count: foreign }] : []),
      ...errors.map(message => ({ code: 'client-error' as const, message, count: 1 })),
    ];
  });
}

/** Over the whole trial, acknowledged ≤ appended ≤ acknowledged + failed + unresolved + retried; where others write too, only the first. */
export function offsetsFinding(
  { acked, failed, unresolved, retries, appended }: TrialTotals,
  { isShared }: { readonly isShared: boolean },
): RunFinding[] {
  const atMost = acked + failed + unresolved + retries;
  return appended >= acked && (isShared || appended <= atMost)
    ? []
    : [{ code: 'offsets-disagree', appended, atLeast: acked, atMost }];
}
