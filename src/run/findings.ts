/** Says what is to be known about a trial besides its figures: client errors, rebalances, offsets that disagree. */
import type { GroupMeasurement, RunFinding, TrialTotals } from './measurement.ts';
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

/** What members say that is not a figure. */
export function findingsOfMembers(groups: readonly GroupReports[]): RunFinding[] {
  return groups.flatMap(({ members }) => {
    const foreign = members.reduce((sum, member) => sum + member.foreign, 0);
    const errors = members.flatMap(({ error }) => (error === null ? [] : [error.message]));
    return [
      ...(foreign > 0 ? [{ code: 'foreign-messages' as const, count: foreign }] : []),
      ...errors.map(message => ({ code: 'client-error' as const, message, count: 1 })),
    ];
  });
}

/** What a group's figures show that should not be: rebalances that nobody asked for, and messages that are not where they were put. */
export function findingsOfGroup(
  { group, rebalances, proof }: GroupMeasurement,
  { isChurned, windowMicros }: { readonly isChurned: boolean; readonly windowMicros: number },
): RunFinding[] {
  const unasked = isChurned
    ? []
    : rebalances.filter(
        ({ atMicros, durationMicros }) => atMicros < windowMicros && atMicros + (durationMicros ?? Infinity) >= 0,
      );
  return [
    ...(unasked.length > 0 ? [{ code: 'rebalanced' as const, group, count: unasked.length }] : []),
    ...(proof.misplaced > 0 ? [{ code: 'offsets-misplaced' as const, group, count: proof.misplaced }] : []),
  ];
}

/** Messages that the client says are where others are. */
export function findingsOfOffsets(repeatedOffsets: number): RunFinding[] {
  return repeatedOffsets === 0 ? [] : [{ code: 'offsets-misplaced', group: null, count: repeatedOffsets }];
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
