import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consumerSettings, effectiveConsumer } from '../../../src/drivers/confluent/consumer-settings.ts';
import { type CommitMode, type ConsumerOptions, plainText } from '../../../src/drivers/driver.ts';

const optionsOf = (commit: CommitMode): ConsumerOptions => ({
  brokers: [],
  clientId: 'test',
  security: plainText,
  topics: ['a'],
  config: {},
  options: {},
  simulatedBroker: undefined,
  groupId: 'test',
  groupProtocol: 'classic',
  member: 0,
  members: 1,
  start: 'earliest',
  positions: null,
  commit,
  stampIn: 'value',
});

for (const [what, commit, enabled, everyMillis] of [
  ['commits by itself', { kind: 'auto', everyMicros: 50_000 }, true, 50],
  ['commits by itself as often as can be', { kind: 'auto', everyMicros: 10 }, true, 1],
  ['commits what it is told', { kind: 'manual' }, false, undefined],
] as const) {
  test(`a member that ${what} says so in its settings`, () => {
    const options = optionsOf(commit);
    const effective = effectiveConsumer(options, consumerSettings(options));
    assert.equal(effective['enable.auto.commit'], enabled);
    assert.equal(effective['auto.commit.interval.ms'], everyMillis);
  });
}
