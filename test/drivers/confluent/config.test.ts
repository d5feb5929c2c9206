import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consumerConfig, producerConfig, publicSettings, translate } from '../../../src/drivers/confluent/config.ts';

for (const [side, table, name, value, expected] of [
  ['producer', producerConfig, 'retries', 3, { retries: 3 }],
  ['producer', producerConfig, 'max.request.size', 2_000_000, { 'message.max.bytes': 2_000_000 }],
  ['producer', producerConfig, 'buffer.memory', 33_554_432, { 'queue.buffering.max.kbytes': 32_768 }],
  ['producer', producerConfig, 'buffer.memory', 100, { 'queue.buffering.max.kbytes': 1 }],
  ['producer', producerConfig, 'send.buffer.bytes', 131_072, { 'socket.send.buffer.bytes': 131_072 }],
  ['producer', producerConfig, 'metadata.max.age.ms', 60_000, { 'topic.metadata.refresh.interval.ms': 60_000 }],
  ['consumer', consumerConfig, 'fetch.max.wait.ms', 100, { 'fetch.wait.max.ms': 100 }],
  ['consumer', consumerConfig, 'request.timeout.ms', 5_000, { 'socket.timeout.ms': 5_000 }],
  ['consumer', consumerConfig, 'isolation.level', 'read_committed', { 'isolation.level': 'read_committed' }],
  ['consumer', consumerConfig, 'check.crcs', true, { 'check.crcs': true }],
  [
    'consumer',
    consumerConfig,
    'partition.assignment.strategy',
    'org.apache.kafka.clients.consumer.CooperativeStickyAssignor, range',
    { 'partition.assignment.strategy': 'cooperative-sticky,range' },
  ],
] as const) {
  test(`a ${side}'s ${name}: ${value} becomes ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(translate(table, { [name]: value }), expected);
  });
}

for (const [side, table, name] of [
  ['producer', producerConfig, 'max.block.ms'],
  ['producer', producerConfig, 'linger.ms'],
  ['producer', producerConfig, 'fetch.min.bytes'],
  ['consumer', consumerConfig, 'retries'],
  ['consumer', consumerConfig, 'exclude.internal.topics'],
] as const) {
  test(`a ${side}'s ${name} cannot be translated`, () => {
    assert.ok(!(name in table));
  });
}

test('what secures a connection is told in no result, though a user gave it as a private setting', () => {
  const settings = { 'sasl.password': 'secret', 'ssl.key.pem': 'secret', ssl_key: 'secret', 'linger.ms': 5 };
  assert.deepEqual(publicSettings(settings), { 'linger.ms': 5 });
});
