import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readFileSync } from 'node:fs';
import { type ReadOptions, readScenario, type ScenarioFile } from '../../src/scenario/read.ts';
import { clientCertificate, clientKey } from '../cluster/secured.ts';
import { inShort, problemsIn, readFiles, readText, temporaryFolder } from './reading.ts';

/** Reads `scenario.yaml` from among files that may stand in folders. */
async function readAmong(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  options: Partial<ReadOptions> = {},
): Promise<ScenarioFile> {
  const cwd = await temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, name)), { recursive: true });
    await writeFile(join(cwd, name), text);
  }
  return await readScenario('scenario.yaml', { env: {}, cwd, ...options });
}

test('a scenario extends another: maps merge, lists are replaced, and paths are meant from the file that holds them', async t => {
  const { scenario, sources } = await readAmong(t, {
    'scenario.yaml': 'name: own\nextends: sub/base.yaml\nproducers: { count: 2 }\nchecks: [{ metric: lost, max: 0 }]\n',
    'sub/base.yaml': `extends: ../root.yaml
cluster: { compose: docker-compose.yml }
producers: { acks: 1, partitioning: { custom: ./partitioner.ts } }
checks: [{ metric: failed, max: 1 }, { metric: failed, max: 2 }]
`,
    'root.yaml': 'name: root\nproducers: { acks: 0, linger: 1ms }\nmessages: { file: payloads.ndjson }\n',
  });
  assert.equal(scenario.name, 'own');
  assert.equal(scenario.producers.count, 2);
  assert.equal(scenario.producers.acks, 1);
  assert.equal(scenario.producers.linger, 1_000);
  assert.equal(scenario.producers.partitioning.module, './sub/partitioner.ts');
  assert.deepEqual(scenario.cluster.source, { kind: 'compose', file: './sub/docker-compose.yml' });
  assert.deepEqual(scenario.messages.content, { kind: 'file', path: 'payloads.ndjson' });
  assert.deepEqual(
    scenario.checks.map(({ metric }) => metric),
    ['lost'],
  );
  assert.deepEqual(
    sources.map(({ name }) => name),
    ['scenario.yaml', 'sub/base.yaml', 'root.yaml'],
  );
});

for (const [what, files, expected] of [
  ['that extends itself', { 'scenario.yaml': 'name: x\nextends: scenario.yaml\n' }, 'scenario.yaml:2:10 E109 '],
  [
    'whose base extends it',
    { 'scenario.yaml': 'name: x\nextends: b.yaml\n', 'b.yaml': 'extends: scenario.yaml\n' },
    'b.yaml:1:10 E109 scenario.yaml: it extends itself: scenario.yaml → b.yaml → scenario.yaml',
  ],
  [
    'whose base has an error',
    { 'scenario.yaml': 'name: x\nextends: b.yaml\n', 'b.yaml': 'load: { mesure: 1s }\n' },
    'b.yaml:1:9 E102 unknown key "mesure" in load',
  ],
  [
    'whose base is no map',
    { 'scenario.yaml': 'name: x\nextends: b.yaml\n', 'b.yaml': '- 1\n' },
    'b.yaml:1:1 E105 the file holds no map of keys',
  ],
  [
    'whose cluster file has an error',
    { 'scenario.yaml': 'name: x\ncluster: c/staging.yaml\n', 'c/staging.yaml': 'brokerz: [a:1]\n' },
    'c/staging.yaml:1:1 E102 unknown key "brokerz" in cluster',
  ],
  [
    'whose cluster file begins with cluster',
    { 'scenario.yaml': 'name: x\ncluster: c.yaml\n', 'c.yaml': 'cluster: { brokers: [a:1] }\n' },
    'c.yaml:1:1 E102 unknown key "cluster" in cluster | remove this line',
  ],
] as const) {
  test(`a scenario ${what} is refused in the file that is to blame`, async t => {
    const [problem, ...others] = await problemsIn(readAmong(t, files));
    assert.ok(problem && `${problem.file}:${inShort(problem)}`.startsWith(expected), problem && inShort(problem));
    assert.deepEqual(others, []);
  });
}

test('a cluster is a file of its own, or what the command line names', async t => {
  const files = {
    'scenario.yaml': 'name: x\ncluster: staging.yaml\n',
    'staging.yaml': 'brokers: [a:1]\nprefix: x.\n',
    'production.yaml': 'brokers: [b:2]\n',
  };
  const named = (await readAmong(t, files)).scenario.cluster;
  assert.deepEqual(named, { source: { kind: 'external', brokers: ['a:1'] }, prefix: 'x.' });
  const chosen = (await readAmong(t, files, { clusterFile: 'production.yaml' })).scenario.cluster;
  assert.deepEqual(chosen.source, { kind: 'external', brokers: ['b:2'] });
  const given = (await readAmong(t, files, { brokers: ['c:3', 'd:4'] })).scenario.cluster;
  assert.deepEqual(given, { source: { kind: 'external', brokers: ['c:3', 'd:4'] }, prefix: 'x.' });
});

test('the environment fills references, and what is not quoted may be a number', async t => {
  const text = `name: x
repeat: \${N}
question: 'is $\${X} \${N}?'
tags: { quoted: "\${N}", empty: '\${EMPTY:-none}' }
seed: \${ABSENT:-12}
`;
  const { scenario } = await readText(t, text, { env: { N: '3', EMPTY: '' } });
  assert.equal(scenario.repeat, 3);
  assert.equal(scenario.question, 'is ${X} 3?');
  assert.deepEqual(scenario.tags, { quoted: '3', empty: 'none' });
  assert.equal(scenario.seed, 12);
});

test('a variable cannot add keys to the file', async t => {
  const { scenario } = await readText(t, 'name: x\nquestion: ${Q}\n', { env: { Q: 'why\nrepeat: 9' } });
  assert.equal(scenario.question, 'why\nrepeat: 9');
  assert.equal(scenario.repeat, 5);
});

test('anchors and merge keys work, the own key wins, and keys that begin with x- are free', async t => {
  const text = `name: x
x-slow: &slow { linger: 20ms, count: 3 }
x-safe: &safe { acks: all, count: 4 }
producers: { <<: [*slow, *safe], linger: 1ms, x-why: because }
matrix: { x-later: [1], producers.batchSize: [1KiB, 2KiB] }
topic: { config: { x-plugin: 1 } }
`;
  const { producers, topic, matrix } = (await readText(t, text)).scenario;
  assert.deepEqual([producers.linger, producers.count, producers.acks], [1_000, 3, 'all']);
  assert.deepEqual(matrix, { 'producers.batchSize': ['1KiB', '2KiB'] });
  assert.ok(topic.lifetime !== 'existing');
  assert.deepEqual(topic.config, { 'x-plugin': 1 }, "a map of Kafka's names has no free keys");
});

test('--set changes any setting, and its errors point into it', async t => {
  const overrides = {
    'producers.acks': '1',
    'topic.config.min.insync.replicas': '1',
    'matrix.producers.linger': '[0, 5ms]',
    'consumers.readers.members': '2',
  };
  const { scenario } = await readText(t, 'name: x\nproducers: { acks: 0 }\n', { overrides });
  assert.equal(scenario.producers.acks, 1);
  assert.deepEqual(scenario.matrix, { 'producers.linger': [0, '5ms'] });
  assert.equal(scenario.consumers['readers']?.members, 2);
});

for (const [dotted, text, expected] of [
  ['producers.acks', 'al', '1:16 E103 producers.acks: "al" is not one of 0, 1, all | did you mean "all"?'],
  ['producers.ack', '1', '1:1 E102 unknown key "ack" in producers | did you mean "acks"?'],
  ['repeat', '[', '1:9 E101 Flow sequence must end with a ] | close the quote or bracket'],
  ['driver.name', 'x', '1:1 E112 driver is no map: nothing can be set below it | set the whole of it'],
  ['checks.0.max', '1', '1:1 E112 checks is no map: nothing can be set below it | set the whole of it'],
] as const) {
  test(`--set ${dotted}=${text} is refused in the argument`, async t => {
    const scenario = 'name: x\ndriver: kafkajs\nchecks: [{ metric: lost, max: 0 }]\n';
    const problems = await problemsIn(readText(t, scenario, { overrides: { [dotted]: text } }));
    assert.deepEqual(problems.map(inShort), [expected]);
    assert.equal(problems[0]?.file, '--set');
    assert.match(problems[0].frame, new RegExp(`${dotted}=`));
  });
}

test('every setting can be located, a setting that is not there at what surrounds it', async t => {
  const { locate } = await readText(t, 'name: x\nproducers:\n  acks: 1\n  config: { retries: 3 }\n');
  assert.deepEqual(locate(['producers', 'acks']), { file: 'scenario.yaml', line: 3, column: 9 });
  assert.deepEqual(locate(['producers', 'acks'], 'key'), { file: 'scenario.yaml', line: 3, column: 3 });
  assert.deepEqual(locate(['producers', 'config', 'retries']), { file: 'scenario.yaml', line: 4, column: 22 });
  assert.deepEqual(locate(['producers', 'linger']), { file: 'scenario.yaml', line: 2, column: 1 });
  assert.deepEqual(locate(['load', 'rate']), { file: 'scenario.yaml', line: 1, column: 1 });
});

test('an error that is found later shows the place in the file', async t => {
  const { errorFor } = await readText(t, 'name: x\nproducers: { acks: 1 }\n');
  const path = ['producers', 'acks'];
  const error = errorFor([
    { code: 'E107', path, at: 'value', subject: path, sentence: 'not in this cell', hint: 'why' },
  ]);
  assert.deepEqual(error.problems.map(inShort), ['2:20 E107 producers.acks: not in this cell | why']);
});

test('what runs, but not as it reads, is warned of', async t => {
  const text = 'name: x\nrepeat: 010\ncluster: { brokers: [a:1], compose: c.yaml }\n';
  const { warnings, scenario } = await readText(t, text);
  assert.equal(scenario.repeat, 10);
  assert.deepEqual(warnings.map(inShort), [
    '2:9 E105 010 is 10 in YAML 1.2 | write 10',
    '3:28 E107 cluster: it is not used: brokers comes first | remove compose',
  ]);
});

test('the example of the whole format is understood: all that is said against it is what is not supported yet', async t => {
  const text = readFileSync(join(import.meta.dirname, 'fixtures/everything.yaml'), 'utf8');
  const files = {
    'scenario.yaml': text,
    'client.properties': 'security.protocol=SSL\n',
    'ca.pem': clientCertificate,
    'client.pem': clientCertificate,
    'client.key': clientKey,
  };
  const problems = await problemsIn(readFiles(t, files, { env: { KAFKA_PASSWORD: 'open-sesame' } }));
  const refused = problems.map(({ message, code }) => `${code} ${message.split(':')[0]}`);
  assert.deepEqual([...new Set(problems.map(({ code }) => code))], ['E120']);
  for (const path of ['fleet.on']) {
    assert.ok(refused.includes(`E120 ${path}`), `${path} in ${refused.join(', ')}`);
  }
  assert.ok(!JSON.stringify(problems).includes('open-sesame'));
});
