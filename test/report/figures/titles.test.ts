/** What figures say in their titles: what the data hold, and of differences only what the comparisons decided. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figure, FigureKind, FigureSource } from '../../../src/report/figures/figure.ts';
import { findingText } from '../../../src/report/figures/findings.ts';
import { forest } from '../../../src/report/figures/forest.ts';
import { overTime } from '../../../src/report/figures/over-time.ts';
import { partitions } from '../../../src/report/figures/partitions.ts';
import { resources } from '../../../src/report/figures/resources.ts';
import { spectrum } from '../../../src/report/figures/spectrum.ts';
import { throughput } from '../../../src/report/figures/throughput.ts';
import { tradeOff } from '../../../src/report/figures/trade-off.ts';
import { aMeasurement } from '../../builders/trial.ts';
import { aChartedTrial, aComparison, anInvalidTrial, aSource, latenciesOf, trialsOf } from './charted.ts';

const first = (kind: FigureKind, source: FigureSource): Figure => {
  const [figure] = kind.figures(source);
  assert.ok(figure !== undefined);
  return figure;
};

const two = aSource({ one: trialsOf(5, { micros: 3_000 }), all: trialsOf(5, { micros: 6_000 }) });

for (const [what, comparisons, text] of [
  [
    'a doubled latency',
    [aComparison({ verdict: 'worse', ratio: 2.02 })],
    'acks=all doubles ack.p99 against acks=one (3.02 ms to 6.05 ms)',
  ],
  [
    'a halved one',
    [aComparison({ verdict: 'better', ratio: 0.51, a: 'all', b: 'one' })],
    'acks=one halves ack.p99 against acks=all (6.05 ms to 3.02 ms)',
  ],
  [
    'a rise',
    [aComparison({ verdict: 'worse', ratio: 1.163 })],
    'acks=all raises ack.p99 by 16.3 % against acks=one (3.02 ms to 6.05 ms)',
  ],
  [
    'a multiple',
    [aComparison({ verdict: 'worse', ratio: 325.4 })],
    'acks=all multiplies ack.p99 by 325 against acks=one (3.02 ms to 6.05 ms)',
  ],
  [
    'a hint',
    [aComparison({ verdict: 'worse', ratio: 2, role: 'exploratory' })],
    'acks=all doubles ack.p99 against acks=one (3.02 ms to 6.05 ms), an exploratory finding',
  ],
  [
    'several differences: what was declared beforehand before what is larger',
    [aComparison({ verdict: 'worse', ratio: 9, role: 'exploratory' }), aComparison({ verdict: 'worse', ratio: 1.2 })],
    'acks=all raises ack.p99 by 20.0 % against acks=one (3.02 ms to 6.05 ms); 1 more difference',
  ],
  [
    'what is not decided, however far apart the values',
    [aComparison({ verdict: 'inconclusive', ratio: 2 })],
    'ack.p99 is 3.02 ms (acks=one) to 6.05 ms (acks=all): not decided whether the two differ',
  ],
  [
    'what is the same',
    [aComparison({ verdict: 'same', ratio: 1.01, delta: 0.05 })],
    'ack.p99 is 3.02 ms (acks=one) to 6.05 ms (acks=all): the same within 5 %',
  ],
  ['what nobody compared', [], 'ack.p99 is 3.02 ms (acks=one) to 6.05 ms (acks=all)'],
] as const) {
  test(`a finding tells of ${what}`, () => {
    assert.equal(findingText({ ...two.result, comparisons: [...comparisons] }, 'ack.p99'), text);
  });
}

test('the spectrum’s title is that of the decided comparison', () => {
  assert.equal(first(spectrum, two).title, 'acks=all doubles ack.p99 against acks=one (3.02 ms to 6.05 ms)');
});

test('the spectrum of trials with too few messages for p99 tells of p50', () => {
  const few = aSource({ one: trialsOf(2, { micros: 3_000, seconds: 2, perSecond: 50 }) });
  assert.equal(first(spectrum, few).title, 'ack.p50 is 3.02 ms (acks=one); too few messages for p99');
});

test('comparisons that are not decided are no differences', () => {
  const short = aSource({ one: trialsOf(2, { micros: 3_000 }), all: trialsOf(2, { micros: 6_000 }) });
  assert.match(first(forest, short).title, /^Not decided: 1 of 1 comparisons inconclusive/);
});

const rates = (offeredPerSecond: number, ackedPerSecond: number) => ({
  rates: { ...aMeasurement().rates, offeredPerSecond, ackedPerSecond },
});

for (const [what, over, title] of [
  ['kept up', rates(1_000, 999), 'What was offered was acknowledged'],
  ['fell behind', rates(1_000, 501), 'acks=one acknowledged 50.1 % of the 1,000/s offered'],
  ['had no schedule', { ...rates(0, 12_345), isOpenLoop: false }, 'ackedPerSecond is 12,345/s (acks=one)'],
] as const) {
  test(`throughput of a cell that ${what}`, () => {
    assert.equal(first(throughput, aSource({ one: trialsOf(5, { micros: 3_000 }, over) })).title, title);
  });
}

test('cells without acknowledgements have no rate of them, which is not a rate of zero', () => {
  const unacked = { counts: { ...aMeasurement().counts, acked: 0 }, ...rates(1_000, 0) };
  const source = aSource({ zero: trialsOf(2, { micros: 3_000 }, unacked), one: trialsOf(2, { micros: 3_000 }) });
  const { title, table } = first(throughput, source);
  assert.equal(title, 'Where there are acknowledgements, what was offered was acknowledged');
  assert.equal(table.rows.find(([cell]) => cell === 'acks=zero')?.[4], '–');
});

const limited = (max: number, where = {}) => ({
  checks: [{ metric: 'ack.p99', min: null, max, where, group: null, every: null }],
});
const slowAndFast = {
  slow: trialsOf(5, { micros: 3_000 }, rates(1_000, 1_000)),
  fast: trialsOf(5, { micros: 9_000 }, rates(2_000, 2_000)),
};

for (const [what, header, title] of [
  ['no limit', {}, 'ack.p99: acks=slow carries 1,000/s at 3.02 ms, acks=fast carries 2,000/s at 9.07 ms'],
  ['a limit between them', limited(5_000), 'The most within ack.p99 ≤ 5 ms: acks=slow carries 1,000/s at 3.02 ms'],
  ['a limit that none keeps', limited(1_000), 'No cell keeps ack.p99 within 1 ms'],
  [
    'a limit for some cells alone',
    limited(5_000, { 'producers.acks': 'fast' }),
    'ack.p99: acks=slow carries 1,000/s at 3.02 ms, acks=fast carries 2,000/s at 9.07 ms',
  ],
] as const) {
  test(`a trade-off with ${what}`, () => {
    assert.equal(first(tradeOff, aSource(slowAndFast, header)).title, title);
  });
}

test('cells that carry the same have nothing to trade', () => {
  assert.deepEqual(tradeOff.figures(two), []);
});

test('over time, the slowest trial of a cell is shown, and the second that stood out', () => {
  const calm = aChartedTrial({ micros: 3_000 });
  const stalled = aChartedTrial({ micros: 3_000, stalls: { 4: 200_000 } });
  const { title } = first(overTime, aSource({ one: [calm, stalled, calm] }));
  assert.equal(title, 'acks=one: ack.p99 rose to 200 ms in second 4, 67 times its usual 3 ms (block 2, the slowest)');
});

test('over time, an invalid trial is not shown, however slow', () => {
  const source = aSource({ one: [aChartedTrial({ micros: 3_000 }), anInvalidTrial({ micros: 90_000 })] });
  const { title, help } = first(overTime, source);
  assert.equal(title, 'acks=one: no second stood out, ack.p99 of a second 3 ms to 3 ms');
  assert.match(help, /1 invalid trial is not shown\./);
});

const ofPartitions = (...counts: number[]) => ({
  partitions: counts.map((acked, partition) => ({
    topic: 't',
    partition,
    acked,
    consumed: 0,
    ack: latenciesOf({ micros: 1, seconds: 1, perSecond: 1 }).total,
    endToEnd: null,
  })),
});

for (const [what, counts, title] of [
  [
    'even',
    [500, 500, 500, 500],
    'The fullest of 4 partitions got 1.00 times the even share; more even than chance, Gini 0.00',
  ],
  [
    'skewed',
    [1_000, 200, 400, 400],
    'The fullest of 4 partitions got 2.00 times the even share; less even than chance, Gini 0.30',
  ],
  [
    'left to chance',
    [520, 490, 510, 480],
    'The fullest of 4 partitions got 1.04 times the even share; as even as chance, Gini 0.02',
  ],
] as const) {
  test(`partitions whose load is ${what}`, () => {
    const source = aSource({ one: [aChartedTrial({ micros: 3_000 }, ofPartitions(...counts))] });
    assert.equal(first(partitions, source).title, title);
  });
}

test('one partition needs no chart of its share', () => {
  assert.deepEqual(partitions.figures(aSource({ one: [aChartedTrial({ micros: 3_000 }, ofPartitions(500))] })), []);
});

test('the generator was not the limit where every trial is valid', () => {
  const valid = aSource({ one: trialsOf(5, { micros: 6_000 }) });
  assert.match(first(resources, valid).title, /^The generator was not the limit: its lag at most /);
});

test('one invalid trial is enough for that not to be said', () => {
  const source = aSource({ one: [...trialsOf(4, { micros: 6_000 }), anInvalidTrial({ micros: 6_000 })] });
  assert.match(
    first(resources, source).title,
    /^The generator cannot be ruled out as the limit: of 5 trials 1 invalid; its lag at most 100 % /,
  );
});
