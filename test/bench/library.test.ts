import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { readRun, type RunEvent, runScenario } from '../../bench/library.ts';
import { workIn } from './in-process.ts';
import { closedLoop } from './scenarios.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = await mkdtemp(join(tmpdir(), 'highwater-test-library-'));
workIn(folder);
after(() => rm(folder, { recursive: true, force: true }));

const document = { name: 'short', driver: 'simulated', topic: { partitions: 1 }, repeat: 2, ...closedLoop };

suite('a scenario that a program runs', () => {
  test('is a document or a file; either way the result is that of the run that is kept', async () => {
    await writeFile('short.yaml', JSON.stringify(document));
    for (const scenario of [document, 'short.yaml']) {
      const result = await runScenario(scenario, { out: 'kept' });
      // on a busy machine one may be run again
      const trials = result.cells[0]?.trials.length ?? 0;
      assert.ok(trials >= 2);
      const kept = join('kept/short', result.runId);
      assert.deepEqual(
        JSON.parse(await readFile(join(kept, 'result.json'), 'utf8')),
        JSON.parse(JSON.stringify(result)),
      );
      assert.equal((await readRun(kept)).trials.length, trials);
    }
  });

  test('tells of its events in order, and obeys settings', async () => {
    const events: RunEvent[] = [];
    const set = { repeat: '1', 'load.measure': '300ms' };
    const result = await runScenario(document, { onEvent: event => void events.push(event), set });
    const types = events.map(({ type }) => type);
    assert.equal(types[0], 'trial-started');
    assert.ok(types.includes('trial-progress') && types.includes('trial-done'));
    assert.deepEqual([result.repeat, result.overridden], [1, set]);
  });

  test('that is wrong is refused with its place, and nothing is left of it', async () => {
    await assert.rejects(runScenario({ name: 'short', driver: 'simulatd' }, { out: 'refused' }), {
      reason: 'usage',
      message: /^scenario: 1 problem\. Nothing was run\.[^]*did you mean "simulated"\?/,
    });
    await assert.rejects(readFile('refused'), { code: 'ENOENT' });
  });

  test('ends in order by its signal: what was measured is kept, and the result says why it is less', async () => {
    const abort = new AbortController();
    const long = { ...document, load: { ...(closedLoop['load'] as object), measure: '60s' } };
    const result = await runScenario(long, {
      signal: abort.signal,
      onEvent: ({ type }) => {
        if (type === 'trial-progress') abort.abort();
      },
    });
    assert.ok(result.reasons.includes('interrupted'), JSON.stringify(result.reasons));
  });

  test('does not begin where the signal came before it', async () => {
    await assert.rejects(runScenario(document, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  });

  test('ends by what its listener throws, with nothing left running', async () => {
    const onEvent = ({ type }: RunEvent): void => {
      if (type === 'trial-progress') throw new RangeError('enough');
    };
    await assert.rejects(runScenario(document, { onEvent }), new RangeError('enough'));
  });
});

test('the example of docs/library.md runs as it stands', async t => {
  const text = await readFile(join(root, 'docs/library.md'), 'utf8');
  const [, example = ''] = /^```ts\n([^]*?)^```$/m.exec(text) ?? assert.fail('there is no example');
  const address = pathToFileURL(join(root, 'bench/library.ts')).href;
  await writeFile('example.ts', example.replace(`from 'highwater'`, `from '${address}'`));
  const log = t.mock.method(console, 'log', () => undefined);
  await import(pathToFileURL(join(folder, 'example.ts')).href).finally(() => (process.exitCode = 0));
  const printed = log.mock.calls.map(call => call.arguments as unknown[]);
  // on a busy machine a trial may be run again
  const told = printed.filter(({ length }) => length === 1).map(([line]) => line);
  assert.deepEqual([...new Set(told)], ['trial 1 of 2 is done', 'trial 2 of 2 is done']);
  const figures = printed.filter(({ length }) => length > 1);
  assert.equal(figures.length, told.length);
  for (const [label, acked, p50] of figures) {
    assert.equal(typeof label, 'string');
    assert.ok((acked as number) > 0 && (p50 as number) >= 5_000, `${String(acked)} ${String(p50)}`);
  }
});
