/** What a run with faults shows of a cell: what was lost, of how many faults, and how long recovery took. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { conclude } from '../../src/analysis/conclude.ts';
import type { CellDurability } from '../../src/results/durability.ts';
import type { InjectedFault } from '../../src/results/faults.ts';
import type { CellPromise } from '../../src/results/header.ts';
import type { RunTrial } from '../../src/results/read.ts';
import { Result } from '../../src/results/schema.ts';
import type { TrialMeasurement } from '../../src/run/measurement.ts';
import { aFault, someFaults } from '../builders/faults.ts';
import { aGroup } from '../builders/group.ts';
import { aMeasurement, aRun, aRunTrial, latency } from '../builders/trial.ts';

const promise: CellPromise = {
  acks: 1,
  idempotence: false,
  maxInFlightRequests: 5,
  simulated: false,
  topic: { isExisting: false, replicationFactor: 3, minInsyncReplicas: 2, uncleanLeaderElection: null },
  faults: ['kill', 'pause'],
  countsRetries: true,
};
const { counts, latencies } = aMeasurement();

type Faults = readonly InjectedFault[];

/** A trial with these faults (one kill unless said), whose messages were read back. */
const aBrokenTrial = (
  { lost = 0, faults = [aFault()] }: { readonly lost?: number | null; readonly faults?: Faults },
  over: Partial<TrialMeasurement> = {},
): Partial<TrialMeasurement> => ({
  counts: { ...counts, lost },
  groups: [aGroup()],
  faults: someFaults(...faults),
  ...over,
});

const runOf = (trials: readonly Partial<TrialMeasurement>[], of = promise) =>
  conclude(
    aRun({ one: trials.map((over, i): RunTrial => aRunTrial({ block: i + 1, ...over })) }, { promises: { one: of } }),
  );

function durabilityOf(trials: readonly Partial<TrialMeasurement>[], of = promise): CellDurability {
  const [found] = runOf(trials, of).durability ?? [];
  assert.ok(found !== undefined, 'the run has faults');
  return found;
}

const rounded = (share: number | null): number => Number((share ?? NaN).toFixed(3));
const three = <T>(value: T): T[] => [value, value, value];

test('a run without faults says nothing of durability', () => {
  assert.ok(!('durability' in runOf(three({}))));
});

test('the document with faults is what its schema says', () => {
  const result = runOf(three(aBrokenTrial({ lost: 2 })));
  assert.deepEqual(Result.parse(structuredClone(result)), result);
});

suite('loss', () => {
  test('of none of three kills is at most 63 % of kills', () => {
    const { losses, faults, isLossPermitted } = durabilityOf(three(aBrokenTrial({})), { ...promise, acks: 'all' });
    assert.deepEqual(
      { ...losses, shareAtMost: rounded(losses.shareAtMost) },
      { unit: 'fault', of: 3, withLoss: 0, shareAtMost: 0.632, messages: 60_000, lost: 0, lostOfWorstTrial: 0 },
    );
    assert.deepEqual(faults, [{ kind: 'kill', count: 3 }]);
    assert.equal(isLossPermitted, false);
  });

  test('is counted in trials, in messages, and in the worst trial', () => {
    const { losses, isLossPermitted } = durabilityOf([401, 0, 411].map(lost => aBrokenTrial({ lost })));
    assert.deepEqual([losses.withLoss, losses.of, losses.lost, losses.lostOfWorstTrial], [2, 3, 812, 411]);
    assert.equal(isLossPermitted, true);
  });

  test('of a trial with several faults is the trial’s, not any one fault’s', () => {
    const faults: Faults = [aFault(), aFault({ kind: 'pause', atMicros: 12e6 })];
    const { losses, faults: injected } = durabilityOf(three(aBrokenTrial({ lost: 1, faults })));
    assert.deepEqual([losses.unit, losses.of, losses.withLoss, losses.shareAtMost], ['trial', 3, 3, 1]);
    assert.deepEqual(injected, [
      { kind: 'kill', count: 3 },
      { kind: 'pause', count: 3 },
    ]);
  });

  test('that nobody looked for is not known, and not zero', () => {
    const unread = aBrokenTrial({ lost: null }, { groups: [] });
    const { losses, duplicated, reordered } = durabilityOf([aBrokenTrial({}), unread]);
    assert.deepEqual([losses.of, losses.messages], [1, 20_000]);
    assert.deepEqual([duplicated, reordered], [null, null]);
    assert.equal(durabilityOf([unread]).losses.shareAtMost, null);
  });

  test('of invalid trials counts, and their times do not', () => {
    const late = { latencies: { ...latencies, generatorLag: latency(3_000, 6_000) } };
    const { losses, unavailable, trials } = durabilityOf([
      aBrokenTrial({}),
      aBrokenTrial(
        { lost: 7, faults: [aFault({ unavailable: { partitions: 1, longestMicros: 30e6, isOver: true } })] },
        late,
      ),
    ]);
    assert.deepEqual([trials, losses.of, losses.lost], [2, 2, 7]);
    assert.deepEqual([unavailable?.trials, unavailable?.worstMicros], [1, 4.1e6]);
  });

  test('at acks 0 is of what was sent', () => {
    const { losses } = durabilityOf(
      [aBrokenTrial({ lost: 5 }, { counts: { ...counts, sent: 19_000, acked: 0, lost: 5 } })],
      {
        ...promise,
        acks: 0,
      },
    );
    assert.deepEqual([losses.messages, losses.lost], [19_000, 5]);
  });
});

suite('times', () => {
  const away = (longestMicros: number, isOver = true): Partial<TrialMeasurement> =>
    aBrokenTrial({ faults: [aFault({ unavailable: { partitions: 2, longestMicros, isOver } })] });

  test('without acknowledgements are the longest of each trial, then the middle of the trials', () => {
    const several = aBrokenTrial({
      faults: [2e6, 9e6].map(longestMicros => aFault({ unavailable: { partitions: 1, longestMicros, isOver: true } })),
    });
    assert.deepEqual(durabilityOf([away(4e6), several, away(5e6)]).unavailable, {
      trials: 3,
      open: 0,
      medianMicros: 5e6,
      worstMicros: 9e6,
    });
  });

  test('that had not ended are longer than any that had', () => {
    assert.deepEqual(durabilityOf([away(4e6), away(5e6), away(3e6, false)]).unavailable, {
      trials: 3,
      open: 1,
      medianMicros: 5e6,
      worstMicros: 5e6,
    });
    assert.equal(durabilityOf([away(4e6), away(5e6, false), away(3e6, false)]).unavailable?.medianMicros, null);
  });

  test('without acknowledgements are not known where there are none', () => {
    const faults: Faults = [aFault({ unavailable: null })];
    assert.equal(durabilityOf([aBrokenTrial({ faults })]).unavailable, null);
  });

  test('until latency is normal say for how many faults it was not', () => {
    const normalAfter = (latencyNormalAfterMicros: number | null): Partial<TrialMeasurement> =>
      aBrokenTrial({ faults: [aFault({ latencyNormalAfterMicros })] });
    assert.deepEqual(durabilityOf([normalAfter(6e6), normalAfter(null), normalAfter(7e6)]).latencyNormal, {
      faults: 3,
      within: 2,
      medianMicros: 7e6,
      worstMicros: 7e6,
    });
    assert.deepEqual(durabilityOf([normalAfter(6e6), normalAfter(null)]).latencyNormal?.medianMicros, null);
  });

  test('that nothing can tell are null: latency of no message, lag of no group', () => {
    const silent = { latencies: { ...latencies, ack: null, endToEnd: null }, groups: [] };
    const { latencyNormal, lagNormal } = durabilityOf([aBrokenTrial({ lost: null }, silent)]);
    assert.deepEqual([latencyNormal, lagNormal], [null, null]);
  });

  test('until leaders change are of brokers that led something, and not of links to clients', () => {
    const link = {
      link: 'clients',
      direction: 'both',
      latencyMicros: 0,
      jitterMicros: 0,
      bandwidthBytesPerSecond: null,
      cut: true,
      halfOpen: false,
      reset: false,
    } as const;
    const { detected } = durabilityOf([
      aBrokenTrial({}),
      aBrokenTrial({ faults: [aFault({ partitionsLed: 0, detectedAfterMicros: null })] }),
      aBrokenTrial({ faults: [aFault({ kind: 'network', network: link, detectedAfterMicros: null })] }),
    ]);
    assert.deepEqual(detected, { faults: 1, within: 1, medianMicros: 3.2e6, worstMicros: 3.2e6 });
  });
});
