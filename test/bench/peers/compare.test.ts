import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const program = resolve(import.meta.dirname, '../../../bench/peers/compare.ts');
const run = promisify(execFile);

/** The rows of a table under a heading, as cells. */
function rowsUnder(heading: string, report: string): string[][] {
  const part = report.split(`## ${heading}\n\n`)[1]?.split('\n\n')[0] ?? '';
  const [, , ...rows] = part.split('\n');
  return rows.map(row => row.split('|').map(cell => cell.trim()));
}

test("Java's tools and a driver are compared on a real broker, and Highwater's rows say whether all was verified", async t => {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-test-peers-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'report.md');
  const flags = ['--only', 'produce,consume', '--tools', 'java,highwater-kafkajs', '--rounds', '1', '--seconds', '1'];
  const { stdout } = await run(process.execPath, [program, ...flags, '--filled', '50000', '--markdown', file]);
  assert.match(stdout, /^- machine: .*\d+ cores/);
  assert.match(stdout, /Apache Kafka 4\.3\.1, Node \d+/);
  const produced = rowsUnder('Producing', stdout);
  const consumed = rowsUnder('Consuming from a filled topic', stdout);
  assert.deepEqual(
    new Set(produced.map(([, tool]) => tool)),
    new Set(['Highwater, kafkajs', 'kafka-producer-perf-test (Java)']),
  );
  assert.deepEqual(
    new Set(consumed.map(([, tool]) => tool)),
    new Set(['Highwater, kafkajs', 'Highwater, kafkajs, while producing', 'kafka-consumer-perf-test (Java)']),
  );
  for (const cells of [...produced, ...consumed]) {
    // a busy machine may invalidate a trial, which the row then says
    const verdicts = cells[1]?.startsWith('Highwater') === true ? ['yes', 'no, see below'] : ['not offered'];
    assert.ok(verdicts.includes(cells.at(-2) ?? ''), stdout);
  }
  assert.equal(await readFile(file, 'utf8'), stdout.trimEnd() + '\n');
});

test('a flag that cannot be ends the program with exit code 2 before anything starts', async () => {
  await assert.rejects(run(process.execPath, [program, '--only', 'produse']), {
    code: 2,
    stdout: '',
    stderr: /--only produse.*\n.*Did you mean produce\?/,
  });
});
