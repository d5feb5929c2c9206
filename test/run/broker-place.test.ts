/** Specifies of which brokers it is said that they share this host's cores. */
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { whereBrokersAre } from '../../src/run/broker-place.ts';

for (const [brokers, expected] of [
  [['localhost:9092'], 'here'],
  [['127.0.0.2:9092'], 'here'],
  [[`${hostname()}:9092`], 'here'],
  [['[::1]:9092'], 'here'],
  [['kafka.invalid:9092', 'localhost:9092'], 'here'],
  [['kafka.invalid:9092', '192.0.2.1:9092'], 'elsewhere'],
] as const) {
  test(`brokers at ${brokers.join(' and ')} are ${expected}`, () => {
    assert.equal(whereBrokersAre({ simulatedBroker: undefined, brokers }, 'spin'), expected);
  });
}

test('proxies here do not make brokers elsewhere into brokers here', () => {
  const proxies = ['127.0.0.1:40001'];
  for (const [brokersAt, expected] of [
    [['kafka.invalid:9092'], 'elsewhere'],
    [['localhost:9092'], 'here'],
  ] as const) {
    assert.equal(whereBrokersAre({ simulatedBroker: undefined, brokers: proxies, brokersAt }, 'spin'), expected);
  }
});

test('brokers whose generator naps beside them are here, by whatever name, and simulated ones are nowhere', () => {
  const brokers = ['kafka.invalid:9092'];
  assert.equal(whereBrokersAre({ simulatedBroker: undefined, brokers }, 'nap'), 'here');
  assert.equal(whereBrokersAre({ simulatedBroker: {}, brokers: [] }, 'spin'), 'simulated');
});
