import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { formatProperties } from '../../src/cluster/server-properties.ts';
import { openSaslBroker, password } from '../cluster/secured.ts';
import { fewInternalPartitions } from '../drivers/real-broker.ts';
import { type Ended, openWorkplace, resultOf, type Running, type Workplace } from './program.ts';

const settings = {
  name: 'secret',
  topic: { partitions: 2 },
  load: { outstanding: 10, warmup: '50ms', measure: '200ms' },
  consumers: { readers: {} },
  repeat: 1,
};
const sasl = { mechanism: 'scram-sha-512', username: '${SECRET_USER}', password: '${SECRET}' };
const environment = { SECRET: password, SECRET_USER: 'alice' };

const broker = await openSaslBroker(fewInternalPartitions);
after(() => broker[Symbol.asyncDispose]());
const brokers = ['--brokers', broker.brokers.join(',')];

const jaas = (secret: string): string =>
  `org.apache.kafka.common.security.scram.ScramLoginModule required username="alice" password="${secret.replaceAll(/["\\]/g, '\\$&')}";`;
const clientProperties = (secret: string): string =>
  formatProperties({
    'bootstrap.servers': broker.brokers.join(','),
    'security.protocol': 'SASL_SSL',
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': broker.tls.ca ?? '',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.jaas.config': jaas(secret),
  });

/** What a run is given, and so may hold the secret. */
const given = ['client.properties', 'wrong.properties'];
const works = await openWorkplace({
  'block.yaml': JSON.stringify({ ...settings, cluster: { security: { tls: { ca: 'ca.pem' }, sasl } } }),
  'file.yaml': JSON.stringify({ ...settings, cluster: { properties: 'client.properties' } }),
  'wrong.yaml': JSON.stringify({ ...settings, cluster: { properties: 'wrong.properties' } }),
  'local.yaml': JSON.stringify({ ...settings, cluster: { security: { tls: true, sasl } } }),
  'ca.pem': broker.tls.ca ?? '',
  'client.properties': clientProperties(password),
  'wrong.properties': clientProperties(`not-${password}`),
});
after(() => works[Symbol.asyncDispose]());

/** A secret as it may be written: plain, in JSON or a login module, in base64. */
const spellings = [password, JSON.stringify(password).slice(1, -1), Buffer.from(password).toString('base64')];
const tellsSecret = (text: string): boolean => spellings.some(spelling => text.includes(spelling));

/** The files below a folder that hold the secret, apart from those that were given. */
async function tellingFiles({ folder }: Workplace): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile() && !given.includes(entry.name));
  assert.ok(files.length > 0);
  const paths = files.map(file => join(file.parentPath, file.name));
  const texts = await Promise.all(paths.map(path => readFile(path, 'latin1')));
  return paths.filter((_, i) => tellsSecret(texts[i] as string));
}

async function assertNothingTold({ stdout, stderr }: Ended, place: Workplace = works): Promise<void> {
  assert.ok(!tellsSecret(stdout + stderr), 'the output tells it');
  assert.deepEqual(await tellingFiles(place), []);
}

for (const [scenario, flags] of [
  ['block.yaml', [...brokers, '--set', 'cluster.security.sasl.username=alice']],
  ['file.yaml', []],
] as const) {
  test(`a run of ${scenario} uses the secret and tells it nowhere`, async () => {
    const ended = await works.run([scenario, '--json', ...flags], environment);
    const { cells, environment: facts } = resultOf(ended);
    const { counts } = cells[0]?.trials[0] ?? assert.fail(ended.stderr);
    assert.ok(counts.acked > 0 && counts.lost === 0, ended.stdout);
    assert.equal(counts.consumed, counts.acked);
    assert.ok(!ended.stdout.includes('alice'), 'the result tells the user');
    assert.match(JSON.stringify(facts), /"protocol":"SASL_SSL","mechanism":"SCRAM-SHA-512"/);
    await assertNothingTold(ended);
  });
}

for (const command of ['validate', 'plan --json']) {
  test(`${command} tells no secret`, async () => {
    const [name = '', ...flags] = command.split(' ');
    for (const scenario of ['block.yaml', 'file.yaml']) {
      const ended = await works.run([name, scenario, ...flags], environment);
      assert.equal(ended.exitCode, 0, ended.stderr);
      assert.ok(!ended.stdout.includes('alice'), ended.stdout);
      await assertNothingTold(ended);
    }
  });
}

for (const [scenario, flags, secret] of [
  ['block.yaml', brokers, `not-${password}`],
  ['wrong.yaml', [], password],
] as const) {
  test(`the wrong password of ${scenario} ends with 3 and the broker's reason, and is told nowhere`, async () => {
    const ended = await works.run([scenario, ...flags], { ...environment, SECRET: secret });
    assert.equal(ended.exitCode, 3);
    assert.match(ended.stderr, /refuse the credentials: .*invalid credentials with SASL mechanism SCRAM-SHA-512/);
    assert.match(ended.stderr, /Check cluster\.security\.sasl/);
    await assertNothingTold(ended);
  });
}

test('a secret in a flag is refused and not repeated', async () => {
  const flags = [...brokers, '--set', 'cluster.security.sasl.password=plain-word'];
  const { exitCode, stderr } = await works.run(['block.yaml', ...flags], environment);
  assert.equal(exitCode, 2);
  assert.ok(!stderr.includes('plain-word'), stderr);
});

/** The arguments of all processes of this host. */
async function allArguments(): Promise<string> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.join('\n');
}

const skip = process.platform === 'linux' ? false : 'arguments are looked for in /proc';

suite('local brokers that demand what their clients bring', { skip }, () => {
  test('are given the secret in no argument, and in no file that anybody else can read or that is left', async () => {
    await using own = await openWorkplace({ 'local.yaml': await readFile(join(works.folder, 'local.yaml'), 'utf8') });
    await using temporary = await openWorkplace();
    await using running: Running = own.start(['local.yaml', '--progress', 'live'], {
      ...environment,
      TMPDIR: temporary.folder,
    });
    await running.said(/warming the brokers/);
    const args = await allArguments();
    assert.ok(args.includes(temporary.folder), 'no broker runs');
    assert.ok(!tellsSecret(args));
    for (const folder of await readdir(temporary.folder)) {
      const { mode } = await stat(join(temporary.folder, folder));
      assert.equal(mode & 0o077, 0, `others may look into ${folder}`);
    }
    running.kill('SIGINT');
    const ended = await running.ended;
    await writeFile(join(own.folder, 'output.txt'), ended.stdout + ended.stderr);
    await assertNothingTold(ended, own);
    assert.deepEqual(await readdir(temporary.folder), []);
  });
});
