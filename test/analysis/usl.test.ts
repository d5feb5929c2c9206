import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  fitUsl,
  predictThroughput,
  type UslFit,
  type UslParameters,
  uslPeakN,
  uslThroughput,
} from '../../src/analysis/usl.ts';
import { normals } from '../builders/noise.ts';

const levels = [1, 2, 4, 8, 16, 32, 64, 128];
const known: UslParameters = { lambdaPerSecond: 1_000, sigma: 0.05, kappa: 0.0002 };

/** What a law gives at levels, without noise or with it. */
const measured = (
  parameters: UslParameters,
  {
    ns = levels,
    noise = (): number => 0,
    trials = 1,
  }: { ns?: readonly number[]; noise?: () => number; trials?: number } = {},
) =>
  ns.flatMap(n =>
    Array.from({ length: trials }, () => ({ n, perSecond: uslThroughput(parameters, n) * Math.exp(noise()) })),
  );

const fitOf = (...parameters: Parameters<typeof fitUsl>): UslFit => {
  const fit = fitUsl(...parameters);
  assert.equal(fit.kind, 'fit');
  return fit as UslFit;
};

const isNear = (value: number, expected: number, share: number): void =>
  assert.ok(Math.abs(value - expected) <= share * Math.abs(expected), `${value} is not ${expected} ± ${share * 100} %`);

suite('the law', () => {
  for (const [n, perSecond] of [
    [1, 1_000],
    [2, 1_904.04],
    [4, 3_471.02],
    [8, 5_877.17],
    [16, 8_898.78],
    [32, 11_643.14],
    [64, 12_912.6],
    // 128,000 / 10.6012
    [128, 12_074.1],
  ] as const) {
    test(`with λ 1000, σ .05, κ .0002 gives ${perSecond} at ${n}`, () => {
      assert.equal(uslThroughput(known, n).toFixed(2), perSecond.toFixed(2));
    });
  }

  test('has its peak of 12,925.2 at 68.92', () => {
    const n = uslPeakN(known);
    assert.equal(n?.toFixed(2), '68.92');
    assert.equal(uslThroughput(known, n ?? 0).toFixed(1), '12925.2');
  });

  test('has no peak without coherency', () => assert.equal(uslPeakN({ ...known, kappa: 0 }), null));
});

suite('a fit', () => {
  test('finds the law behind exact data, its peak and no more', () => {
    const { parameters, peak, ceilingPerSecond, intervals, residual } = fitOf(measured(known));
    isNear(parameters.lambdaPerSecond, 1_000, 1e-9);
    isNear(parameters.sigma, 0.05, 1e-9);
    isNear(parameters.kappa, 0.0002, 1e-9);
    assert.equal(peak?.n.toFixed(2), '68.92');
    assert.equal(peak?.perSecond.toFixed(1), '12925.2');
    assert.deepEqual([ceilingPerSecond, intervals], [null, null]);
    assert.ok(residual < 1e-9);
  });

  test('recovers each parameter within 1 %, whichever law it was', () => {
    const law = fc.record({
      lambdaPerSecond: fc.double({ min: 10, max: 1e6, noNaN: true }),
      sigma: fc.double({ min: 0.001, max: 0.5, noNaN: true }),
      kappa: fc.double({ min: 1e-5, max: 0.05, noNaN: true }),
    });
    fc.assert(
      fc.property(law, parameters => {
        const fit = fitOf(measured(parameters));
        for (const name of ['lambdaPerSecond', 'sigma', 'kappa'] as const)
          isNear(fit.parameters[name], parameters[name], 0.01);
      }),
    );
  });

  for (const [name, law] of [
    ['no coherency', { lambdaPerSecond: 500, sigma: 0.2, kappa: 0 }],
    ['no contention', { lambdaPerSecond: 500, sigma: 0, kappa: 0.01 }],
    ['neither', { lambdaPerSecond: 500, sigma: 0, kappa: 0 }],
  ] as const) {
    test(`of data with ${name} does not go below 0`, () => {
      const { parameters } = fitOf(measured(law));
      isNear(parameters.lambdaPerSecond, 500, 1e-6);
      assert.ok(Math.abs(parameters.sigma - law.sigma) < 1e-9 && parameters.sigma >= 0);
      assert.ok(Math.abs(parameters.kappa - law.kappa) < 1e-9 && parameters.kappa >= 0);
    });
  }

  test('of data that grow faster than load is a straight line: no parameter goes below 0', () => {
    const { parameters } = fitOf(levels.map(n => ({ n, perSecond: 100 * n ** 1.1 })));
    assert.deepEqual([parameters.sigma, parameters.kappa], [0, 0]);
  });

  test('of noisy trials has intervals around it, the same for a seed', () => {
    const trials = measured(known, { noise: () => 0.03 * normal(), trials: 3 });
    const fit = fitOf(trials, { resamples: 200, seed: 7 });
    for (const name of ['lambdaPerSecond', 'sigma', 'kappa'] as const) {
      const { low, high } = fit.intervals?.[name] ?? { low: NaN, high: NaN };
      assert.ok(low < fit.parameters[name] && fit.parameters[name] < high, name);
    }
    isNear(fit.parameters.sigma, 0.05, 0.2);
    assert.ok((fit.peak?.interval?.low ?? NaN) < 68.92 && (fit.peak?.interval?.high ?? NaN) > 68.92);
    assert.deepEqual(fitOf(trials, { resamples: 200, seed: 7 }), fit);
  });
  const normal = normals(31);

  test('of throughputs that know their errors has intervals that hold the law about as often as they say', () => {
    const normal = normals(5);
    const logError = 0.03;
    let held = 0;
    const fits = 60;
    for (let i = 0; i < fits; i++) {
      const trials = measured(known, { noise: () => logError * normal() }).map(trial => ({ ...trial, logError }));
      const { intervals, reach } = fitOf(trials, { resamples: 200, seed: i });
      const { low, high } = intervals?.sigma ?? assert.fail();
      if (low <= known.sigma && known.sigma <= high) held++;
      assert.ok(reach.interval !== null && reach.interval.low < reach.perSecond && reach.n === 256);
    }
    assert.ok(held >= 0.85 * fits && held <= fits, `${held} of ${fits}`);
  });

  test('has no narrower intervals than the scatter about the law allows, however sure each throughput is', () => {
    const normal = normals(6);
    const noisy = measured(known, { noise: () => 0.1 * normal() });
    const widthOf = (logError: number): number => {
      const { intervals } = fitOf(noisy.map(trial => ({ ...trial, logError })));
      const { low, high } = intervals?.lambdaPerSecond ?? assert.fail();
      return Math.log(high / low);
    };
    assert.equal(widthOf(0.0001), widthOf(0));
    assert.ok(widthOf(0) > 0.1, String(widthOf(0)));
  });

  test('has no intervals where one throughput does not know its error', () => {
    const trials = measured(known).map((trial, i) => (i === 3 ? trial : { ...trial, logError: 0.01 }));
    assert.equal(fitOf(trials).intervals, null);
  });

  test('is least in the logarithms: a relative error counts alike at every level', () => {
    const off = (n: number) =>
      measured(known).map(one => (one.n === n ? { ...one, perSecond: one.perSecond * 1.2 } : one));
    const [atFour, atSixtyFour] = [fitOf(off(4)), fitOf(off(64))];
    for (const { parameters } of [atFour, atSixtyFour]) isNear(parameters.lambdaPerSecond, 1_000, 0.1);
    assert.ok(atFour.residual < 0.07 && atSixtyFour.residual < 0.07);
  });

  test('of fewer than six levels is refused, however many trials they have', () => {
    assert.deepEqual(fitUsl(measured(known, { ns: levels.slice(0, 5), trials: 9 })), {
      kind: 'refused',
      because: 'too-few-levels',
      levels: 5,
      atLeast: 6,
    });
  });

  test('of a trial without throughput is refused', () => {
    assert.deepEqual(fitUsl([...measured(known), { n: 8, perSecond: 0 }]), {
      kind: 'refused',
      because: 'no-throughput',
      n: 8,
    });
  });
});

suite('what a fit does not say', () => {
  const upTo32 = fitOf(measured(known, { ns: [1, 2, 4, 8, 16, 32] }));

  test('is throughput beyond twice the largest N', () => {
    assert.equal(predictThroughput(upTo32, 64)?.toFixed(1), '12912.6');
    assert.equal(predictThroughput(upTo32, 64.5), null);
  });

  test('is a peak outside the data', () => {
    assert.equal(uslPeakN(upTo32.parameters)?.toFixed(1), '68.9');
    assert.equal(upTo32.peak, null);
  });

  test('is a ceiling where there is a peak; without coherency it is λ/σ', () => {
    assert.equal(upTo32.ceilingPerSecond, null);
    isNear(fitOf(measured({ lambdaPerSecond: 500, sigma: 0.2, kappa: 0 })).ceilingPerSecond ?? 0, 2_500, 1e-6);
  });
});
