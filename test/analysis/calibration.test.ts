/** Specifies a calibration: the noise is that of the data, and what it lets be found agrees with the rule's own power. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { blocksToFind, calibrationOf, lag1, smallestFound } from '../../src/analysis/calibration.ts';
import { conclude } from '../../src/analysis/conclude.ts';
import type { StoredRun } from '../../src/results/read.ts';
import { autoregressive, normals } from '../builders/noise.ts';
import { aCell, aRun } from '../builders/trial.ts';

/** From the table of the decision rule at delta 5 %: blocks that find +10 % with 90 % power, five at least. */
for (const [variation, blocks] of [
  [0.01, 5],
  [0.02, 5],
  [0.03, 5],
  [0.05, 9],
  [0.08, 17],
  [0.1, 26],
] as const) {
  test(`a noise of ${variation * 100} % takes ${blocks} blocks to find 10 %`, () =>
    assert.equal(blocksToFind(0.1, { variation, delta: 0.05 }), blocks));
}

test('a change that is no larger than delta is never found, however many blocks', () =>
  assert.equal(blocksToFind(0.05, { variation: 0.01, delta: 0.05 }), null));

/** From the same source: ten blocks, delta 5 %; rounded up. */
for (const [variation, found] of [
  [0.02, 6.3],
  [0.05, 8.8],
  [0.1, 17.8],
] as const) {
  test(`ten blocks find ${found} % at a noise of ${variation * 100} %`, () =>
    assert.equal(Math.ceil((smallestFound(10, { variation, delta: 0.05 }) ?? 0) * 1_000) / 10, found));
}

test('fewer than five blocks find nothing', () =>
  assert.equal(smallestFound(4, { variation: 0.01, delta: 0.05 }), null));

suite('the autocorrelation of neighbours', () => {
  test('is near none for white noise, and near φ for a series that has it', () => {
    const series = (phi: number) => lag1(autoregressive(normals(7), { length: 400, cv: 0.05, phi })) ?? 1;
    assert.ok(Math.abs(series(0)) < 0.15, String(series(0)));
    assert.ok(Math.abs(series(0.5) - 0.5) < 0.15, String(series(0.5)));
  });

  test('is none of few values, or of equal ones', () =>
    assert.deepEqual([lag1([1, 2, 3]), lag1(Array(20).fill(1))], [null, null]));
});

/** Two equal arms of so many blocks: the block moves both, and trials differ by `cv` besides. */
function aCalibration({ blocks = 20, cv = 0.03, block = 0.2, slower = 1 } = {}): StoredRun {
  const normal = normals(11);
  const levels = Array.from({ length: blocks }, () => Math.exp(block * normal()));
  const values = (factor: number) => levels.map(level => 5_000 * factor * level * Math.exp(cv * normal()));
  const run = aRun({ a: aCell('a', values(1)), b: aCell('b', values(slower)) });
  const cells = run.header.cells.map(cell => ({ ...cell, label: `one (${cell.id})` }));
  return { ...run, header: { ...run.header, cells, pairs: [{ a: 'a', b: 'b' }] } };
}

suite('a run of a cell against itself', () => {
  const run = aCalibration();
  const [cell] = calibrationOf(run, conclude(run), 5);
  const metrics = cell?.metrics ?? [];
  const p99 = metrics.find(({ metric }) => metric === 'ack.p99');

  test('gives the noise between trials without what moves a whole block', () => {
    // 20 blocks know a spread to about a sixth of it
    assert.ok(Math.abs((p99?.variation ?? 0) - 0.03) < 0.012, String(p99?.variation));
    assert.equal(p99?.blocks, 20);
  });

  test('names the cell, the primary metric first, then what else the trials can tell', () => {
    assert.equal(cell?.cell, 'one');
    assert.deepEqual([metrics[0]?.metric, metrics[0]?.role], ['ack.p99', 'primary']);
    assert.ok(metrics.some(({ metric, role }) => metric === 'service.p50' && role === 'exploratory'));
  });

  test('leaves out what nobody measured: the rate that was asked for, and the generator’s own lag', () => {
    const named = metrics.map(({ metric }) => metric);
    assert.deepEqual(
      named.filter(metric => /Lag|offered|ackedPer/.test(metric)),
      [],
    );
    assert.equal(new Set(named).size, named.length);
  });

  test('says what the scenario’s own repeat and ten blocks find', () => {
    const noise = { variation: p99?.variation ?? 0, delta: 0.05 };
    assert.deepEqual([p99?.foundByScenario, p99?.foundByTen], [smallestFound(5, noise), smallestFound(10, noise)]);
    assert.deepEqual(
      p99?.blocksToFind,
      [0.05, 0.1, 0.2].map(effect => ({ effect, blocks: blocksToFind(effect, noise) })),
    );
  });

  test('is not different from itself', () => assert.equal(p99?.verdict, 'same'));
});

test('a cell that lacks the primary metric is told by what decides about it', () => {
  const run = aCalibration({ blocks: 5 });
  const other = { ...run, header: { ...run.header, compare: { primary: ['endToEnd.p50'], delta: {} } } };
  const late = other.trials.map(one => ({ ...one, trial: { ...one.trial, isOpenLoop: false } }));
  const [metric] = calibrationOf({ ...other, trials: late }, conclude({ ...other, trials: late }), 5)[0]?.metrics ?? [];
  assert.deepEqual([metric?.metric, metric?.role], ['ackedPerSecond', 'primary']);
});

test('arms that are not equal show in the verdict', () => {
  const run = aCalibration({ slower: 1.2 });
  assert.equal(calibrationOf(run, conclude(run), 5)[0]?.metrics[0]?.verdict, 'worse');
});

test('a drift through the run shows in the autocorrelation', () => {
  const values = Array.from({ length: 20 }, (_, i) => 5_000 * 1.05 ** i);
  const run = aRun({ a: aCell('a', values), b: aCell('b', values) }, { pairs: [{ a: 'a', b: 'b' }] });
  const [metric] = calibrationOf(run, conclude(run), 5)[0]?.metrics ?? [];
  assert.ok((metric?.lag1Autocorrelation ?? 0) > 0.8);
});

test('a run that was not laid out in pairs is none', () => {
  const run = aRun({ a: aCell('a', [5_000, 5_000]) });
  assert.deepEqual(calibrationOf(run, conclude(run), 5), []);
});
