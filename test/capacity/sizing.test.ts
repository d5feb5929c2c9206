/** Holds the sizing of partitions and brokers to worked examples. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spreadOfInterval } from '../../src/analysis/stats.ts';
import { type BrokerResources, brokersFor, partitionsFor, type SizingTarget } from '../../src/capacity/sizing.ts';
import { quantilesOf } from '../../src/capacity/spread.ts';
import { seededRandom } from '../../src/support/random.ts';

const MB = 1e6;
const exactly = (value: number) => ({ value, spread: 0 });

const target: SizingTarget = {
  bytesPerSecond: 500 * MB,
  retentionSeconds: 3 * 86_400,
  replication: 3,
  readers: 2,
  parallelism: 1,
  headroom: 0.3,
  spareBrokers: 1,
  hottestShare: null,
  seed: 1,
};

for (const [headroom, point] of [
  [0, 63],
  [0.3, 90],
] as const) {
  test(`500 MB/s over partitions that take 12 and give 8 MB/s need ${point} of them with a headroom of ${headroom}`, () => {
    const rates = { producedBytesPerSecond: exactly(12 * MB), consumedBytesPerSecond: exactly(8 * MB) };
    assert.deepEqual(partitionsFor({ ...target, headroom }, rates, 1), {
      point,
      p50: point,
      p95: point,
      recommended: point,
      hottest: null,
    });
  });
}

test('with 10 % and 15 % of spread the 95 % quantile is 115 partitions, whatever the seed', () => {
  const rates = {
    producedBytesPerSecond: { value: 12 * MB, spread: 0.1 },
    consumedBytesPerSecond: { value: 8 * MB, spread: 0.15 },
  };
  for (const seed of [1, 2, 3]) {
    const { point, p50, p95 } = partitionsFor({ ...target, seed }, rates, 1) ?? {};
    assert.deepEqual({ point, p50, p95 }, { point: 90, p50: 90, p95: 115 });
  }
});

for (const [brokers, parallelism, recommended] of [
  [1, 1, 90],
  [4, 1, 92],
  [6, 100, 102],
] as const) {
  test(`for ${brokers} brokers and ${parallelism} members of a group, 90 partitions become ${recommended}`, () => {
    const rates = { producedBytesPerSecond: null, consumedBytesPerSecond: exactly(8 * MB) };
    assert.equal(partitionsFor({ ...target, parallelism }, rates, brokers)?.recommended, recommended);
  });
}

test('a partition that gets a tenth of all messages carries ten times its own usable rate, and no more', () => {
  const rates = { producedBytesPerSecond: exactly(12 * MB), consumedBytesPerSecond: exactly(8 * MB) };
  const sized = partitionsFor({ ...target, hottestShare: 0.1 }, rates, 1);
  assert.ok(Math.abs((sized?.hottest?.mostBytesPerSecond ?? 0) - 56 * MB) < 1);
  assert.equal(sized?.hottest?.carriesTarget, false);
});

test('without a measured rate nothing is said of partitions', () => {
  assert.equal(partitionsFor(target, { producedBytesPerSecond: null, consumedBytesPerSecond: null }, 1), null);
});

const none: BrokerResources = {
  diskBytesPerSecond: null,
  volumeBytesPerSecond: null,
  networkBytesPerSecond: null,
  diskBytes: null,
  cores: null,
  cpuSecondsPerByte: null,
};

for (const [name, resources, limit, brokers] of [
  // 500 × 3 / 250
  ['disks of 250 MB/s', { diskBytesPerSecond: exactly(250 * MB) }, 'disk throughput', 6],
  // 500 × 3 / 125
  ['volumes behind 125 MB/s', { volumeBytesPerSecond: exactly(125 * MB) }, 'volume throughput', 12],
  // 500 × (2 + 3 − 1) / 400
  ['a network of 400 MB/s', { networkBytesPerSecond: exactly(400 * MB) }, 'network', 5],
  // 500 × 0.04 / (8 × 0.6) = 4.17
  ['8 cores that take 40 ms a MB', { cores: 8, cpuSecondsPerByte: exactly(0.04 / MB) }, 'CPU', 5],
  // 500 MB/s × 3 × 259,200 s / (0.7 × 20 TB) = 27.8
  ['disks of 20 TB', { diskBytes: 20e12 }, 'disk space', 28],
  ['nothing known of the brokers', {}, 'replication', 3],
] as const) {
  test(`${name} ask for ${brokers} brokers and the spare one`, () => {
    const sized = brokersFor(target, { ...none, ...resources });
    assert.equal(sized.limitedBy, limit);
    assert.equal(sized.byLimit.find(one => one.limit === limit)?.brokers, brokers);
    assert.deepEqual([sized.point, sized.p50, sized.p95], [brokers + 1, brokers + 1, brokers + 1]);
  });
}

test('the spread of a broker’s network shows in the 95 % quantile of brokers', () => {
  const sized = brokersFor(target, { ...none, networkBytesPerSecond: { value: 400 * MB, spread: 0.2 } });
  // 5 × exp(1.645 × 0.2) = 6.95
  assert.deepEqual([sized.point, sized.p95], [6, 8]);
  assert.equal(sized.perBroker.sentBytesPerSecond, (500 * MB * 4) / 8);
});

test('the quantiles of one lognormal input are exact to the grain of the sampling', () => {
  const { p50, p95 } = quantilesOf({ x: { value: 8, spread: 0.15 } }, ({ x }) => x, seededRandom(5));
  assert.ok(Math.abs(p50 / 8 - 1) < 1e-4, String(p50));
  assert.ok(Math.abs(p95 / (8 * Math.exp(1.644_854 * 0.15)) - 1) < 1e-4, String(p95));
});

test('an interval of ±1.96 standard deviations gives the spread back', () => {
  assert.ok(Math.abs(spreadOfInterval(Math.exp(-0.1), Math.exp(0.1)) - 0.1 / 1.959_964) < 1e-9);
});
