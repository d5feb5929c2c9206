/** Specifies that the harness outlives what it breaks and what breaks around it: what was measured is kept, the exit code says what happened, nothing is left. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { exitCodes, loadDriver } from '../../src/index.ts';
import { aSmallDisk, whyNoSmallDisk } from '../cluster/small-disk.ts';
import { openWorkplace, resultOf } from './program.ts';
import { closedLoop, scenario } from './scenarios.ts';

/** Processes of which the command line holds that, by their ids. */
async function processesWith(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, i) => lines[i]?.includes(text)).map(Number);
}

async function eventuallyNone(what: () => Promise<readonly unknown[]>, seconds: number): Promise<void> {
  const deadline = performance.now() + seconds * 1e3;
  for (let left = await what(); left.length > 0; left = await what()) {
    assert.ok(performance.now() < deadline, `after ${seconds} s there still are ${left.join(', ')}`);
    await pause(50);
  }
}

const isOn = (code: number | null, ...codes: readonly number[]): boolean => code !== null && codes.includes(code);

/** One broker that is soon missed. */
const broken = (fault: object, measure: string): string =>
  JSON.stringify({
    name: 'broken',
    cluster: {
      local: {
        brokers: 1,
        config: {
          'broker.session.timeout.ms': 1_500,
          'broker.heartbeat.interval.ms': 300,
          'offsets.topic.num.partitions': 1,
        },
      },
    },
    topic: { partitions: 1 },
    driver: 'wire',
    load: { rate: '200/s', warmup: '1s', measure },
    consumers: { readers: { start: 'earliest', groupProtocol: 'manual' } },
    faults: [fault],
    repeat: 1,
  });

const noProc = process.platform === 'linux' ? false : 'processes are looked for in /proc';

suite('brokers that are gone', { skip: noProc }, () => {
  test('all of them, and that come back, have the messages of the time without them, and the run its result', async () => {
    await using works = await openWorkplace({ 'gone.yaml': broken({ at: '1s', kill: 'leader', for: '8s' }, '12s') });
    const ended = await works.run(['gone.yaml', '--json', '--retry-failed', '0']);
    // on a busy machine the generator may have been the limit
    assert.ok(isOn(ended.exitCode, 0, exitCodes.invalid), ended.stderr);
    const [trial] = resultOf(ended).cells[0]?.trials ?? [];
    const { scheduled = 0, acked = -1, lost } = trial?.counts ?? {};
    assert.deepEqual([scheduled, acked, lost], [2_400, 2_400, 0]);
    const [fault] = trial?.faults?.injected ?? [];
    assert.ok((fault?.unavailable?.longestMicros ?? 0) > 7e6, JSON.stringify(fault));
  });

  test('do not keep a run from ending when it is interrupted meanwhile, and none of them is left', async () => {
    await using temporary = await openWorkplace();
    await using works = await openWorkplace({
      'frozen.yaml': broken({ at: '0s', pause: 'leader', for: '60s' }, '60s'),
    });
    await using running = works.start(['frozen.yaml', '--progress', 'live', '--json'], { TMPDIR: temporary.folder });
    await running.said(/measure 2\/60 s/);
    running.kill('SIGINT');
    const ended = await running.ended;
    assert.equal(ended.exitCode, 130, ended.stderr);
    assert.deepEqual(resultOf(ended).reasons, ['interrupted', 'incomplete']);
    await eventuallyNone(() => processesWith(temporary.folder), 5);
    await eventuallyNone(() => readdir(temporary.folder), 5);
  });
});

const noAddon = await loadDriver('confluent').then(
  () => false as const,
  (error: Error) => error.message,
);

test('a worker that is killed costs its trial, and not the run', { skip: noProc || noAddon }, async () => {
  const settings = {
    driver: 'confluent',
    load: { rate: '100/s', warmup: '1s', measure: '4s' },
    topic: { partitions: 1 },
  };
  const text = JSON.stringify({
    name: 'killed',
    ...settings,
    consumers: { readers: { driver: 'kafkajs' } },
    repeat: 2,
  });
  await using works = await openWorkplace({ 'killed.yaml': text });
  await using running = works.start(['killed.yaml', '--progress', 'live', '--json']);
  await running.said(/block 1\/2 · measure/);
  const workers = await processesWith('process-worker');
  const own = await Promise.all(workers.map(async pid => ({ pid, parent: await parentOf(pid) })));
  const [worker] = own.filter(({ parent }) => parent === running.pid);
  assert.ok(worker, 'no worker is a process of the run');
  process.kill(worker.pid, 'SIGKILL');
  const ended = await running.ended;
  assert.ok(isOn(ended.exitCode, exitCodes.incomplete, exitCodes.invalid), ended.stderr);
  const [cell] = resultOf(ended).cells;
  assert.deepEqual(
    cell?.failures.map(({ block, aborted }) => [block, aborted]),
    [[1, false]],
  );
  assert.ok(cell?.trials.every(({ block }) => block === 2) && cell.trials.length > 0, 'the other block was not run');
});

async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
}

test(
  'a disk that runs full while results are written ends the run with 3, and what is finished can be shown',
  { skip: await whyNoSmallDisk() },
  async () => {
    await using disk = await aSmallDisk(512 * 1024);
    await using works = await openWorkplace({ 'many.yaml': scenario({ ...closedLoop, repeat: 40 }) });
    await using running = works.start(['many.yaml', '--out', disk.folder]);
    await running.said(/block 2\/40 done/);
    await writeFile(join(disk.folder, 'filler'), Buffer.alloc(512 * 1024)).catch(() => {});
    const { exitCode, stderr } = await running.ended;
    assert.equal(exitCode, exitCodes.environment, stderr);
    assert.match(stderr, /cannot be written: .*no space left.*\n.*space left on the disk.*--out/);
    const shown = await works.run(['show', 'latest', '--out', disk.folder]);
    assert.equal(shown.exitCode, 0, shown.stderr);
    assert.match(shown.stdout, /\d+ of 40 trials/);
  },
);

test('a clock that is set forward by an hour while messages flow changes no latency', async () => {
  const jump = `
    const real = Date.now, Real = Date;
    const ahead = () => (performance.timeOrigin + performance.now() - ${Date.now()} > 4_000 ? 3_600_000 : 0);
    globalThis.Date = class extends Real {
      constructor(...given) { given.length === 0 ? super(real() + ahead()) : super(...given); }
      static now() { return real() + ahead(); }
    };`;
  const settings = { load: { outstanding: 10, warmup: '50ms', measure: '8s' } };
  await using works = await openWorkplace({ 'jump.yaml': scenario({ ...closedLoop, ...settings }), 'jump.mjs': jump });
  const ended = await works.run(['jump.yaml', '--json'], {
    NODE_OPTIONS: `--import ${join(works.folder, 'jump.mjs')}`,
  });
  assert.ok(isOn(ended.exitCode, 0, exitCodes.invalid), ended.stderr);
  const result = resultOf(ended);
  const [trial] = result.cells[0]?.trials ?? [];
  assert.ok(
    Date.parse(result.finishedAt ?? '') - Date.parse(trial?.startedAt ?? '') > 3_600_000,
    'the clock did not jump',
  );
  assert.ok((trial?.serviceMicros?.max ?? Infinity) < 1e6, `${trial?.serviceMicros?.max} µs`);
});
