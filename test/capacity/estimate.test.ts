/** Holds the estimates of a capacity to laws that are known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimateCapacity } from '../../src/capacity/estimate.ts';
import { latencyLine } from '../../src/capacity/latency-line.ts';
import { passCurve } from '../../src/capacity/pass-curve.ts';
import { aProbe } from './probes.ts';

const near = (actual: number | undefined, expected: number, share: number): void =>
  assert.ok(Math.abs((actual ?? Number.NaN) / expected - 1) < share, `${actual} is not within ${share} of ${expected}`);

/** p99 of M/M/1, ln 100/(μ − r), in parts of a limit. */
const shareAt = (ratePerSecond: number): number => Math.log(100) / (10_000 - ratePerSecond) / 0.01;
const known = 10_000 - Math.log(100) / 0.01;

const pointAt = (ratePerSecond: number, noise = 1) => ({
  ratePerSecond,
  latencyShare: shareAt(ratePerSecond) * noise,
  latencyShareOfHalves: null,
});

test('latencies that follow the law of M/M/1 give its capacity exactly, with an interval of no width', () => {
  const line = latencyLine([9_200, 9_400, 9_500, 9_600].map(rate => pointAt(rate)));
  near(line?.perSecond, known, 1e-9);
  near(line?.low, known, 1e-6);
  near(line?.high, known, 1e-6);
});

test('latencies that vary by a tenth give it to a per cent, within an interval that holds it', () => {
  const points = [9_200, 9_400, 9_600, 9_800].flatMap(rate => [0.9, 1.1].map(noise => pointAt(rate, noise)));
  const line = latencyLine(points);
  near(line?.perSecond, known, 0.01);
  assert.ok((line?.low ?? Infinity) <= known && known <= (line?.high ?? 0));
});

test('a bias that falls with the length of the window is taken out by its halves', () => {
  const biased = [9_200, 9_400, 9_500, 9_600].map(rate => {
    const inverse = 1 / shareAt(rate);
    return {
      ratePerSecond: rate,
      latencyShare: 1 / (inverse + 0.1),
      latencyShareOfHalves: [1 / (inverse + 0.2), 1 / (inverse + 0.2)] as const,
    };
  });
  near(latencyLine(biased)?.perSecond, known, 1e-9);
});

test('a latency that does not rise with the rate has no line', () => {
  const flat = [9_200, 9_400, 9_500, 9_600].map(rate => ({ ...pointAt(9_000), ratePerSecond: rate }));
  assert.equal(latencyLine(flat), null);
});

const passes = (rate: number, sustained: number, of = 4) =>
  Array.from({ length: of }, (_, i) => ({ ratePerSecond: rate, isSustained: i < sustained }));

test('where all trials pass below a rate and none above, the capacity lies between, and so does its interval', () => {
  const curve = passCurve([...passes(9_800, 4), ...passes(10_000, 4), ...passes(10_200, 0)]);
  near(curve?.perSecond, Math.sqrt(10_000 * 10_200), 0.001);
  assert.ok((curve?.low ?? 0) > 9_950 && (curve?.high ?? Infinity) < 10_250, JSON.stringify(curve));
});

test('where passes thin out, half of them pass at the capacity, and 95 % well below it', () => {
  const curve = passCurve([
    ...passes(9_600, 4),
    ...passes(9_800, 3),
    ...passes(10_000, 2),
    ...passes(10_200, 1),
    ...passes(10_400, 0),
  ]);
  near(curve?.perSecond, 10_000, 0.002);
  assert.ok((curve?.mostlyPerSecond ?? Infinity) < 9_800);
  assert.ok((curve?.low ?? 0) < 9_900 && (curve?.high ?? 0) > 10_100);
});

test('trials that all pass, or all fail, do not enclose a capacity', () => {
  assert.equal(passCurve(passes(9_800, 4)), null);
  assert.equal(passCurve(passes(9_800, 0)), null);
});

test('no capacity is above what was ever acknowledged', () => {
  const probes = [9_800, 10_000, 10_200].flatMap(ratePerSecond =>
    Array.from({ length: 4 }, () =>
      aProbe({ ratePerSecond, verdict: ratePerSecond > 10_000 ? 'exceeded' : 'sustained', latencyShare: null }),
    ),
  );
  assert.equal(estimateCapacity(probes, 10_050)?.perSecond, 10_050);
  near(estimateCapacity(probes, 11_000)?.perSecond, 10_100, 0.001);
});

test('trials of which the generator was the limit count for nothing', () => {
  const limited = Array.from({ length: 8 }, (_, i) => aProbe({ ratePerSecond: 9_000 + 200 * i, verdict: 'limited' }));
  assert.equal(estimateCapacity(limited, 10_000), null);
});

test('a latency far below its limit at one rate and far beyond it at the next is a cliff, found by passes', () => {
  const probes = [9_800, 10_000, 10_200].flatMap(ratePerSecond =>
    Array.from({ length: 4 }, () =>
      aProbe({
        ratePerSecond,
        verdict: ratePerSecond > 10_000 ? 'exceeded' : 'sustained',
        latencyShare: ratePerSecond > 10_000 ? 5 : 0.01,
      }),
    ),
  );
  assert.equal(estimateCapacity(probes, 11_000)?.method, 'passes');
});
