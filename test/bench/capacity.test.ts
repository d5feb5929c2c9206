/** Specifies `highwater capacity`: what it refuses, what it keeps of each trial, and how it ends. How well it finds a capacity, `test/capacity/` says. */
import assert from 'node:assert/strict';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { capacityCommand } from '../../bench/commands/capacity.ts';
import { conclude, modelOf, readRun, type Result } from '../../src/index.ts';
import { done, workIn } from './in-process.ts';
import { openWorkplace } from './program.ts';
import { usualFlags } from './run-flags.ts';
import { scenario } from './scenarios.ts';

const load = { warmup: '100ms', measure: '1s' };
const sizing = { target: '500MB/s', perPartition: { produced: '12MB/s', consumed: { rate: '8MB/s', spread: '15%' } } };
// slow beside what a busy machine makes a generator wait: it is not to be the limit
const simulated = { serviceTime: '20ms', servers: 'unlimited' };
const checks = [
  { metric: 'ack.p99', max: '10s' },
  { metric: 'ackedPerSecond', min: '1000000/s' },
];
const works = await openWorkplace({
  // room for two trials of a second, however long a busy machine takes over them
  'short.yaml': scenario({ name: 'short', load, simulated, checks, sizing, capacity: { from: '200/s', budget: '8s' } }),
  'none.yaml': scenario({ name: 'none', load, simulated, capacity: { budget: '1s' } }),
  'many.yaml': scenario({
    name: 'many',
    load,
    simulated,
    capacity: { budget: '1s' },
    matrix: { 'topic.partitions': [1, 2] },
  }),
  'blind.yaml': scenario({ name: 'blind', load, producers: { acks: 0 } }),
  'closed.yaml': scenario({ name: 'closed', load: { ...load, outstanding: 10 } }),
  'auto.yaml': scenario({ name: 'auto', load: { ...load, warmup: 'auto' } }),
});
after(() => works[Symbol.asyncDispose]());
workIn(works.folder);
const several = await done(capacityCommand, { ...usualFlags, scenario: 'many.yaml', json: true });
const ended = await done(capacityCommand, { ...usualFlags, scenario: 'short.yaml', json: true });
const result = JSON.parse(ended.stdout) as Result;
const capacity = result.capacity ?? assert.fail();

for (const [file, because] of [
  ['blind.yaml', /With acks 0 nobody knows what was carried/],
  ['closed.yaml', /the load has none/],
  ['auto.yaml', /a warm-up of its own/],
] as const) {
  test(`${file} is refused before anything is run`, async () => {
    const { exitCode, stderr } = await done(capacityCommand, { ...usualFlags, scenario: file });
    assert.equal(exitCode, 2);
    assert.match(stderr, because);
  });
}

test('a budget without room for a trial finds nothing, and says so', async () => {
  const { exitCode, stdout } = await done(capacityCommand, { ...usualFlags, scenario: 'none.yaml' });
  assert.equal(exitCode, 4);
  assert.match(stdout, /✗ no capacity: capacity\.budget was used up before a rate was sustained/);
});

test('each trial is kept as a run keeps it, and judged in the journal', async () => {
  const folder = join('reports', 'short', result.runId);
  assert.ok(capacity.probes.length > 0);
  assert.deepEqual(capacity.probes[0]?.ratePerSecond, 200);
  const [cell = ''] = await readdir(join(folder, 'trials'));
  const trials = await readdir(join(folder, 'trials', cell));
  for (const { block } of capacity.probes) assert.ok(trials.includes(String(block)), `block ${block}`);
  const journal = await readFile(join(folder, 'journal.ndjson'), 'utf8');
  assert.equal(journal.split('\n').filter(line => line.includes('"type":"probe"')).length, capacity.probes.length);
  assert.deepEqual(conclude(await readRun(folder)).capacity, capacity);
});

test('a search that its budget ends is unconfirmed or empty, never a capacity, and nothing is soaked', () => {
  // on a busy host the generator may be at its end first
  assert.ok(['unconfirmed', 'at-least', 'none'].includes(capacity.kind), capacity.kind);
  assert.deepEqual([capacity.estimate, capacity.sustainedPerSecond], [null, null]);
  assert.equal(ended.exitCode, capacity.kind !== 'none' ? 0 : capacity.because === 'budget' ? 4 : 5);
});

test('checks on a rate are no demand on one, and nothing is summed up over trials of different rates', () => {
  assert.deepEqual(capacity.demands, [{ metric: 'ack.p99', group: null, min: null, max: 10e6 }]);
  assert.deepEqual([result.checks, result.cells[0]?.summary], [[], {}]);
});

test('the sizing takes the rates that the scenario names, whatever the search found', () => {
  const { partitions, rates } = capacity.sizing ?? assert.fail();
  assert.equal(rates.source, 'scenario');
  assert.deepEqual([partitions?.point, partitions?.p95], [90, 115]);
});

test('the report has the steps, the sizing and what was assumed, and ends with the answer', () => {
  const { tables, conclusion } = modelOf(result);
  assert.deepEqual(
    tables.map(({ title }) => title),
    ['Steps of the search', 'Sizing', 'Brokers asked for by', 'Each broker then', 'Assumed'],
  );
  assert.match(conclusion.text, /unconfirmed|at least|no capacity/);
});

test('a search that came to its end is not gone on with', async () => {
  const { exitCode, stderr } = await done(capacityCommand, {
    ...usualFlags,
    scenario: 'short.yaml',
    resume: result.runId,
  });
  assert.equal(exitCode, 2);
  assert.match(stderr, /came to its end: there is nothing to go on with/);
});

test('a search that was interrupted goes on with the trials that it has', async () => {
  const killed = `${result.runId.slice(0, -4)}kill`;
  const folder = join('reports', 'short', killed);
  await cp(join('reports', 'short', result.runId), folder, { recursive: true });
  const lines = (await readFile(join(folder, 'journal.ndjson'), 'utf8')).split('\n');
  const first = lines.findIndex(line => line.includes('"type":"capacity"'));
  const kept = lines.filter((line, i) => i <= first || !/"type":"(?:capacity|run-end)"/.test(line));
  await writeFile(join(folder, 'journal.ndjson'), kept.join('\n').replaceAll(result.runId, killed));
  const { stdout, stderr } = await done(capacityCommand, {
    ...usualFlags,
    scenario: 'short.yaml',
    resume: killed,
    json: true,
  });
  const resumed = JSON.parse(stdout || assert.fail(stderr)) as Result;
  assert.deepEqual(resumed.capacity?.probes.slice(0, capacity.probes.length), capacity.probes);
  assert.ok(['unconfirmed', 'at-least', 'none'].includes(resumed.capacity?.kind ?? ''), resumed.capacity?.kind);
});

test('each cell of a matrix has a search of its own', () => {
  const { searches = [], capacity: first } = JSON.parse(several.stdout) as Result;
  assert.deepEqual(
    searches.map(({ cell, kind }) => [cell, kind]),
    [
      ['partitions-1', 'none'],
      ['partitions-2', 'none'],
    ],
  );
  assert.deepEqual(first, searches[0]);
});
