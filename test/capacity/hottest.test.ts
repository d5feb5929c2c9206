/** Holds the share of the fullest partition to what trials acknowledged, and a sizing to it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hottestShareOf } from '../../src/capacity/hottest.ts';
import { sizeFrom, type SizingRequest } from '../../src/capacity/size-from.ts';
import { histogramOf } from '../builders/trial.ts';
import { aRunTrial } from '../builders/trial.ts';

/** A trial that acknowledged so many messages in each partition. */
const aTrial = (...acked: readonly number[]) => {
  const none = histogramOf([]);
  const partitions = acked.map((one, partition) => ({
    topic: 't',
    partition,
    acked: one,
    consumed: 0,
    ack: none,
    endToEnd: none,
  }));
  return aRunTrial({ partitions }).trial;
};

for (const [what, trials, share] of [
  ['gets half of the messages of three partitions', [aTrial(50, 25, 25)], 0.5],
  [
    'is the fullest over all trials, not in any one of them',
    [aTrial(60, 20, 20), aTrial(20, 20, 60), aTrial(60, 20, 20)],
    140 / 300,
  ],
] as const) {
  test(`the fullest partition ${what}`, () => assert.equal(hottestShareOf(trials), share));
}

for (const [what, trials] of [
  ['the partitions share evenly, but for chance', [aTrial(1_050, 1_000, 950)]],
  ['there is one partition alone', [aTrial(100)]],
  ['nothing was acknowledged', [aTrial(0, 0)]],
  ['no trial was sustained', []],
] as const) {
  test(`there is no fullest partition where ${what}`, () => assert.equal(hottestShareOf(trials), null));
}

const request: SizingRequest = {
  target: {
    bytesPerSecond: 20e6,
    retentionSeconds: 86_400,
    replication: 1,
    readers: 0,
    parallelism: 1,
    headroom: 0.3,
    spareBrokers: 0,
    seed: 1,
  },
  rates: { producedBytesPerSecond: null, consumedBytesPerSecond: null },
  resources: {
    diskBytesPerSecond: null,
    volumeBytesPerSecond: null,
    networkBytesPerSecond: null,
    diskBytes: null,
    cores: null,
    cpuSecondsPerByte: null,
  },
  partitions: 5,
  isConsumed: false,
};
// 10 MB/s in all
const answer = { estimate: 10_000, low: 10_000, high: 10_000, bytesPerMessage: 1_000 };

test('a search whose partitions shared evenly sizes by a part of its capacity each', () => {
  const { rates, partitions, target } = sizeFrom(request, { ...answer, hottestShare: null });
  assert.equal(rates.producedBytesPerSecond?.value, 2e6);
  // 20 MB/s over 0.7 × 2 MB/s
  assert.deepEqual([partitions?.point, partitions?.hottest, target.hottestShare], [15, null, null]);
});

test('of a skewed search a partition carries what the fullest one did, and the target is held against its share', () => {
  const { rates, partitions } = sizeFrom(request, { ...answer, hottestShare: 0.4 });
  assert.equal(rates.producedBytesPerSecond?.value, 4e6);
  // 0.7 × 4 MB/s / 0.4: no more than the headroom leaves of what was searched
  assert.ok(Math.abs((partitions?.hottest?.mostBytesPerSecond ?? 0) - 7e6) < 1);
  assert.equal(partitions?.hottest?.carriesTarget, false);
});
