/** Specifies which runs may be compared, and what is said of their differences. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { comparabilityOf } from '../../src/analysis/comparability.ts';
import type { Fingerprint } from '../../src/results/fingerprint.ts';
import { aFingerprint } from '../builders/side.ts';

const host = aFingerprint().hostClass;

suite('two runs', () => {
  for (const [sentence, over, isComparable, named] of [
    ['of one scenario on one host are comparable', {}, true, []],
    [
      'of another rate are not',
      { scenario: { load: { rate: '9000/s' }, driver: 'confluent' } },
      false,
      ['load.rate 5000/s → 9000/s'],
    ],
    [
      'of which one has a setting more are not',
      { scenario: { load: { rate: '5000/s', stages: [1] }, driver: 'confluent' } },
      false,
      ['load.stages – → [1]'],
    ],
    [
      'of which one did not record its scenario are not',
      { scenario: null, scenarioHash: null },
      false,
      ['scenario 8c1e52000000 → not recorded'],
    ],
    ['on another CPU are not', { hostClass: { ...host, CPU: 'EPYC' } }, false, ['CPU Xeon → EPYC']],
    [
      'against another kind of cluster are not',
      { hostClass: { ...host, cluster: 'external' } },
      false,
      ['cluster local → external'],
    ],
    [
      'of which one did not record its virtualisation are, and that is named',
      { hostClass: { ...host, virtualisation: null } },
      true,
      ['virtualisation vm → not recorded'],
    ],
    [
      'with another client are: that is what one compares',
      { versions: { Highwater: '0.1.0', Kafka: '4.3.1', confluent: '1.11.0' } },
      true,
      ['confluent 1.10.1 → 1.11.0'],
    ],
    [
      'with another broker are',
      { versions: { Highwater: '0.1.0', Kafka: '4.4.0', confluent: '1.10.1' } },
      true,
      ['Kafka 4.3.1 → 4.4.0'],
    ],
    ['with another broker setting are', { brokerConfig: { 'num.io.threads': '16' } }, true, ['num.io.threads – → 16']],
  ] satisfies readonly (readonly [string, Partial<Fingerprint>, boolean, readonly string[]])[]) {
    test(sentence, () => {
      const found = comparabilityOf(aFingerprint(), aFingerprint(over));
      assert.equal(found.isComparable, isComparable);
      assert.deepEqual(
        found.differences.map(({ name, a, b }) => `${name} ${a} → ${b}`),
        named,
      );
    });
  }
});

test('a named level that means something else makes another scenario, one that only one run has does not', () => {
  const a = aFingerprint({ levels: { 'scale.small': { 'topic.partitions': 6 }, 'scale.large': {} } });
  const same = aFingerprint({ levels: { 'scale.small': { 'topic.partitions': 6 }, 'scale.huge': {} } });
  const other = aFingerprint({ levels: { 'scale.small': { 'topic.partitions': 7 } } });
  assert.equal(comparabilityOf(a, same).isComparable, true);
  assert.deepEqual(
    comparabilityOf(a, other).differences.map(({ name }) => name),
    ['matrix.scale.small.topic.partitions'],
  );
});

test('what is the same is said, and nothing that is not', () => {
  assert.deepEqual(comparabilityOf(aFingerprint(), aFingerprint()).same, [
    'scenario 8c1e52',
    'host class xeon-2c-24g-linux-x64-vm-local',
    'Kafka 4.3.1',
  ]);
  const other = aFingerprint({ hostClass: { ...host, cores: '4' }, versions: {}, scenario: {} });
  assert.deepEqual(comparabilityOf(aFingerprint(), other).same, []);
});
