/** What holds for every figure: it can be read, by people and by programs, and says no more than its table. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseHTML } from 'linkedom';
import { conclude } from '../../../src/analysis/conclude.ts';
import { figureKinds } from '../../../src/report/figures/all.ts';
import { chartColours } from '../../../src/report/figures/colours.ts';
import { type Figure, figureSections, type FigureSource } from '../../../src/report/figures/figure.ts';
import { figureFiles } from '../../../src/report/figures/files.ts';
import { readRun } from '../../../src/results/read.ts';
import { aBrokersMeasurement } from '../../builders/brokers.ts';
import { aGroup } from '../../builders/group.ts';
import { storeRun } from '../../builders/stored.ts';
import { aMeasurement } from '../../builders/trial.ts';
import { aChartedTrial, anInvalidTrial, aSource, latenciesOf, trialsOf } from './charted.ts';

const figuresOf = (source: FigureSource): Figure[] => figureKinds.flatMap(kind => kind.figures(source));

const hostile = `<script>alert("1")</script> & 'x' 🐌`;

/** Every kind of figure: consumers with lag and a rebalance, partitions, rates that differ, a check, an invalid trial. */
function aFullSource({ cells = 3, repeat = 5, seconds = 10 } = {}): FigureSource {
  const made = Object.fromEntries(
    Array.from({ length: cells }, (_, i) => {
      const like = { micros: 4_000 * (1 + i), seconds, perSecond: 100 + i, isWide: true } as const;
      const ack = latenciesOf(like);
      const rates = { offeredPerSecond: 200 * (1 + i), ackedPerSecond: 200 * (1 + i) };
      const trials = trialsOf(repeat, like, {
        rates: { ...aMeasurement().rates, ...rates },
        latencies: { ...aMeasurement().latencies, ack, endToEnd: ack },
        groups: [
          aGroup({
            lag: {
              max: 2_000,
              end: 0,
              samples: Array.from({ length: seconds }, (_, second) => ({
                atMicros: second * 1e6,
                unread: second === 3 ? 2_000 : 5,
                unreadOfWorstPartition: second === 3 ? 900 : 2,
                uncommitted: null,
              })),
              worstByPartition: [],
            },
            rebalances: [
              {
                atMicros: 3e6,
                durationMicros: null,
                reason: 'crash',
                moved: 1,
                longestUnownedMicros: 0,
                endToEndMaxMicros: null,
              },
            ],
          }),
        ],
        brokers: aBrokersMeasurement(seconds),
        partitions: Array.from({ length: 6 }, (_, partition) => ({
          topic: 't',
          partition,
          acked: 100 + partition * i,
          consumed: 0,
          ack: ack.total,
          endToEnd: ack.total,
        })),
      });
      return [`c${i}`, trials];
    }),
  );
  const limit = { metric: 'ack.p99', min: null, max: 20_000, where: {}, group: null, every: null };
  return aSource(
    { ...made, bad: [anInvalidTrial({ micros: 3_000 })] },
    {
      cells: [...Object.keys(made), 'bad'].map((id, i) => ({
        id,
        label: i === 0 ? hostile : `load.rate=${i}`,
        factors: { 'load.rate': i },
      })),
      checks: [limit],
    },
  );
}

const full = figuresOf(aFullSource());

test('a run with everything has a figure in every section that has one', () => {
  const sections = figureKinds.filter(kind => kind.figures(aFullSource()).length > 0).map(({ section }) => section);
  // what became of messages is a matter of tables, and capacity one of searches
  const others: readonly string[] = ['integrity', 'capacity'];
  assert.deepEqual(new Set(sections), new Set(figureSections.filter(section => !others.includes(section))));
});

test('ids are unique, also those within the drawings', () => {
  const ids = full.flatMap(({ id, svg }) => [id, ...[...svg.matchAll(/\sid="([^"]+)"/g)].map(match => match[1])]);
  assert.deepEqual(ids, [...new Set(ids)]);
});

for (const { id, title, help, svg, table } of full) {
  test(`${id} is an image with a name and a description, without styles`, () => {
    const { document } = parseHTML(`<!doctype html><html><body>${svg}</body></html>`);
    const root = document.querySelector('svg');
    assert.equal(root?.getAttribute('role'), 'img');
    const named = (root?.getAttribute('aria-labelledby') ?? '')
      .split(' ')
      .map((one: string) => document.getElementById(one));
    assert.deepEqual(
      named.map((element: { readonly textContent: string } | null) => element?.textContent),
      [title, help],
    );
    assert.ok(document.querySelectorAll('path, rect, line, circle').length > 0, 'it draws something');
    assert.equal(document.querySelectorAll('style, script, [style], [class], [aria-label]').length, 0);
  });

  test(`${id} keeps its colours where a page’s variables are missing`, () => {
    for (const [whole, name, fallback] of svg.matchAll(/var\(--([\w-]+)(?:, (#\w+))?\)/g)) {
      assert.equal(fallback, chartColours[name as keyof typeof chartColours]?.light, whole);
    }
  });

  test(`${id} has no number that is none`, () => {
    assert.doesNotMatch(svg + title + help + JSON.stringify(table.rows), /NaN|Infinity|undefined/);
  });

  test(`${id} has a table with as many columns in every row`, () => {
    const [heading, ...rows] = table.rows;
    assert.ok(rows.length > 0);
    assert.deepEqual(new Set(rows.map(({ length }) => length)), new Set([heading?.length]));
  });
}

test('labels are text, whatever they hold', () => {
  const holding = full.filter(({ svg }) => svg.includes('alert('));
  assert.ok(holding.length >= 4);
  for (const { svg } of holding) assert.ok(!svg.includes('<script'));
});

test('an invalid trial is in no figure but that of the generator', () => {
  const withBad = full.filter(({ table }) => table.rows.some(row => row.includes('load.rate=3'))).map(({ id }) => id);
  assert.deepEqual(withBad, ['comparison', 'resources']);
  const row = full.find(({ id }) => id === 'comparison')?.table.rows.find(([cell]) => cell === 'load.rate=3');
  assert.deepEqual(row?.slice(3, 4), ['–']);
});

for (const [what, source] of [
  ['of one cell and one trial', aSource({ only: [aChartedTrial({ micros: 5_000 })] })],
  ['whose trials are all invalid', aSource({ only: [anInvalidTrial({ micros: 5_000 })] })],
  ['without a trial', aSource({ only: [] })],
  [
    'whose interval logs were not read',
    aSource({ only: trialsOf(2, { micros: 5_000 }).map(({ cell, trial }) => ({ cell, trial, distributions: {} })) }),
  ],
  [
    'of 60 cells',
    aSource(
      Object.fromEntries(
        Array.from({ length: 60 }, (_, i) => [`c${i}`, [aChartedTrial({ micros: 5_000 + i, seconds: 3 })]]),
      ),
    ),
  ],
  [
    'of messages of which none was acknowledged',
    aSource({
      only: [
        aChartedTrial(
          { micros: 5_000 },
          {
            latencies: { ...aMeasurement().latencies, ack: null, service: null },
            counts: { ...aMeasurement().counts, acked: 0 },
          },
        ),
      ],
    }),
  ],
] as const) {
  test(`a run ${what} can be drawn`, () => {
    for (const { svg, title, table } of figuresOf(source)) {
      assert.doesNotMatch(svg + title + JSON.stringify(table.rows), /NaN|Infinity|undefined/);
    }
  });
}

test('with more than 12 cells only the six slowest have figures over time', () => {
  const cells = Array.from(
    { length: 13 },
    (_, i) => [`c${i}`, [aChartedTrial({ micros: 5_000 + i * 1_000, seconds: 3 })]] as const,
  );
  const [time] = figureKinds.filter(({ section }) => section === 'time');
  const titles = time?.figures(aSource(Object.fromEntries(cells))).map(({ title }) => title.split(':')[0]);
  assert.deepEqual(titles, ['acks=c12', 'acks=c11', 'acks=c10', 'acks=c9', 'acks=c8', 'acks=c7']);
});

test('the figures of 12 cells × 5 trials × 60 s take less than 450 KB', () => {
  const figures = figuresOf(aFullSource({ cells: 12, seconds: 60 }));
  const bytes = figures.reduce((sum, { svg }) => sum + Buffer.byteLength(svg), 0);
  assert.ok(bytes < 450_000, `${bytes}`);
});

test('a run that is read back has what its figures over time need', async t => {
  const under = await mkdtemp(join(tmpdir(), 'highwater-figures-'));
  t.after(() => rm(under, { recursive: true, force: true }));
  const folder = await storeRun({ under, runId: '2026-01-01T00-00-00Z-abcd', cells: { all: [5_000, 5_100] } });
  const run = await readRun(folder);
  const messages = [...(run.trials[0]?.grids?.ack?.columns ?? [])].flatMap(column => [...column.values()]);
  assert.equal(
    messages.reduce((sum, count) => sum + count, 0),
    20_000,
  );
  const ids = figuresOf({ run, result: conclude(run) }).map(({ id }) => id);
  assert.deepEqual(ids, ['latency-ack', 'throughput', 'time-1', 'resources']);
});

test('files of their own need neither variables nor a page', async () => {
  const files = await figureFiles(aFullSource());
  assert.deepEqual(
    files.map(({ name }) => name),
    full.map(({ id }) => `${id}.svg`),
  );
  for (const { svg } of files) {
    assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.ok(!svg.includes('var('));
  }
});
