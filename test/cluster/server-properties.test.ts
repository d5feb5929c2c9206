/** Specifies how the nodes of a local cluster are laid out and configured. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BrokerNode, formatProperties, layOutNodes, serverSettings } from '../../src/cluster/server-properties.ts';
import { HarnessError } from '../../src/support/errors.ts';

const nodesOf = (brokers: number) =>
  layOutNodes(
    brokers,
    Array.from({ length: brokers * 3 }, (_, index) => 20_000 + index),
    id => `/data/${id}`,
  );

/** The settings of one of so many nodes. */
function settingsOf(brokers: number, id: number, config = {}) {
  const nodes = nodesOf(brokers);
  const node = nodes[id - 1];
  assert.ok(node);
  return serverSettings(node, nodes, config);
}

for (const [brokers, controllers] of [
  [1, 1],
  [2, 2],
  [3, 3],
  [5, 3],
] as const) {
  test(`${brokers} brokers have ${controllers} controllers`, () => {
    const roles = nodesOf(brokers).map(node => settingsOf(brokers, node.id)['process.roles']);
    assert.equal(roles.filter(role => role === 'broker,controller').length, controllers);
    assert.equal(String(settingsOf(brokers, brokers)['controller.quorum.voters']).split(',').length, controllers);
  });
}

for (const [brokers, replicas, inSync] of [
  [1, 1, 1],
  [2, 2, 2],
  [3, 3, 2],
  [5, 3, 2],
] as const) {
  test(`${brokers} brokers keep ${replicas} replicas of Kafka's own topics, ${inSync} in sync`, () => {
    const settings = settingsOf(brokers, 1);
    assert.equal(settings['offsets.topic.replication.factor'], replicas);
    assert.equal(settings['transaction.state.log.replication.factor'], replicas);
    assert.equal(settings['transaction.state.log.min.isr'], inSync);
  });
}

test('clients, brokers and controllers are reached on ports of their own', () => {
  const { listeners, 'advertised.listeners': advertised } = settingsOf(3, 2);
  assert.equal(listeners, 'CLIENT://127.0.0.1:20003,INTERNAL://127.0.0.1:20004,CONTROLLER://127.0.0.1:20005');
  assert.equal(advertised, 'CLIENT://127.0.0.1:20003,INTERNAL://127.0.0.1:20004');
});

test('others are told where something stands before a node, which listens where it did', () => {
  const nodes = nodesOf(1);
  const advertised = { clients: '127.0.0.1:9', brokers: undefined };
  const settings = serverSettings(nodes[0] as BrokerNode, nodes, {}, { advertised });
  assert.equal(settings['advertised.listeners'], 'CLIENT://127.0.0.1:9,INTERNAL://127.0.0.1:20001');
  assert.match(String(settings['listeners']), /^CLIENT:\/\/127\.0\.0\.1:20000,/);
});

test("a scenario's settings come before the defaults", () => {
  const settings = settingsOf(1, 1, { 'group.initial.rebalance.delay.ms': 3_000, 'num.io.threads': 2 });
  assert.equal(settings['group.initial.rebalance.delay.ms'], 3_000);
  assert.equal(settings['num.io.threads'], 2);
  assert.equal(settings['auto.create.topics.enable'], false);
});

test('a setting that would break the cluster is refused by its name', () => {
  assert.throws(
    () => settingsOf(1, 1, { listeners: 'PLAINTEXT://:9092', 'num.io.threads': 2 }),
    (error: unknown) =>
      error instanceof HarnessError && error.reason === 'usage' && /sets listeners,/.test(error.message),
  );
});

/** Reads a line of a properties file as java.util.Properties.load does. */
function readLine(line: string): [key: string, value: string] {
  const parts = /^((?:\\[^]|[^\\=: ])*)=(.*)$/s.exec(line);
  assert.ok(parts, line);
  const controls: Record<string, string> = { n: '\n', r: '\r', t: '\t', f: '\f' };
  const unescape = (text: string) =>
    text.replace(/\\(?:u([0-9a-f]{4})|([^]))/g, (_, code: string | undefined, other: string) =>
      code === undefined ? (controls[other] ?? other) : String.fromCharCode(parseInt(code, 16)),
    );
  return [unescape(parts[1] ?? ''), unescape((parts[2] ?? '').replace(/^[ \t\f]+/, ''))];
}

test('what is written to a properties file is what Java reads', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 10 }), text, (key, value) => {
      const written = formatProperties({ [key]: value });
      assert.match(written, /^[\x20-\x7e\t]*\n$/);
      assert.deepEqual(readLine(written.slice(0, -1)), [key, value]);
    }),
  );
});
