import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { clusterCommand } from '../../bench/commands/cluster.ts';
import { runCommand } from '../../bench/commands/run.ts';
import { defaultKafkaVersion, exitCodes, fetchJars, findJava, type KeptState, type Result } from '../../src/index.ts';
import { stateFileIn } from '../../src/cluster/kept-state.ts';
import { isProcessAlive } from '../../src/support/cache.ts';
import { done, type Done, workIn } from './in-process.ts';
import { runFlags } from './run-flags.ts';
import { scenario } from './scenarios.ts';

type Flags = Parameters<typeof clusterCommand>[0];

const folder = await mkdtemp(join(tmpdir(), 'highwater-test-kept-'));
workIn(folder);
const cacheFolder = await ownCache();
const stateFile = stateFileIn(cacheFolder);

after(async () => {
  await cluster('down');
  workIn(homedir());
  await rm(folder, { recursive: true, force: true });
});

/** The downloads of everybody, and a cluster of this test's own: somebody may keep one on this host. */
async function ownCache(): Promise<string> {
  await findJava();
  const shared = dirname(await fetchJars(defaultKafkaVersion));
  const own = join(folder, 'cache');
  await mkdir(own);
  for (const name of (await readdir(shared)).filter(one => !['cluster', 'runs'].includes(one)))
    await symlink(join(shared, name), join(own, name));
  process.env['HIGHWATER_CACHE'] = own;
  return own;
}

const cluster = (action: Flags['action'], given: Partial<Flags> = {}): Promise<Done> =>
  done(clusterCommand, {
    action,
    brokers: '1',
    kafka: defaultKafkaVersion,
    lines: '5',
    quiet: true,
    json: false,
    ...given,
  });

interface Shown {
  readonly state: string;
  readonly addresses: string;
  readonly pid: number;
  readonly brokers: KeptState['brokers'];
}

const shown = ({ stdout }: Done): Shown => JSON.parse(stdout) as Shown;

suite('without a cluster', () => {
  for (const action of ['status', 'logs'] as const) {
    test(`${action} ends with 3 and says how to have one`, async () => {
      const { exitCode, stdout } = await cluster(action);
      assert.equal(exitCode, exitCodes.environment);
      assert.match(stdout, /No cluster is kept\. `highwater cluster up` starts one/);
    });
  }

  test('down has nothing to do', async () => {
    const { exitCode, stdout } = await cluster('down');
    assert.deepEqual([exitCode, stdout], [0, 'No cluster was kept.\n']);
  });

  for (const [flags, said] of [
    [{ brokers: '0' }, /--brokers 0 is not a count from 1 to 32/],
    [{ brokers: '127.0.0.1:9092' }, /--brokers 127\.0\.0\.1:9092 is not a count/],
    [{ kafka: '4' }, /--kafka 4 is not a release/],
    [{ kafka: '1.2.3' }, /Apache Kafka 1\.2\.3 cannot be started here/],
  ] as const) {
    test(`up with ${JSON.stringify(flags)} ends with 2, and nothing is started`, async () => {
      const { exitCode, stderr } = await cluster('up', flags);
      assert.equal(exitCode, exitCodes.usage, stderr);
      assert.match(stderr, said);
      assert.ok(!existsSync(stateFile));
    });
  }
});

test('a cluster is kept between runs, until it is stopped, and then nothing of it is left', async () => {
  const up = await cluster('up');
  assert.equal(up.exitCode, 0, up.stderr);
  const address = /--brokers (127\.0\.0\.1:\d+)\n/.exec(up.stdout)?.[1] ?? '';

  const { state, addresses, pid, brokers } = shown(await cluster('status', { json: true }));
  assert.deepEqual([state, addresses], ['running', address]);
  const { token } = JSON.parse(await readFile(stateFile, 'utf8')) as KeptState;
  assert.ok(!(await cluster('status', { json: true })).stdout.includes(token), 'who knows the token may stop it');

  const again = await cluster('up');
  assert.equal(again.exitCode, exitCodes.usage);
  assert.ok(again.stderr.includes(`kept already: ${address}`), again.stderr);

  const load = { outstanding: 5, warmup: '50ms', measure: '200ms' };
  await writeFile('short.yaml', scenario({ driver: 'kafkajs', load }));
  const run = await done(runCommand, runFlags('short.yaml', { brokers: address, json: true }));
  assert.equal(run.exitCode, 0, run.stderr);
  const [cell] = (JSON.parse(run.stdout) as Result).cells;
  assert.ok((cell?.trials[0]?.counts.acked ?? 0) > 0);

  const logs = await cluster('logs', { json: true });
  assert.deepEqual(
    (JSON.parse(logs.stdout) as { id: number }[]).map(({ id }) => id),
    [1],
  );

  const down = await cluster('down');
  assert.deepEqual([down.exitCode, down.stdout], [0, `✓ stopped ${address}, its data removed\n`]);
  assert.deepEqual([pid, ...brokers.map(one => one.pid)].filter(isProcessAlive), [], 'processes are left');
  for (const path of [stateFile, ...brokers.map(one => dirname(one.folder))]) assert.ok(!existsSync(path), path);
});

suite('a cluster that is gone, as after the host was started anew', () => {
  /** What a keeper wrote that is not there any more: nobody listens where it did. */
  async function leaveRemains(): Promise<string> {
    const data = await mkdtemp(join(tmpdir(), `highwater-kafka-${hostname().replaceAll(/[^A-Za-z0-9]/g, '')}-1-`));
    const broker = { id: 1, address: '127.0.0.1:1', pid: 1, folder: join(data, 'broker-1'), logFile: '' };
    const state: KeptState = {
      stateVersion: 1,
      pid: process.pid, // somebody has the number now
      startedAt: '2026-01-02T03:04:05.000Z',
      controlPort: 1,
      token: 'told',
      kafkaVersion: '4.3.1',
      clusterId: 'gone',
      brokers: [broker],
    };
    await writeFile(stateFile, JSON.stringify(state));
    return data;
  }

  test('is told of by status, with its state', async () => {
    const data = await leaveRemains();
    const [text, json] = [await cluster('status'), await cluster('status', { json: true })];
    assert.deepEqual([text.exitCode, json.exitCode], [exitCodes.environment, exitCodes.environment]);
    assert.match(text.stdout, /⚠ The cluster that was kept is gone \(it was started 2026-01-02T03:04:05\.000Z\)/);
    assert.equal(shown(json).state, 'stale');
    await rm(data, { recursive: true });
  });

  test('is cleared up after by down, and nobody’s process is ended', async () => {
    const data = await leaveRemains();
    const { exitCode, stdout } = await cluster('down');
    assert.deepEqual([exitCode, stdout], [0, '✓ cleared up after a cluster that was gone\n']);
    assert.ok(!existsSync(data) && !existsSync(stateFile));
  });

  test('is recognised in a state file that cannot be read', async () => {
    await writeFile(stateFile, '{ "stateVersion": 99 }');
    assert.match((await cluster('status')).stdout, /its state file cannot be read/);
    assert.equal((await cluster('down')).exitCode, 0);
    assert.ok(!existsSync(stateFile));
  });
});
