import assert from 'node:assert/strict';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { type Ended, openWorkplace, resultOf } from './program.ts';

const source = `# kept with its comments: as given means as given
name: kept
driver: simulated
topic: { partitions: 2 }
load: { rate: 200/s, warmup: 50ms, measure: 250ms }
messages: { keys: { distinct: 10, distribution: uniform } }
consumers: { readers: { members: 2 } }
simulated: { serviceTime: 20ms, servers: unlimited }

x-note: &patient { producers.deliveryTimeout: 300ms, producers.requestTimeout: 200ms }
matrix:
  fate:
    acked: {}
    unanswered: { <<: *patient, simulated.unanswered: 0.5 }
    refused: { <<: *patient, simulated.buffer: 5, simulated.freeze: [{ at: 0s, for: 60s }] }
    acks-0: { producers.acks: 0 }
checks:
  - { metric: lost, max: 0, where: { fate: acked } }
repeat: 2
`;

const works = await openWorkplace({ 'kept.yaml': source });
after(() => works[Symbol.asyncDispose]());

const run = (...args: readonly string[]): Promise<Ended> =>
  works.run(['kept.yaml', '--json', '--quiet', '--drain-timeout', '100ms', ...args]);
const result = resultOf(await run('--repeat', '1', '--seed', '11', '--set', 'producers.linger=1ms'));
const folder = join(works.folder, 'reports/kept', result.runId);
const trials = result.cells.flatMap(({ id, trials: ofCell }) => ofCell.map(trial => ({ id, trial })));
const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

suite('a run’s folder', () => {
  test('holds the result, the scenario as given and as resolved, the journal, the trials and the report', async () => {
    assert.deepEqual((await readdir(folder)).toSorted(), [
      'journal.ndjson',
      'junit.xml',
      'report.html',
      'report.md',
      'resolved.yaml',
      'result.json',
      'scenario.yaml',
      'trials',
    ]);
    assert.equal(await text('scenario.yaml'), source);
    assert.deepEqual(JSON.parse(await text('result.json')), result);
    assert.match(await text('report.md'), /^# kept\n/);
  });

  test('is where `latest` leads', async () => {
    assert.equal(await readlink(join(works.folder, 'reports/kept/latest')), result.runId);
  });

  test('holds a resolved scenario that gives the same plan again, with its flags and the seed that was drawn', async () => {
    const drawn = resultOf(await run('--cells', 'fate=acked', '--repeat', '3'));
    for (const [{ runId }, flags] of [
      [result, '--repeat 1 --seed 11 --set producers.linger=1ms'],
      [drawn, `--repeat 3 --seed ${drawn.seed}`],
    ] as const) {
      const asRun = await works.run(['plan', 'kept.yaml', '--json', ...flags.split(' ')]);
      const asResolved = await works.run(['plan', join('reports/kept', runId, 'resolved.yaml'), '--json']);
      assert.deepEqual(JSON.parse(asResolved.stdout || assert.fail(asResolved.stderr)), JSON.parse(asRun.stdout));
    }
  });

  test('holds a journal of lines that are JSON each, a trial’s as soon as it was done', async () => {
    const lines = (await text('journal.ndjson')).trimEnd().split('\n');
    const entries = lines.map(
      line => JSON.parse(line) as { type: string; at: string; cell?: string; attempt?: number },
    );
    const done = entries.filter(({ type }) => type === 'trial-done');
    assert.deepEqual(
      entries.map(({ type }) => type),
      ['run-start', 'environment', ...done.map(() => 'trial-done'), 'run-end'],
    );
    // an invalid trial is run again at once
    assert.deepEqual(
      done.filter(({ attempt }) => attempt === 1).map(({ cell }) => cell),
      result.order.map(({ cell }) => cell),
    );
    for (const [i, { cell, attempt = 1 }] of done.entries())
      if (attempt > 1) assert.deepEqual([cell, attempt - 1], [done[i - 1]?.cell, done[i - 1]?.attempt]);
    const gaps = done.slice(1).map(({ at }, i) => Date.parse(at) - Date.parse((done[i] as { at: string }).at));
    assert.ok(
      gaps.every(gap => gap >= 300),
      `a trial takes 300 ms at the least, but they were written ${gaps.join(', ')} ms apart`,
    );
  });

  test('holds each trial’s latencies as logs that HdrHistogram reads, with every message in them', async () => {
    for (const { id, trial } of trials) {
      for (const [tag, latency] of [
        ['ack', trial.ackMicros],
        ['endToEnd', trial.endToEndMicros],
      ] as const) {
        const again = trial.attempt > 1 ? `.attempt-${trial.attempt}` : '';
        const file = `trials/${id}/${trial.block}${again}/${tag}.hlog`;
        if (tag === 'ack' && id === 'fate-acks-0') {
          await assert.rejects(text(file), { code: 'ENOENT' });
          continue;
        }
        const log = await text(file);
        assert.match(log, /^#\[Histogram log format version 1\.3\]\n/);
        const rows = log.split('\n').filter(line => line.startsWith(`Tag=${tag},`));
        const histograms = rows.map(row => decodeFromCompressedBase64(row.split(',').at(-1) as string));
        const counted = histograms.reduce((sum, { totalCount }) => sum + totalCount, 0);
        assert.equal(counted, latency?.count ?? 0, file);
        const most = Math.max(0, ...histograms.map(({ maxValue }) => maxValue));
        assert.ok(Math.abs(most - (latency?.max ?? 0)) <= 0.001 * most, `${file}: ${most} is not ${latency?.max}`);
      }
    }
  });
});

suite('messages are accounted for', () => {
  test('scheduled = acked + failed + unresolved + notSent, in every trial', () => {
    assert.equal(new Set(trials.map(({ id }) => id)).size, 4);
    for (const { id, trial } of trials) {
      const { scheduled, acked, failed, unresolved, notSent } = trial.counts;
      assert.equal(scheduled, 50, id);
      assert.equal(acked + failed + unresolved + notSent, scheduled, id);
    }
  });

  const countsOf = (fate: string) => trials.find(({ id }) => id === `fate-${fate}`)?.trial.counts ?? assert.fail(fate);

  test('all are acknowledged where nothing is wrong, and read once', () => {
    const { acked, sent, consumed, lost, duplicated } = countsOf('acked');
    assert.deepEqual([acked, sent, consumed, lost, duplicated], [50, 50, 50, 0, 0]);
  });

  test('what is never answered is unresolved, and none the less sent', () => {
    const { acked, unresolved, sent, notSent } = countsOf('unanswered');
    assert.ok(unresolved > 10 && acked > 10, `${unresolved} unresolved, ${acked} acknowledged`);
    assert.deepEqual([sent, notSent], [50, 0]);
  });

  test('what the client never took is not sent, and none the less scheduled', () => {
    const { acked, sent, notSent } = countsOf('refused');
    assert.equal(acked, 0);
    assert.ok(notSent >= 40 && sent === 50 - notSent, `${notSent} not sent, ${sent} sent`);
  });

  test('with acks 0 nothing is known of what was sent, but consumers tell', () => {
    const { acked, unresolved, consumed, lost } = countsOf('acks-0');
    assert.deepEqual([acked, unresolved, consumed, lost], [0, 50, 50, 0]);
  });
});

test('the same seed gives the same cells in the same order, in a folder of its own', async () => {
  const again = resultOf(await run('--repeat', '1', '--seed', '11', '--set', 'producers.linger=1ms'));
  assert.deepEqual(again.order, result.order);
  assert.deepEqual(
    again.cells.map(({ id, factors }) => [id, factors]),
    result.cells.map(({ id, factors }) => [id, factors]),
  );
  assert.deepEqual(again.overridden, { repeat: '1', seed: '11', 'producers.linger': '1ms' });
  assert.notEqual(again.runId, result.runId);
  assert.deepEqual(JSON.parse(await text('result.json')), result, 'the second run wrote over the first');
  assert.equal(await readlink(join(works.folder, 'reports/kept/latest')), again.runId);
});
