/** Holds the translation of Kafka's settings into those of @platformatic/kafka. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  consumerConfig,
  producerConfig,
  retriesWithin,
  translate,
  waitMillis,
} from '../../../src/drivers/platformatic/config.ts';

test('settings of a producer reach the library under its own names', () => {
  const config = {
    retries: 7,
    'metadata.max.age.ms': '60000',
    'socket.connection.setup.timeout.ms': 2_000,
    'retry.backoff.ms': 50,
  };
  assert.deepEqual(translate(producerConfig, config), {
    settings: { retries: 7, metadataMaxAge: 60_000, connectTimeout: 2_000 },
    backoff: { firstMillis: 50, mostMillis: 1_000 },
  });
});

test('settings of a consumer reach the library under its own names', () => {
  const config = {
    'fetch.min.bytes': 2,
    'fetch.max.bytes': 3,
    'fetch.max.wait.ms': 4,
    'max.partition.fetch.bytes': 5,
    'session.timeout.ms': 6,
    'heartbeat.interval.ms': 7,
    'rebalance.timeout.ms': 8,
    'request.timeout.ms': 9,
    'group.instance.id': 'one',
    'group.remote.assignor': 'range',
    'client.rack': 'a',
    'retry.backoff.max.ms': 10,
  };
  assert.deepEqual(translate(consumerConfig, config), {
    settings: {
      minBytes: 2,
      maxBytes: 3,
      maxWaitTime: 4,
      maxBytesPerPartition: 5,
      sessionTimeout: 6,
      heartbeatInterval: 7,
      rebalanceTimeout: 8,
      requestTimeout: 9,
      groupInstanceId: 'one',
      groupRemoteAssignor: 'range',
      clientRack: 'a',
    },
    backoff: { firstMillis: 100, mostMillis: 10 },
  });
});

for (const [level, isolationLevel] of [
  ['read_uncommitted', 0],
  ['read_committed', 1],
] as const) {
  test(`the library's number for ${level} is ${isolationLevel}`, () => {
    assert.deepEqual(translate(consumerConfig, { 'isolation.level': level }).settings, { isolationLevel });
  });
}

test('a wait doubles with each retry, up to the longest', () => {
  const backoff = { firstMillis: 100, mostMillis: 1_000 };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map(retry => waitMillis(backoff, retry)),
    [100, 200, 400, 800, 1_000, 1_000],
  );
});

for (const [millis, retries] of [
  [0, 0],
  [100, 1],
  [300, 2],
  [301, 3],
  [120_000, 123],
] as const) {
  test(`${retries} retries fill ${millis} ms`, () => {
    assert.equal(retriesWithin(millis, { firstMillis: 100, mostMillis: 1_000 }), retries);
  });
}

test('there is an end to retries that do not wait', () => {
  assert.equal(retriesWithin(1e9, { firstMillis: 0, mostMillis: 0 }), 10_000);
});
