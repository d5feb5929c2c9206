import assert from 'node:assert/strict';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { withAdmin } from '../../src/cluster/admin.ts';
import { defaultCacheFolder } from '../../src/support/cache.ts';
import { openCluster } from '../../src/cluster/cluster.ts';
import { type Ended, openWorkplace, resultOf, type Running } from './program.ts';

const settings = {
  name: 'real',
  topic: { partitions: 2 },
  load: { rate: '100/s', warmup: '100ms', measure: '1s' },
  consumers: { readers: {} },
};
const works = await openWorkplace({
  'three.yaml': JSON.stringify({ ...settings, repeat: 3 }),
  'refused.yaml': JSON.stringify({
    ...settings,
    repeat: 2,
    matrix: {
      cell: {
        lossy: { driver: 'simulated', 'simulated.lose': 0.5 },
        refused: { 'topic.config.message.timestamp.type': 'Nonsense' },
      },
    },
  }),
  'existing.yaml': JSON.stringify({ ...settings, topic: { lifetime: 'existing', name: 'nobody-made-it' } }),
});
after(() => works[Symbol.asyncDispose]());

/** Programs that were killed, and could not take back the mark that says that they run. */
const killed = new Set<number>();
after(async () => {
  const folder = join(defaultCacheFolder(), 'runs');
  const marks = (await readdir(folder)).filter(name => name.endsWith('.json'));
  for (const file of marks.map(name => join(folder, name))) {
    const text = await readFile(file, 'utf8').catch(() => '{}'); // its run has just ended
    if (killed.has(JSON.parse(text).pid)) await rm(file);
  }
});

/** Processes of which an argument lies in a folder. */
async function processesIn(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, i) => lines[i]?.includes(folder)).map(Number);
}

/** Asks again until the condition holds, for some seconds. */
async function eventually(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, `after 5 s still not: ${what}`);
    await pause(50);
  }
}

/** Stops a run of three blocks, whose progress is live, while it measures the second. */
async function stoppedInSecondBlock(running: Running, signal: NodeJS.Signals): Promise<Ended> {
  await running.said(/block 1\/3 done/);
  await running.said(/block 2\/3 · measure/);
  running.kill(signal);
  if (signal === 'SIGKILL') killed.add(running.pid);
  return await running.ended;
}

const skip = process.platform === 'linux' ? false : 'processes are looked for in /proc';

suite('a Kafka that Highwater starts', { skip }, () => {
  for (const [signal, exitCode] of [
    ['SIGKILL', null],
    ['SIGINT', 130],
  ] as const) {
    test(`is gone with all its data after ${signal}, and every finished trial can be shown`, async () => {
      await using temporary = await openWorkplace();
      await using running = works.start(['three.yaml', '--progress', 'live'], { TMPDIR: temporary.folder });
      await running.said(/block 1\/3/);
      assert.notDeepEqual(await processesIn(temporary.folder), [], 'no broker runs');
      assert.equal((await stoppedInSecondBlock(running, signal)).exitCode, exitCode);
      await eventually(async () => (await processesIn(temporary.folder)).length === 0, 'the broker has ended');
      await eventually(async () => (await readdir(temporary.folder)).length === 0, 'its data are removed');
      const { stdout } = await works.run(['show', 'latest']);
      assert.match(stdout, exitCode === null ? /not finished: killed/ : /   finished \d/);
      assert.match(stdout, /1 of 3 trials/);
    });
  }

  test('is not waited for when the signal comes while it starts', async () => {
    await using own = await openWorkplace({ 'three.yaml': JSON.stringify(settings) });
    await using running = own.start(['three.yaml', '--json'], { TMPDIR: own.folder });
    await running.said(/starting Apache Kafka/);
    await eventually(async () => (await processesIn(own.folder)).length > 0, 'a broker is started');
    running.kill('SIGTERM');
    const { exitCode, stdout } = await running.ended;
    assert.deepEqual([exitCode, stdout], [143, '']);
    assert.deepEqual(await processesIn(own.folder), []);
    assert.deepEqual(await readdir(own.folder), ['three.yaml']);
  });
});

suite('somebody else’s Kafka', async () => {
  const cluster = await openCluster({ kind: 'local', brokers: 1, version: '4.3.1', config: {} });
  after(() => cluster[Symbol.asyncDispose]());
  const brokers = ['--brokers', cluster.brokers.join(',')];
  /** Names that only Highwater gives. */
  const isOurs = (name: string): boolean => name.startsWith('highwater.hw-');
  const topicsLeft = async (): Promise<string[]> =>
    (await withAdmin(cluster, admin => admin.listTopics())).filter(isOurs);
  const groupsLeft = async (): Promise<string[]> =>
    (await withAdmin(cluster, admin => admin.listGroups())).groups.map(({ groupId }) => groupId).filter(isOurs);

  test('is used as it is, measured to the last message, and left as it was', async () => {
    const ended = await works.run(['three.yaml', '--repeat', '1', '--json', ...brokers]);
    const { environment, cells, reasons } = resultOf(ended);
    const { counts, totals } = cells[0]?.trials[0] ?? assert.fail(ended.stderr);
    assert.deepEqual(
      { scheduled: counts.scheduled, acked: counts.acked, consumed: counts.consumed, lost: counts.lost },
      { scheduled: 100, acked: 100, consumed: 100, lost: 0 },
    );
    assert.equal(totals.appended, totals.acked);
    assert.ok(
      reasons.every(reason => reason === 'invalid'),
      `${reasons.join(', ')}: only the generator may have been late`,
    );
    assert.match(JSON.stringify(environment), /"kind":"external".*"kafkaVersion":"4\.3/);
    assert.deepEqual([await topicsLeft(), await groupsLeft()], [[], []]);
  });

  test('keeps the topics where --keep-topics asks for it', async () => {
    await works.run(['three.yaml', '--repeat', '1', '--keep-topics', '--quiet', ...brokers]);
    const kept = await topicsLeft();
    assert.ok(kept.length > 0 && kept.every(name => /real-1-\d/.test(name)), kept.join(', '));
    await withAdmin(cluster, admin => admin.deleteTopics({ topics: kept }));
  });

  test('is left without topics and groups of a run that was stopped by a signal', async () => {
    await using running = works.start(['three.yaml', '--progress', 'live', ...brokers]);
    assert.equal((await stoppedInSecondBlock(running, 'SIGINT')).exitCode, 130);
    assert.deepEqual([await topicsLeft(), await groupsLeft()], [[], []]);
  });

  test('is rid by the next run of the topics that a killed one left', async () => {
    await using running = works.start(['three.yaml', '--progress', 'live', ...brokers]);
    await stoppedInSecondBlock(running, 'SIGKILL');
    assert.notDeepEqual(await topicsLeft(), []);
    const { stderr } = await works.run(['three.yaml', '--repeat', '1', ...brokers]);
    assert.match(stderr, /removed 1 topics that a dead run had left/);
    assert.deepEqual(await topicsLeft(), []);
  });

  test('that refuses a topic fails the trials that ask for it, with what to do, and the others are run', async () => {
    const ended = await works.run(['refused.yaml', '--json', ...brokers]);
    assert.equal(ended.exitCode, 13);
    assert.match(
      ended.stderr,
      /The cluster refuses to make .*cell-refused[^]*Check topic\.config \(message\.timestamp\.type=Nonsense\)/,
    );
    const { reasons, cells } = resultOf(ended);
    const grave = reasons.filter(reason => reason !== 'invalid').toSorted();
    assert.deepEqual(grave, ['incomplete', 'integrity']);
    assert.deepEqual(
      cells.map(({ trials }) => new Set(trials.map(({ block }) => block)).size),
      [2, 0],
    );
  });

  test('that lacks the topic to be used ends the run with 3 and what to do', async () => {
    const { exitCode, stderr } = await works.run(['existing.yaml', '--quiet', ...brokers]);
    assert.equal(exitCode, 3);
    assert.match(stderr, /has no topic nobody-made-it[^]*Check topic\.name/);
  });
});
