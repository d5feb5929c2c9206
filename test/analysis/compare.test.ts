/** Holds comparisons of cells: pairing by block, unpaired runs, families, lower bounds, and what is compared at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Arm, compareCells, compareUnpaired } from '../../src/analysis/compare.ts';
import { compareAll, deltaOf } from '../../src/analysis/comparisons.ts';
import type { RunTrial } from '../../src/results/read.ts';
import { Comparison } from '../../src/results/schema.ts';
import { aCell, aMeasurement, aRunTrial, latency } from '../builders/trial.ts';

const settings = { metric: 'ack.p50', delta: 0.05 };
const arm = (id: string, micros: readonly number[], over = {}): Arm => ({ id, trials: aCell(id, micros, over) });

/** Milliseconds of the known answer; as µs they keep their first four digits in a histogram. */
const knownA = [10, 10.2, 9.9, 10.1, 10.3, 9.8].map(ms => ms * 1e3);
const knownB = [11, 11.3, 10.8, 11.1, 11.4, 10.9].map(ms => ms * 1e3);

test('paired by block: ratio 1.10278 [1.09475, 1.11087], worse; Hodges-Lehmann 1.10153, p by ranks .0021645', () => {
  const found = compareCells(arm('one', knownA), arm('two', knownB), settings);
  const near = (value: number | null | undefined, expected: number): void =>
    assert.ok(Math.abs((value ?? 0) / expected - 1) < 0.001, `${value} is not ${expected}`);
  near(found?.ratio, 1.10278);
  near(found?.low, 1.09475);
  near(found?.high, 1.11087);
  near(found?.hodgesLehmann, 1.10153);
  near(found?.mannWhitneyP, 0.0021645);
  assert.deepEqual(
    [found?.verdict, found?.design, found?.blocks, found?.confidence, found?.role],
    ['worse', 'paired', 6, 0.95, 'primary'],
  );
});

test('blocks that are much unlike each other hide nothing when paired, and everything when not', () => {
  const drifting = [5_000, 10_000, 20_000, 40_000, 80_000];
  const slower = drifting.map(micros => micros * 1.1);
  assert.equal(compareCells(arm('one', drifting), arm('two', slower), settings)?.verdict, 'worse');
  const apart = compareUnpaired(arm('one', drifting), arm('two', slower), settings);
  assert.deepEqual([apart?.verdict, apart?.because, apart?.design], ['inconclusive', 'too-noisy', 'unpaired']);
  assert.ok((apart?.mde ?? 0) > 1);
});

test('runs apart may have different numbers of trials: the smaller one must have five', () => {
  const steady = [5_000, 5_010, 4_990, 5_005, 4_995, 5_000, 5_002];
  const slow = steady.map(micros => micros * 1.2);
  const verdictOf = (trials: number): string | undefined =>
    compareUnpaired(arm('one', steady), arm('two', slow.slice(0, trials)), settings)?.verdict;
  assert.deepEqual([verdictOf(4), verdictOf(5), verdictOf(7)], ['inconclusive', 'worse', 'worse']);
});

test('only blocks that both cells have count', () => {
  const [one, two] = [arm('one', [5_000, 5_010, 4_990, 5_000, 5_005, 5_001]), arm('two', Array(6).fill(5_000))];
  const found = compareCells(
    { ...one, trials: one.trials.slice(1) },
    { ...two, trials: two.trials.slice(0, 5) },
    settings,
  );
  assert.deepEqual([found?.blocks, found?.because], [4, 'too-few-trials']);
});

const latencies = fc.array(fc.integer({ min: 1_000, max: 1_500 }), { minLength: 5, maxLength: 7 });

test('with the cells exchanged better becomes worse and the ratio its inverse, paired and not', () => {
  const mirrored = { better: 'worse', worse: 'better', same: 'same', inconclusive: 'inconclusive' } as const;
  fc.assert(
    fc.property(
      latencies,
      fc.constantFrom(0.7, 1, 1.3),
      fc.constantFrom(compareCells, compareUnpaired),
      (of, factor, compare) => {
        const [one, two] = [
          arm('one', of),
          arm(
            'two',
            of.toReversed().map(micros => micros * factor),
          ),
        ];
        const [there, back] = [compare(one, two, settings), compare(two, one, settings)];
        assert.equal(back?.verdict, mirrored[there?.verdict ?? 'same']);
        assert.ok(Math.abs((back?.ratio ?? 0) * (there?.ratio ?? 0) - 1) < 1e-9);
        assert.ok(Math.abs((back?.low ?? 0) * (there?.high ?? 0) - 1) < 1e-9);
      },
    ),
    { numRuns: 20 },
  );
});

test('in another unit the verdict and the ratio are the same', () => {
  fc.assert(
    fc.property(latencies, fc.constantFrom(0.8, 1, 1.04, 1.2), (of, factor) => {
      // halves and doubles keep their place in a histogram
      const both = [1, 4].map(unit => {
        const two = of.toReversed().map(micros => Math.round(micros * factor) * unit);
        return compareCells(
          arm(
            'one',
            of.map(micros => micros * unit),
          ),
          arm('two', two),
          settings,
        );
      });
      assert.equal(both[0]?.verdict, both[1]?.verdict);
      assert.ok(Math.abs((both[0]?.ratio ?? 0) / (both[1]?.ratio ?? 1) - 1) < 0.002);
    }),
    { numRuns: 20 },
  );
});

/** Trials of a closed loop that reach this rate. */
const closed = (id: string, perSecond: readonly number[]): Arm => ({
  id,
  trials: perSecond.map((ackedPerSecond, i) =>
    aRunTrial({
      cell: id,
      block: i + 1,
      isOpenLoop: false,
      latencies: { ...aMeasurement().latencies, ack: null },
      rates: { ...aMeasurement().rates, offeredPerSecond: ackedPerSecond, ackedPerSecond },
    }),
  ),
});

test('more throughput is better, and the interval is still that of b against a', () => {
  const rates = [1_000, 1_010, 990, 1_005, 995];
  const found = compareCells(
    closed('one', rates),
    closed(
      'two',
      rates.map(rate => rate * 1.2),
    ),
    {
      metric: 'ackedPerSecond',
      delta: 0.05,
    },
  );
  assert.equal(found?.verdict, 'better');
  assert.ok((found?.low ?? 0) <= 1.2 + 1e-9 && (found?.high ?? 0) >= 1.2 - 1e-9);
});

/** Trials of an open loop at 1000/s of which so many a second are acknowledged. */
const open = (id: string, ackedPerSecond: number): Arm =>
  arm(id, [5_000, 5_010, 4_990, 5_005, 4_995], { rates: { ...aMeasurement().rates, ackedPerSecond } });

test('the throughput of open loops that kept up is the rate that was asked of them: nothing is said of it', () => {
  const throughput = { metric: 'ackedPerSecond', delta: 0.05 };
  const kept = compareCells(open('one', 1_000), open('two', 995), throughput);
  assert.deepEqual([kept?.verdict, kept?.because, kept?.low], ['inconclusive', 'offered-rate', null]);
  assert.equal(compareCells(open('one', 1_000), open('two', 800), throughput)?.verdict, 'worse');
});

/** The arm's cells with all values lower bounds. */
const censored = (id: string, micros: readonly number[]): Arm => ({
  id,
  trials: aCell(id, micros).map((run): RunTrial => {
    const ack = run.trial.ackMicros;
    return { ...run, trial: { ...run.trial, ackMicros: ack && { ...ack, censored: ack.count } } };
  }),
});

for (const [name, a, b, verdict, because] of [
  ['only b’s values are lower bounds, and higher', arm('one', knownA), censored('two', knownB), 'worse', null],
  [
    'only b’s values are lower bounds, and lower',
    arm('one', knownB),
    censored('two', knownA),
    'inconclusive',
    'censored',
  ],
  ['only a’s values are lower bounds, and higher', censored('one', knownB), arm('two', knownA), 'better', null],
  [
    'only a’s values are lower bounds, and lower',
    censored('one', knownA),
    arm('two', knownB),
    'inconclusive',
    'censored',
  ],
  [
    'all values are lower bounds, and equal',
    censored('one', knownA),
    censored('two', knownA),
    'inconclusive',
    'censored',
  ],
] as const) {
  test(`where ${name}: ${verdict}`, () => {
    const found = compareCells(a, b, settings);
    assert.deepEqual([found?.verdict, found?.because], [verdict, because]);
  });
}

test('a cell that lacks the metric is not compared on it; one without a trial has no data', () => {
  assert.equal(compareCells(arm('one', knownA), arm('two', knownB), { metric: 'endToEnd.p99', delta: 0.05 }), null);
  const found = compareCells(arm('one', knownA), { id: 'two', trials: [] }, settings);
  assert.deepEqual([found?.verdict, found?.because, found?.ratio], ['inconclusive', 'no-data', null]);
});

const steady = [5_000, 5_050, 4_950, 5_020, 4_980];
const wishes = { primary: ['ack.p99'], delta: { default: 0.05 } };
const paired = { design: 'paired' } as const;

/** A change of about 9 % whose p is near .02. */
const slightlySlow = [5_200, 5_750, 5_100, 5_700, 5_250];

test('one row has the whole level; the same row beside others shares it, and no longer decides', () => {
  const a = arm('a', steady);
  const b = arm('b', slightlySlow);
  const alone = compareAll([{ a, b }], wishes, paired)[0];
  assert.deepEqual([alone?.verdict, alone?.confidence], ['worse', 0.95]);
  const others = ['c', 'd', 'e'].map(id => ({ a, b: arm(id, steady.toReversed()) }));
  const among = compareAll([{ a, b }, ...others], wishes, paired).filter(({ role }) => role === 'primary');
  assert.deepEqual(
    among.map(({ b: id, verdict }) => [id, verdict]),
    [
      ['b', 'inconclusive'],
      ['c', 'same'],
      ['d', 'same'],
      ['e', 'same'],
    ],
  );
  assert.equal(among[0]?.confidence, 1 - 0.05 / 4);
  assert.ok((among[0]?.low ?? 0) < 1 && (among[0]?.adjustedP ?? 0) > 0.05 && (among[0]?.p ?? 1) < 0.05);
});

test('rows of several primary metrics and cells are one family', () => {
  const a = arm('a', steady);
  const pairs = ['b', 'c'].map(id => ({ a, b: arm(id, steady.toReversed()) }));
  const rows = compareAll(pairs, { ...wishes, primary: ['ack.p50', 'ack.p99'] }, paired);
  const confidences = rows.filter(({ role }) => role === 'primary').map(({ confidence }) => confidence);
  assert.deepEqual(confidences, Array(4).fill(1 - 0.05 / 4));
});

test('primary rows come first; what else both cells have is exploratory', () => {
  const rows = compareAll([{ a: arm('a', steady), b: arm('b', slightlySlow) }], wishes, paired);
  assert.deepEqual(
    rows.map(({ role, metric, delta }) => [role, metric, delta]),
    [
      ['primary', 'ack.p99', 0.05],
      ['exploratory', 'ack.p50', 0.05],
      ['exploratory', 'ack.p999', 0.1],
    ],
  );
});

test('a closed loop is compared on throughput, which then decides', () => {
  const rates = [1_000, 1_010, 990, 1_005, 995];
  const rows = compareAll([{ a: closed('a', rates), b: closed('b', rates) }], wishes, paired);
  assert.deepEqual(
    rows.map(({ role, metric, verdict }) => [role, metric, verdict]),
    [['primary', 'ackedPerSecond', 'same']],
  );
});

test('a percentile with fewer than ten messages beyond it is not explored', () => {
  const few = latency(5_000);
  const short = (id: string): Arm => arm(id, steady, { latencies: { ...aMeasurement().latencies, ack: few } });
  const trimmed = (one: Arm): Arm => ({
    ...one,
    trials: one.trials.map(run => {
      const ack = run.trial.ackMicros;
      return { ...run, trial: { ...run.trial, ackMicros: ack && { ...ack, count: 5_000 } } };
    }),
  });
  const metrics = compareAll([{ a: trimmed(short('a')), b: trimmed(short('b')) }], wishes, paired).map(
    ({ metric }) => metric,
  );
  assert.deepEqual(metrics, ['ack.p99', 'ack.p50']);
});

for (const [metric, given, delta] of [
  ['ack.p99', {}, 0.05],
  ['ack.p999', {}, 0.1],
  ['capacity', {}, 0.03],
  ['ack.p99', { default: 0.02 }, 0.02],
  ['ack.p999', { default: 0.02, 'ack.p999': 0.2 }, 0.2],
  ['ackedPerSecond', { default: 0.02, 'ack.p999': 0.2 }, 0.02],
] as const) {
  test(`what matters of ${metric} with ${JSON.stringify(given)}: ${delta}`, () => {
    assert.equal(deltaOf(metric, given), delta);
  });
}

test('a comparison of before says nothing of roles and levels, and is read all the same', () => {
  const before = {
    metric: 'ack.p99',
    a: 'one',
    b: 'two',
    ratio: 1.1,
    low: 1.05,
    high: 1.15,
    verdict: 'worse',
    because: null,
    blocks: 5,
    blocksToDecide: null,
  };
  const { role, design, confidence, mde, nonInferior } = Comparison.parse(before);
  assert.deepEqual([role, design, confidence, mde, nonInferior], ['primary', 'paired', null, null, false]);
});
