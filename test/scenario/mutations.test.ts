import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Problem, ScenarioError } from '../../src/scenario/problems.ts';
import { readScenario } from '../../src/scenario/read.ts';
import { type Random, seededRandom } from '../../src/support/random.ts';
import { temporaryFolder } from './reading.ts';

/** One setting a line, so that a mutation of a line is a mutation of a setting. */
const valid = `name: mutated
question: Does any change of this file crash the reader?
cluster:
  local:
    brokers: 3
    config: { log.segment.bytes: 1GiB }
  prefix: bench.
topic:
  partitions: 6
  replicationFactor: 3
  config:
    min.insync.replicas: 2
load:
  rate: 5000/s
  arrivals: poisson
  warmup: 5s
  measure: 20s
messages:
  size: { median: 1KiB, p99: 20KiB }
  compressibility: 0.5
  keys: { distinct: 100, distribution: zipf }
x-shared: &shared
  linger: 5ms
producers:
  <<: *shared
  count: 2
  mode: async
  acks: all
  idempotence: false
  batchSize: 64KiB
  compression: none
  partitioning: { strategy: murmur2, by: harness }
consumers:
  readers:
    members: 2
    start: earliest
    commit: { auto: 5s }
matrix:
  producers.acks: [1, all]
  producers.linger: [0, 5ms, 20ms]
  scale:
    small: { topic.partitions: 6, producers.count: 2 }
    large: { topic.partitions: 60, producers.count: 4 }
exclude:
  - { producers.acks: 1, scale: large }
checks:
  - { metric: ack.p99, max: 20ms, where: { producers.acks: [1, all] } }
  - { metric: lost, max: 0, group: readers }
compare:
  reference: { producers.acks: 1 }
  delta: { default: 5%, ack.p999: 10% }
repeat: 3
seed: 42
`;

const lines = valid.trimEnd().split('\n');
const pick = <T>(random: Random, items: readonly T[]): T => items[random.below(items.length)] as T;
const joined = (changed: readonly string[]): string => `${changed.join('\n')}\n`;

/** The valid text with one of its lines replaced: by none, one or several. */
const withLine = (index: number, ...replacement: readonly string[]): string =>
  joined(lines.toSpliced(index, 1, ...replacement));

const indicesWhere = (holds: (line: string) => boolean): number[] =>
  lines.flatMap((line, i) => (holds(line) ? [i] : []));

const keyOf = /^(\s*)([\w.-]+):(?=\s|$)/;
const valueOf = /^(\s*[\w.-]+: )(.+)$/;

/** Lines whose key is the format's: not free, not Kafka's, no group's and no level's name. */
const ownKeys = indicesWhere(
  line => keyOf.test(line) && !/^x-|^\s+(?:linger|min\.insync\.replicas|readers|small|large):/.test(line),
);
const settings = indicesWhere(line => valueOf.test(line));
const keyed = indicesWhere(line => keyOf.test(line));

/** A key with two letters swapped, one left out or one said twice. */
function misspelt(random: Random, key: string): string {
  const at = random.below(key.length - 1);
  const [a = '', b = ''] = key.slice(at, at + 2);
  const changed = pick(random, [`${b}${a}`, b, `${a}${a}${b}`]);
  const text = `${key.slice(0, at)}${changed}${key.slice(at + 2)}`;
  return text === key ? `${key}x` : text;
}

const otherValues = [
  '-1',
  '1.5',
  'true',
  'null',
  '',
  '{}',
  '[]',
  '[1, [2]]',
  '{ a: { b: c } }',
  'yes',
  '1_000',
  '""',
  'constructor',
];
const odd = [
  '1e999',
  '.nan',
  '~',
  '*nowhere',
  '&a',
  '!!binary aGk=',
  '2026-01-01',
  '0x10',
  '9'.repeat(400),
  '${HOME_}',
  '${',
  '"\\u0000"',
];
const wrongUnits = [
  '5',
  '5 ms',
  '5sec',
  '1kb',
  '10Mb/s',
  '5000',
  '5000/day',
  '5000 msg/s',
  '-5ms',
  '5%%',
  '0',
  '1h30m',
];
const brokenYaml = [
  '{',
  '[1, 2',
  '"open',
  "'open",
  'a: b: c',
  '}',
  '- x',
  '@at',
  '%',
  '`',
  '|',
  '>-',
  '\t',
  '? ',
  '---',
  '...',
];

/** Whether the mutated text has to be refused; elsewhere both answers are right. */
interface Mutation {
  readonly text: string;
  readonly mustBeRefused: boolean;
}

const replacedValue =
  (values: readonly string[]) =>
  (random: Random): Mutation => {
    const index = pick(random, settings);
    const text = withLine(
      index,
      (lines[index] ?? '').replace(valueOf, (_, key: string) => `${key}${pick(random, values)}`),
    );
    return { text, mustBeRefused: false };
  };

const mutations: Readonly<Record<string, (random: Random) => Mutation>> = {
  'without a line': random => ({ text: withLine(random.below(lines.length)), mustBeRefused: false }),
  'with a misspelt key': random => {
    const index = pick(random, ownKeys);
    const changed = (lines[index] ?? '').replace(
      keyOf,
      (_, indent: string, key: string) => `${indent}${misspelt(random, key)}:`,
    );
    return { text: withLine(index, changed), mustBeRefused: true };
  },
  'with a value of another type': replacedValue(otherValues),
  'with an odd value': replacedValue(odd),
  'with another unit': replacedValue(wrongUnits),
  'with a key said twice': random => {
    const index = pick(random, keyed);
    const line = lines[index] ?? '';
    return { text: withLine(index, line.replace(/:.*/, ': 1'), line), mustBeRefused: true };
  },
  'with broken YAML': random => {
    const at = random.below(valid.length);
    return { text: `${valid.slice(0, at)}${pick(random, brokenYaml)}${valid.slice(at)}`, mustBeRefused: false };
  },
  'with a character left out': random => {
    const at = random.below(valid.length);
    return { text: valid.slice(0, at) + valid.slice(at + 1), mustBeRefused: false };
  },
  'cut short': random => ({ text: valid.slice(0, random.below(valid.length)), mustBeRefused: false }),
  'with two lines swapped': random => {
    const [a, b] = [random.below(lines.length), random.below(lines.length)];
    return { text: joined(lines.with(a, lines[b] ?? '').with(b, lines[a] ?? '')), mustBeRefused: false };
  },
};

const perKind = 100;

/** A problem says where it is, in the text, and what to do. */
function assertHelpful(problem: Problem, text: string): void {
  const found = text.split('\n');
  assert.ok(problem.line >= 1 && problem.line <= found.length, `line ${problem.line} of ${found.length}`);
  assert.ok(
    problem.column >= 1 && problem.column <= (found[problem.line - 1] ?? '').length + 1,
    `column ${problem.column}`,
  );
  assert.match(problem.code, /^E1\d\d$/);
  assert.match(problem.message, /\S/);
  assert.match(problem.hint, /\S/);
  assert.match(problem.frame, /\^/);
  assert.doesNotMatch(`${problem.message} ${problem.hint}`, /undefined|\[object|Invalid input/);
}

test('the scenario that is mutated is valid itself', async t => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'valid.yaml'), valid);
  const { scenario, warnings } = await readScenario('valid.yaml', { env: {}, cwd: folder });
  assert.equal(scenario.name, 'mutated');
  assert.deepEqual(warnings, []);
});

for (const [kind, mutate] of Object.entries(mutations)) {
  test(`a scenario ${kind} is read, or refused with a place and a hint: ${perKind} times`, async t => {
    const folder = await temporaryFolder(t);
    const random = seededRandom(2_026);
    let refused = 0;
    for (let i = 0; i < perKind; i++) {
      const { text, mustBeRefused } = mutate(random);
      await writeFile(join(folder, 'mutated.yaml'), text);
      try {
        await readScenario('mutated.yaml', { env: {}, cwd: folder });
        assert.ok(!mustBeRefused, `accepted:\n${text}`);
      } catch (error) {
        assert.ok(error instanceof ScenarioError, `${String(error)} at:\n${text}`);
        assert.equal(error.exitCode, 2);
        assert.ok(error.problems.length > 0);
        for (const problem of error.problems) assertHelpful(problem, text);
        refused++;
      }
    }
    assert.ok(refused > 0, 'no mutation was refused: they change nothing');
  });
}
