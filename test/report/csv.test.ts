import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conclude } from '../../src/analysis/conclude.ts';
import csv from '../../src/report/formats/csv.ts';
import { aCell, aMeasurement, aRun, aRunTrial } from '../builders/trial.ts';

/** The table by column, as RFC 4180 has it. */
function read(text: string): Record<string, string>[] {
  const fields = [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r\n)/g)];
  const lines: string[][] = [[]];
  for (const [, quoted, plain = '', end] of fields) {
    lines.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '\r\n') lines.push([]);
  }
  const [heading = [], ...rows] = lines.slice(0, -1);
  return rows.map(row => Object.fromEntries(heading.map((name, i) => [name, row[i] ?? 'missing'])));
}

test('CSV has a row for each trial, with its cell, its validity and its figures in µs', () => {
  const result = conclude(aRun({ one: aCell('one', [5_000, 6_000]), two: aCell('two', [7_000]) }, { repeat: 2 }));
  const rows = read(csv.render({ result }));
  assert.deepEqual(
    rows.map(row => [row['cell'], row['producers.acks'], row['block'], row['validity'], row['acked']]),
    [
      ['one', 'one', '1', 'valid', '20000'],
      ['one', 'one', '2', 'valid', '20000'],
      ['two', 'two', '1', 'valid', '20000'],
    ],
  );
  assert.deepEqual(
    rows.map(row => Number(row['ack.p50Micros'])),
    result.cells.flatMap(({ trials }) => trials.map(({ ackMicros }) => ackMicros?.p50)),
  );
});

test('what there are no data of is an empty field, and not 0', () => {
  const latencies = { ...aMeasurement().latencies, ack: null };
  const result = conclude(aRun({ one: [aRunTrial({ isOpenLoop: false, latencies })] }));
  const [row] = read(csv.render({ result }));
  assert.deepEqual([row?.['ack.p99Micros'], row?.['ack.count'], row?.['lost']], ['', '', '']);
});

test('names with quotes, commas and ends of lines stay one field', () => {
  const name = 'a,"b"\r\nc';
  const [row] = read(csv.render({ result: conclude(aRun({ one: aCell('one', [5_000]) }, { name })) }));
  assert.equal(row?.['scenario'], name);
});
