/** Builds measurements of consumer groups for tests. */
import type { GroupMeasurement } from '../../src/run/measurement.ts';
import { histogramOf, latency } from './trial.ts';

const member = (index: number, consumed: number): GroupMeasurement['members'][number] => ({
  member: index,
  consumed,
  partitions: [`t-${index}`],
  endToEnd: histogramOf([[7_000, consumed]]),
});

/** A group of two that read 20,000 messages, each once and in order. */
export function aGroup(over: Partial<GroupMeasurement> = {}): GroupMeasurement {
  return {
    group: 'readers',
    delivery: 'unicast',
    members: [member(0, 9_000), member(1, 11_000)],
    counts: { consumed: 20_000, lost: 0, duplicated: 0, reordered: 0, expired: 0, unacknowledged: 0 },
    proof: {
      compared: 25_000,
      misplaced: 0,
      readAgain: 0,
      appendedTwice: 0,
      reorderedPerKey: 0,
      keysOfSeveralPartitions: 0,
    },
    endToEnd: latency(7_000),
    consumedBySecond: [],
    lag: { max: 12, end: 0, samples: [], worstByPartition: [] },
    rebalances: [],
    backlog: null,
    handling: null,
    ...over,
  };
}

/** Two groups of one member, each of which read everything. */
export const aBroadcast = (): GroupMeasurement =>
  aGroup({
    group: 'caches',
    delivery: 'broadcast',
    members: [member(0, 20_000), member(1, 20_000)],
    counts: { consumed: 40_000, lost: 0, duplicated: 0, reordered: 0, expired: 0, unacknowledged: 0 },
  });

/** A group of which a member joined and one crashed, which handled messages in batches, and which had waited for a backlog. */
export const aChurnedGroup = (): GroupMeasurement =>
  aGroup({
    counts: { consumed: 20_310, lost: 0, duplicated: 310, reordered: 0, expired: 4, unacknowledged: 2 },
    proof: {
      compared: 24_000,
      misplaced: 0,
      readAgain: 320,
      appendedTwice: 0,
      reorderedPerKey: 120,
      keysOfSeveralPartitions: 45,
    },
    rebalances: [
      {
        atMicros: 5.2e6,
        durationMicros: 90_000,
        reason: 'join',
        moved: 3,
        longestUnownedMicros: 90_000,
        endToEndMaxMicros: 130_000,
      },
      {
        atMicros: 12e6,
        durationMicros: null,
        reason: 'crash',
        moved: 0,
        longestUnownedMicros: 0,
        endToEndMaxMicros: null,
      },
    ],
    backlog: {
      waiting: 1_000_000,
      releasedAtMicros: 3e6,
      joinedAfterMicros: 250_000,
      caughtUpAfterMicros: 4.2e6,
      drainedPerSecond: 251_000,
    },
    handling: { failed: 203, commits: 205, refusedCommits: 1 },
  });
