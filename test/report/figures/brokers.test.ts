/** What brokers had to do, as a figure on the load's time axis, a table of all cells, and nothing where nothing was told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerTables } from '../../../src/report/brokers.ts';
import { brokers } from '../../../src/report/figures/brokers.ts';
import { modelOf } from '../../../src/report/model.ts';
import { renderText } from '../../../src/report/text.ts';
import { aBrokersMeasurement, aWatched } from '../../builders/brokers.ts';
import { aSource, trialsOf } from './charted.ts';

const like = { micros: 3_000, seconds: 10 } as const;
const watched = aSource({ one: trialsOf(2, like, { brokers: aBrokersMeasurement() }) });
const unwatched = aSource({ one: trialsOf(2, like) });

test('the title names what the busiest broker used of its cores, and the table every broker and its host', () => {
  const [figure, ...others] = brokers.figures(watched);
  assert.deepEqual(others, []);
  assert.match(figure?.title ?? '', /^acks=one: the busiest of 2 brokers used 1\.18 of 4 CPU cores on average$/);
  assert.deepEqual(
    figure?.table.rows.map(([name, cpu, of]) => [name, cpu, of]),
    [
      ['', 'CPU cores', 'of'],
      ['broker 1', '0.59', '4'],
      ['broker 2', '1.18', '4'],
      ['this host', '3', '4'],
    ],
  );
});

test('CPU and bytes written have a panel each, on seconds of the window, with its warm-up', () => {
  const [figure] = brokers.figures(watched);
  const texts = [...(figure?.svg ?? '').matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
  for (const text of ['CPU cores', 'written, bytes/s', 'broker 1', 'this host', 'seconds of the window']) {
    assert.ok(texts.includes(text), text);
  }
  const lines = [...(figure?.svg ?? '').matchAll(/<path[^>]* d="(M[^"]*L[^"]*)"/g)];
  assert.ok(lines.length >= 5, `${lines.length} lines: three of CPU, two of bytes`);
  // broker 1 told nothing of one second: its line is in two pieces
  assert.ok(lines.some(([, d = '']) => d.split('M').length === 3));
});

test('a figure that no broker told has no panel', () => {
  const told = { cpuCores: [1, 1, 1, 1, 1] };
  const only = { ...aBrokersMeasurement(), source: 'jmx', brokers: [aWatched('b:9999', told)], hosts: [] } as const;
  const [figure] = brokers.figures(aSource({ one: trialsOf(1, like, { brokers: only }) }));
  assert.ok(figure !== undefined && figure.svg.includes('CPU cores'));
  assert.ok(!figure.svg.includes('written, bytes/s'));
  assert.deepEqual(figure.table.rows[1]?.slice(0, 5), ['b:9999', '1', '–', '–', '–']);
});

test('the report has a row a cell with the brokers’ means and what was at its end', () => {
  const [table] = brokerTables(watched.result);
  assert.deepEqual(table?.rows[1], ['acks=one', '0.885', '4', '3.52 MB/s', '–', '–', '–', '25 %', 'not told']);
  assert.match(renderText(modelOf(watched.result), { color: false, unicode: true }), /^Brokers · .*$/m);
});

test('brokers that were not watched leave no trace', () => {
  assert.deepEqual(brokers.figures(unwatched), []);
  assert.deepEqual(brokerTables(unwatched.result), []);
});
