import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { driftOf, mser5, sniaSteadyFrom, theilSenSlope } from '../../src/measure/steady-state.ts';
import { commonCutSeconds, steadinessFindings, steadinessOf } from '../../src/analysis/steadiness.ts';
import type { RunTrial, SecondFigures } from '../../src/results/read.ts';
import { autoregressive, normals } from '../builders/noise.ts';
import { aRunTrial } from '../builders/trial.ts';

const repeated = (times: number, ...values: readonly number[]): number[] =>
  Array<number[]>(times)
    .fill([...values])
    .flat();
const falling = Array.from({ length: 100 }, (_, i) => 100 - (100 * i) / 99);

suite('MSER-5', () => {
  for (const [name, series, points, isAtCap] of [
    ['20 points of 100, then 10 and 12 in turn', [...repeated(20, 100), ...repeated(40, 10, 12)], 20, false],
    ['a constant', repeated(100, 0.1), 0, false],
    ['a constant zero', repeated(100, 0), 0, false],
    ['100 points that fall evenly from 100 to 0', falling, 50, true],
    ['100 points that rise evenly', falling.toReversed(), 50, true],
    ['9 points, too few for two batches', repeated(3, 9, 1, 5), 0, false],
    ['nothing', [], 0, false],
  ] as const) {
    test(`of ${name}: cuts ${points}${isAtCap ? ', the cap: not steady' : ''}`, () => {
      assert.deepEqual(mser5(series), { points, isAtCap });
    });
  }

  test('cuts whole batches, at most half, whatever the series', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 200 }), series => {
        const { points, isAtCap } = mser5(series);
        const cap = Math.floor(Math.floor(series.length / 5) / 2);
        assert.ok(points % 5 === 0 && points / 5 <= cap);
        assert.equal(isAtCap, cap > 0 && points / 5 === cap);
      }),
    );
  });

  test('does not depend on the unit', () => {
    const series = autoregressive(normals(1), { length: 150, cv: 0.05, phi: 0.5 }).map(
      (value, i) => value + Math.exp(-i / 9),
    );
    const { points } = mser5(series);
    assert.ok(points > 0);
    assert.equal(mser5(series.map(value => value * 1024)).points, points);
  });
});

suite('the SNIA’s rules', () => {
  test('find the first steady window of five rounds', () => {
    assert.equal(sniaSteadyFrom([100, 90, 82, 78, 76, 75, 75, 74, 75, 75]), 2);
  });

  for (const [name, rounds] of [
    ['four rounds', [75, 75, 75, 75]],
    ['a range above 20 %', [90, 110, 112, 88, 100]],
    ['a line that rises by more than 10 %', [95, 97.5, 100, 102.5, 106]],
  ] as const) {
    test(`find none in ${name}`, () => assert.equal(sniaSteadyFrom(rounds), null));
  }

  test('accept a drift so slow that no window shows it', () => {
    const slow = Array.from({ length: 100 }, (_, i) => 100 * 1.02 ** i);
    assert.equal(sniaSteadyFrom(slow), 0);
    assert.ok((driftOf(slow) ?? 0) > 1);
  });
});

suite('the drift test', () => {
  test('is the median of the slopes of all pairs', () => {
    assert.equal(theilSenSlope([0, 1, 2, 30, 4]), 1);
  });

  test('gives the change from the first to the last of 12 blocks as a share of their median', () => {
    // blocks of ten: 104.5, 114.5, …, 214.5
    const drift = driftOf(Array.from({ length: 120 }, (_, i) => 100 + i));
    assert.ok(Math.abs((drift ?? 0) - 110 / 159.5) < 1e-12, `${drift}`);
  });

  test('has a sign, and none for a constant', () => {
    assert.ok((driftOf(falling) ?? 0) < 0);
    assert.equal(driftOf(repeated(60, 7)), 0);
    assert.equal(driftOf(repeated(60, 0)), 0);
  });

  test('says nothing of fewer than twelve points', () => assert.equal(driftOf(repeated(11, 1)), null));

  // simulations: the expected shares are those of the reference's table, the bands 4 standard errors and more
  const share = (repetitions: number, isHit: (normal: () => number) => boolean): number => {
    const normal = normals(11);
    return Array.from({ length: repetitions }, () => isHit(normal)).filter(Boolean).length / repetitions;
  };

  test('is a false alarm on some 4.5 % of stationary series of 120 s (AR(1), 5 %, φ .5)', () => {
    const alarms = share(
      800,
      normal => Math.abs(driftOf(autoregressive(normal, { length: 120, cv: 0.05, phi: 0.5 })) ?? 0) > 0.05,
    );
    assert.ok(alarms > 0.015 && alarms < 0.08, `${alarms}`);
  });

  test('is one on some 38 % where the noise is 10 % and φ .7: it is no proof by itself', () => {
    const alarms = share(
      400,
      normal => Math.abs(driftOf(autoregressive(normal, { length: 180, cv: 0.1, phi: 0.7 })) ?? 0) > 0.05,
    );
    assert.ok(alarms > 0.28 && alarms < 0.5, `${alarms}`);
  });

  test('flags a warm-up that is slower than the window, which the SNIA’s rules accept', () => {
    const slow = (normal: () => number): number[] =>
      autoregressive(normal, { length: 180, cv: 0.05, phi: 0.5 }).map(
        (value, t) => value * (1 + 0.5 * Math.exp(-t / 300)),
      );
    assert.ok(share(100, normal => Math.abs(driftOf(slow(normal)) ?? 0) > 0.05) > 0.98);
    const rounds = (series: readonly number[]): number[] =>
      Array.from(
        { length: 15 },
        (_, i) => series.slice(i * 12, i * 12 + 12).reduce((sum, value) => sum + value, 0) / 12,
      );
    assert.ok(share(100, normal => sniaSteadyFrom(rounds(slow(normal))) !== null) > 0.95);
  });
});

suite('a trial', () => {
  interface Shape {
    readonly seconds?: number;
    readonly acked?: (second: number) => number;
    readonly p50Micros?: (second: number) => number;
    readonly p99Micros?: (second: number) => number;
    readonly due?: (second: number) => number;
    readonly isOpenLoop?: boolean;
    readonly latency?: 'ack' | 'endToEnd';
  }

  /** A trial of two minutes whose figures are flat where nothing else is said. */
  function aLongTrial({ seconds = 120, isOpenLoop = true, latency = 'ack', ...shape }: Shape): RunTrial {
    const { acked = () => 1_000, p50Micros = () => 5_000, p99Micros = () => 9_000, due = () => 1_000 } = shape;
    const all = Array.from({ length: seconds }, (_, second) => second);
    const timeline = [-2, -1, ...all].map(second => ({
      second,
      sent: acked(second),
      acked: acked(second),
      failed: 0,
      consumed: 0,
    }));
    const figures = all.map((second): SecondFigures => ({
      second,
      count: due(second),
      p50Micros: p50Micros(second),
      p99Micros: p99Micros(second),
    }));
    const trial = aRunTrial({ timeline, isOpenLoop, windowMicros: seconds * 1e6 });
    return { ...trial, perSecond: { [latency]: figures.filter(({ count }) => count > 0) } };
  }
  const settling = (second: number): number => 5_000 * (1 + 2 * Math.exp(-second / 5));

  test('that is flat is steady, and nothing need be cut', () => {
    const steadiness = steadinessOf(aLongTrial({}));
    assert.deepEqual(steadiness, {
      assessed: true,
      because: null,
      isSteady: true,
      latency: 'ack',
      cutSeconds: 0,
      atCap: [],
      drifts: { acked: 0, p50: 0, p99: 0 },
      background: { segmentRolls: 0, retentionDeletes: 0 },
    });
    assert.deepEqual(steadinessFindings(steadiness), []);
  });

  test('that settles is steady after the largest cut of its series', () => {
    const { isSteady, cutSeconds } = steadinessOf(aLongTrial({ p99Micros: settling }));
    assert.equal(isSteady, true);
    assert.ok(cutSeconds !== null && cutSeconds >= 10 && cutSeconds <= 50, `${cutSeconds}`);
  });

  test('is judged by what comes after the cut', () => {
    const p50Micros = (second: number): number => Math.max(5_000, 10_000 - 100 * second);
    const steadiness = steadinessOf(aLongTrial({ p50Micros }));
    assert.deepEqual([steadiness.cutSeconds, steadiness.drifts.p50, steadiness.isSteady], [50, 0, true]);
  });

  test('that fell by 2 % over the window is steady: so little is not worth a cut', () => {
    const { isSteady, cutSeconds } = steadinessOf(
      aLongTrial({ p50Micros: second => 5_000 * (1 - (0.02 * second) / 120) }),
    );
    assert.deepEqual([isSteady, (cutSeconds ?? 60) < 60], [true, true]);
  });

  for (const [name, shape, series, atCap] of [
    ['whose p50 rises by a tenth', { p50Micros: second => 5_000 + (500 * second) / 120 }, 'ack.p50', true],
    ['whose throughput falls by a tenth', { acked: second => 1_000 - (100 * second) / 120 }, 'acked', true],
    [
      'whose endToEnd p99 doubles',
      { latency: 'endToEnd', p99Micros: second => 9_000 * 2 ** (second / 120) },
      'endToEnd.p99',
      true,
    ],
    ['whose throughput drops in its second half', { acked: second => (second < 75 ? 1_000 : 920) }, 'acked', false],
    ['whose p50 jumps up in its second half', { p50Micros: second => (second < 75 ? 5_000 : 6_000) }, 'ack.p50', false],
  ] as readonly (readonly [string, Shape, string, boolean])[]) {
    test(`${name} is not, and the finding names ${series}`, () => {
      const steadiness = steadinessOf(aLongTrial(shape));
      assert.equal(steadiness.isSteady, false);
      const [finding] = steadinessFindings(steadiness);
      assert.equal(finding?.code, 'not-steady');
      assert.equal(finding?.['atCap'], atCap);
      assert.deepEqual(
        ((finding?.['series'] ?? []) as { name: string }[]).map(one => one.name),
        [series],
      );
    });
  }

  test('is allowed a drift of 10 % in p99 that would be too much in p50', () => {
    // a step that MSER leaves alone: the second half wanders around a line too flat for a cut
    const wandering = (base: number) => (second: number) =>
      base * (1 + 0.11 * (second / 120) + 0.2 * Math.sin(second * 2));
    const ofP99 = steadinessOf(aLongTrial({ p99Micros: wandering(9_000) }));
    const ofP50 = steadinessOf(aLongTrial({ p50Micros: wandering(5_000) }));
    assert.ok(Math.abs((ofP99.drifts.p99 ?? 0) - (ofP50.drifts.p50 ?? 1)) < 1e-9);
    assert.ok((ofP99.drifts.p99 ?? 0) > 0.05 && (ofP99.drifts.p99 ?? 0) < 0.1, `${ofP99.drifts.p99}`);
    assert.deepEqual([ofP99.isSteady, ofP50.isSteady], [true, false]);
  });

  for (const [name, trial, because] of [
    ['a window of 119 s', aLongTrial({ seconds: 119, p50Micros: second => 5_000 + 100 * second }), 'window-too-short'],
    [
      'stages that double the rate',
      aLongTrial({ due: second => (second < 60 ? 1_000 : 2_000), acked: second => (second < 60 ? 1_000 : 2_000) }),
      'load-not-constant',
    ],
    [
      'stages that come back to their first rate',
      aLongTrial({ due: second => (second < 40 || second >= 80 ? 1_000 : 2_000) }),
      'load-not-constant',
    ],
  ] as const) {
    test(`with ${name} is not assessed, which is neither steady nor a finding`, () => {
      const steadiness = steadinessOf(trial);
      assert.deepEqual(
        [steadiness.assessed, steadiness.because, steadiness.isSteady, steadiness.cutSeconds],
        [false, because, null, null],
      );
      assert.deepEqual(steadinessFindings(steadiness), []);
    });
  }

  test('in a closed loop shows a throughput that falls as what it is', () => {
    const falls = (second: number): number => Math.round(1_000 - 4 * second);
    assert.equal(steadinessOf(aLongTrial({ isOpenLoop: false, acked: falls, due: falls })).isSteady, false);
  });

  test('with Poisson arrivals at a low rate is assessed: chance is no stage', () => {
    const normal = normals(5);
    const due = (): number => Math.max(0, Math.round(20 + Math.sqrt(20) * normal()));
    assert.equal(steadinessOf(aLongTrial({ due })).assessed, true);
  });

  test('has no p99 where a second holds fewer than a hundred messages', () => {
    const { drifts, isSteady } = steadinessOf(aLongTrial({ due: () => 99, p99Micros: second => 9_000 + 100 * second }));
    assert.deepEqual([drifts.p99, drifts.p50, isSteady], [null, 0, true]);
  });

  test('without acknowledgements and logs has no data', () => {
    const { perSecond: _, ...trial } = aLongTrial({});
    const silent = { ...trial, trial: { ...trial.trial, counts: { ...trial.trial.counts, acked: 0 } } };
    assert.equal(steadinessOf(silent).because, 'no-data');
  });

  test('is cut like all that it is compared with: by the largest cut of any', () => {
    const one = steadinessOf(aLongTrial({}));
    const other = steadinessOf(aLongTrial({ p99Micros: settling }));
    const short = steadinessOf(aLongTrial({ seconds: 30 }));
    assert.equal(commonCutSeconds([one, other, short]), other.cutSeconds);
    assert.equal(commonCutSeconds([short]), null);
  });
});
