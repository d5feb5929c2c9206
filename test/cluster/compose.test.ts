/** Specifies clusters of docker compose: what is said where they cannot be had, that they serve, and that nothing is left of them. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Cluster, openCluster } from '../../src/cluster/cluster.ts';
import { openComposeCluster } from '../../src/cluster/compose.ts';
import { findCompose } from '../../src/cluster/docker.ts';
import { createTopics, endOffsets } from '../../src/cluster/topics.ts';
import { type ExitReason, HarnessError, messageOf } from '../../src/support/errors.ts';
import { buildKafkaImage } from './kafka-image.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const composeFile = join(root, 'docker-compose.yml');
const onWindows = process.platform === 'win32' && 'its programs are no shell scripts';

/** A folder with a compose file, and with a docker that is a shell script, where one is given. */
async function aHost({ docker, compose = 'services: {}' }: { docker?: string; compose?: string } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-compose-'));
  const file = join(folder, 'compose.yml');
  await writeFile(file, compose);
  if (docker !== undefined) {
    await writeFile(join(folder, 'docker'), `#!/bin/sh\n${docker}\n`);
    await chmod(join(folder, 'docker'), 0o755);
  }
  const environment = { PATH: folder };
  return { folder, file, environment, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** Answers to `config` and `up`; the words that follow the project and the file are the fifth and later ones. */
const answering = (config: string, up: string) => `
case "$1 $6 $7" in
  "compose config "*) echo '${config}' ;;
  "compose up "*) echo '${up}' >&2; exit 1 ;;
  "image "*) case $3 in missing:*) exit 1 ;; esac ;;
esac`;
const aService = (image: string) => `services: { kafka: { image: "${image}", ports: ["9092:9092"] } }`;

for (const [what, docker, reason, said, hint] of [
  ['without docker', undefined, 'environment', /docker cannot be started/, /Install Docker/],
  [
    'without an engine',
    'echo "Cannot connect to the Docker daemon." >&2; exit 1',
    'environment',
    /No Docker engine answers: Cannot connect/,
    /Start Docker/,
  ],
  [
    'for a user whom the engine does not take',
    'echo "permission denied while trying to connect" >&2; exit 1',
    'environment',
    /does not take this user/,
    /group docker/,
  ],
  [
    'without compose',
    'case $1 in compose) exit 1 ;; esac',
    'environment',
    /neither docker compose nor docker-compose/,
    /compose plugin/,
  ],
  [
    'for a file that compose does not take',
    'case $6 in config) echo "Additional property imag is not allowed" >&2; exit 15 ;; esac',
    'usage',
    /does not take .*: Additional property imag/,
    /config accepts it/,
  ],
  [
    'for a file without a broker',
    answering('services: { web: { ports: ["80:80"] } }', ''),
    'usage',
    /no service .* as a broker \(services: web\)/,
    /ADVERTISED_LISTENERS/,
  ],
  [
    'for a volume that others share',
    answering(`${aService('kafka:1')}\nvolumes: { data: { name: precious } }`, ''),
    'usage',
    /names precious/,
    /external/,
  ],
  [
    'for a port that is taken',
    answering(aService('kafka:1'), 'Bind for 127.0.0.1:9092 failed: port is already allocated\nand more'),
    'environment',
    /taken: Bind for 127\.0\.0\.1:9092 failed/,
    /docker ps.*--brokers/,
  ],
  [
    'for an image that cannot be had',
    answering(aService('missing:1'), 'no such host'),
    'environment',
    /The image missing:1 cannot be had: no such host/,
    /docker pull missing:1/,
  ],
  [
    'for services that do not start',
    answering(aService('kafka:1'), 'invalid mount'),
    'environment',
    /did not start: invalid mount\nNothing was logged/,
    /by hand/,
  ],
] as const satisfies readonly (readonly [string, string | undefined, ExitReason, RegExp, RegExp])[]) {
  test(`${what} the error says so and what to do`, { skip: onWindows }, async () => {
    await using host = await aHost(docker === undefined ? {} : { docker });
    await assert.rejects(openComposeCluster(host.file, { environment: host.environment }), error => {
      assert.ok(error instanceof HarnessError && error.reason === reason, messageOf(error));
      assert.match(error.message, said);
      assert.match(error.hint ?? '', hint);
      return true;
    });
  });
}

test('a compose file that is not there is an error of usage', async () => {
  await assert.rejects(openComposeCluster(join(tmpdir(), 'no-such-compose.yml')), (error: HarnessError) => {
    assert.equal(error.reason, 'usage');
    assert.match(error.hint ?? '', /cluster\.compose/);
    return true;
  });
});

async function eventually(what: string, holds: () => Promise<boolean>, withinMillis: number): Promise<void> {
  const deadline = performance.now() + withinMillis;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, what);
    await pause(100);
  }
}

/** A process that runs a module's text, and says on stdout when it wants to be killed. */
function aHarness(text: string, environment: NodeJS.ProcessEnv = process.env) {
  const args = ['--input-type=module-typescript', '--eval', text];
  const harness = spawn(process.execPath, args, { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  return { pid: harness.pid as number, output: harness.stdout, kill: () => harness.kill('SIGKILL') };
}

test('the guard of a harness that is killed runs the command that it was given', { skip: onWindows }, async () => {
  await using host = await aHost();
  const made = join(host.folder, 'made');
  const harness = aHarness(`
    import { openGuard } from './src/cluster/guard.ts';
    const guard = await openGuard();
    guard.run(['touch', ${JSON.stringify(made)}]);
    console.log('killable');
    setInterval(() => {}, 1e3);`);
  await once(harness.output, 'data');
  assert.equal(await stat(made).catch(() => undefined), undefined);
  harness.kill();
  await eventually('the command was run', () => stat(made).then(Boolean, () => false), 10_000);
});

/** Why the tests below cannot be run here; false where they can. */
async function whyNoEngine(): Promise<string | false> {
  return findCompose({ environment: process.env }).then(() => false as const, messageOf);
}

const hasImage = (image: string): Promise<boolean> =>
  run('docker', ['image', 'inspect', image]).then(Boolean, () => false);

/** Fetches the image that the compose file names, or builds one in its place, which goes again: it is not the real one. */
async function provideImage(): Promise<AsyncDisposable> {
  const [, image = '', version = ''] = /image: (\S+:(\S+))/.exec(await readFile(composeFile, 'utf8')) ?? [];
  const kept = { [Symbol.asyncDispose]: async () => {} };
  if (await hasImage(image)) return kept;
  await run('docker', ['pull', '--quiet', image]).catch(() => {}); // no network: the image is built
  if (await hasImage(image)) return kept;
  await buildKafkaImage(image, version);
  return { [Symbol.asyncDispose]: () => run('docker', ['image', 'rm', image]).then(() => {}) };
}

const linesOf = async (...command: string[]): Promise<string[]> =>
  (await run('docker', command)).stdout.split('\n').filter(line => line !== '');

/** Containers, networks and volumes by the names of the projects that a process started. */
async function leftOf(pid: number): Promise<string[]> {
  const ofProject = ['--filter', 'label=com.docker.compose.project'];
  const format = ['--format', '{{.Label "com.docker.compose.project"}}'];
  const kinds = [
    ['ps', '--all'],
    ['network', 'ls'],
    ['volume', 'ls'],
  ];
  const all = await Promise.all(kinds.map(kind => linesOf(...kind, ...ofProject, ...format)));
  return all.flat().filter(project => project.startsWith(`highwater-${pid}-`));
}

/** The containers of this process's project. */
async function ownContainers(): Promise<string[]> {
  const [project] = await leftOf(process.pid);
  return linesOf('ps', '--quiet', '--filter', `label=com.docker.compose.project=${project}`);
}

/** The volumes that they use: the image asks for some, and they have no names. */
async function volumesInUse(): Promise<string[]> {
  const ids = await ownContainers();
  return linesOf('inspect', '--format', '{{range .Mounts}}{{println .Name}}{{end}}', ...ids);
}

async function useAndClose(cluster: Cluster): Promise<void> {
  const volumes = await volumesInUse();
  {
    await using closing = cluster;
    assert.equal(closing.kind, 'compose');
    assert.match(closing.kafkaVersion, /^4\.3/);
    const spec = { name: 'try', partitions: 6, replicationFactor: closing.brokerCount, config: {} };
    await using topics = await createTopics(closing, [spec], { ifExists: 'fail' });
    assert.deepEqual(topics.names, ['try']);
    assert.deepEqual(await endOffsets(closing, 'try'), [0, 0, 0, 0, 0, 0]);
    assert.equal(await closing.failure(), undefined);
    assert.notDeepEqual(await leftOf(process.pid), []);
  }
  assert.deepEqual(await leftOf(process.pid), []);
  const still = new Set(await linesOf('volume', 'ls', '--quiet'));
  assert.ok(volumes.length > 0);
  assert.deepEqual(
    volumes.filter(volume => still.has(volume)),
    [],
  );
}

describe('with an engine', { skip: await whyNoEngine() }, () => {
  let provided: AsyncDisposable | undefined;
  before(async () => {
    delete process.env['COMPOSE_PROFILES']; // the file's own choice is what is tested
    provided = await provideImage();
  });
  after(() => provided?.[Symbol.asyncDispose]());

  test('one broker serves, and nothing is left of it', async () => {
    const cluster = await openCluster({ kind: 'compose', file: composeFile });
    assert.deepEqual(cluster.brokers, ['localhost:9092']);
    assert.equal(cluster.brokerCount, 1);
    await useAndClose(cluster);
  });

  test('COMPOSE_PROFILES chooses three brokers, and nothing is left of them', async () => {
    process.env['COMPOSE_PROFILES'] = 'three';
    const cluster = await openCluster({ kind: 'compose', file: composeFile }).finally(() => {
      delete process.env['COMPOSE_PROFILES'];
    });
    assert.deepEqual(cluster.brokers.toSorted(), ['localhost:19092', 'localhost:29092', 'localhost:39092']);
    assert.equal(cluster.brokerCount, 3);
    await useAndClose(cluster);
  });

  test('a broker that ends is told of, with its log', async () => {
    await using cluster = await openCluster({ kind: 'compose', file: composeFile });
    const [id = ''] = await ownContainers();
    await run('docker', ['kill', id]);
    const failure = await cluster.failure();
    assert.match(failure?.message ?? '', /broker kafka ended by itself \(Exited \(137\).*The end of the log:/s);
  });

  test('a second start does not disturb the first, whose ports it wants', async () => {
    await using first = await openCluster({ kind: 'compose', file: composeFile });
    await assert.rejects(openCluster({ kind: 'compose', file: composeFile }), (error: HarnessError) => {
      assert.equal(error.reason, 'environment');
      return /port or a name that is taken/.test(error.message);
    });
    assert.equal(await first.failure(), undefined);
    assert.equal(new Set(await leftOf(process.pid)).size, 1);
  });

  for (const [when, killableAfterMillis] of [
    ['while its brokers start', 400],
    ['while they serve', Infinity],
  ] as const) {
    test(`a harness that is killed ${when} leaves nothing`, async () => {
      const harness = aHarness(`
        import { openCluster } from './src/cluster/cluster.ts';
        const onProgress = () => setTimeout(console.log, ${Math.min(killableAfterMillis, 1e9)}, 'killable');
        const cluster = await openCluster({ kind: 'compose', file: ${JSON.stringify(composeFile)} }, { onProgress });
        console.log('killable');
        setInterval(() => {}, 1e3);`);
      await once(harness.output, 'data');
      harness.kill();
      await eventually('nothing is left', async () => (await leftOf(harness.pid)).length === 0, 30_000);
      await pause(3_000);
      assert.deepEqual(await leftOf(harness.pid), []);
    });
  }
});
