import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDocument } from '../../src/scenario/parse.ts';
import type { Scenario } from '../../src/scenario/schema.ts';

/** The scenario of a document with a name and these keys. */
function scenarioOf(keys: Readonly<Record<string, unknown>>): Scenario {
  const parsed = parseDocument({ name: 'x', ...keys });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.scenario;
}

test('everything has a default but the name', () => {
  assert.deepEqual(scenarioOf({}), {
    name: 'x',
    tags: {},
    cluster: { source: { kind: 'local', brokers: 1, version: '4.3.1', config: {} }, prefix: 'highwater.' },
    topic: { lifetime: 'trial', count: 1, partitions: 6, replicationFactor: null, config: {} },
    load: {
      kind: 'open',
      rate: { kind: 'messages', perSecond: 1_000 },
      arrivals: 'uniform',
      warmupMicros: 5_000_000,
      measureMicros: 30_000_000,
    },
    messages: {
      content: { kind: 'generated', size: { kind: 'fixed', bytes: 1_024 }, compressibility: 0.5 },
      keys: { kind: 'none' },
      headers: {},
      partitionSequence: [],
    },
    driver: { name: 'kafkajs', version: null },
    producers: {
      driver: { name: 'kafkajs', version: null },
      count: 1,
      workers: 1,
      mode: 'async',
      acks: 'all',
      idempotence: false,
      linger: 5_000,
      batchSize: 16_384,
      compression: 'none',
      maxInFlightRequests: 5,
      requestTimeout: 30_000_000,
      deliveryTimeout: 120_000_000,
      partitioning: { strategy: 'murmur2', by: 'harness', module: null },
      config: {},
      options: {},
    },
    consumers: {},
    simulated: {
      serviceTime: { kind: 'fixed', micros: 0 },
      servers: 1,
      freeze: [],
      buffer: 'unlimited',
      unanswered: 0,
      lose: 0,
      duplicate: 0,
      reorder: 0,
      retain: 'unlimited',
    },
    matrix: {},
    combine: 'product',
    exclude: [],
    faults: [],
    checks: [],
    compare: { reference: {}, primary: ['ack.p99'], delta: { default: 0.05 } },
    repeat: 5,
  });
});

test('a group has defaults too, and the driver of the scenario', () => {
  const driver = { name: 'simulated', version: null };
  assert.deepEqual(scenarioOf({ driver: 'simulated', consumers: { readers: {} } }).consumers['readers'], {
    driver,
    members: 1,
    workers: 1,
    delivery: 'unicast',
    start: { kind: 'earliest' },
    reset: false,
    groupProtocol: 'classic',
    handling: { time: 0, concurrency: 1, failEvery: 0 },
    commit: { kind: 'auto', everyMicros: 5_000_000 },
    config: {},
    options: {},
    churn: [],
    backlog: 0,
  });
});

for (const [keys, linger] of [
  [{}, 5_000],
  [{ driver: 'simulated' }, 0],
  [{ driver: 'simulated', producers: { linger: '3ms' } }, 3_000],
  [{ driver: 'simulated', producers: { driver: 'kafkajs' } }, 5_000],
  [{ producers: { driver: 'simulated' } }, 0],
] as const) {
  test(`linger is ${linger} µs for ${JSON.stringify(keys)}`, () => {
    assert.equal(scenarioOf(keys).producers.linger, linger);
  });
}

const window = { warmupMicros: 5_000_000, measureMicros: 30_000_000 };
const perSecond = (amount: number) => ({ kind: 'messages', perSecond: amount });

for (const [load, expected] of [
  [{ rate: '300MB/s' }, { kind: 'open', rate: { kind: 'bytes', perSecond: 3e8 }, arrivals: 'uniform', ...window }],
  [
    { rate: '60/m', arrivals: 'poisson' },
    { kind: 'open', rate: perSecond(1), arrivals: 'poisson', ...window },
  ],
  [
    { rate: 'max', measure: '1s' },
    { kind: 'saturating', ...window, measureMicros: 1_000_000 },
  ],
  [
    { outstanding: 64, warmup: 0 },
    { kind: 'closed', outstanding: 64, ...window, warmupMicros: 0 },
  ],
  [
    { rate: '1/s', warmup: 'auto' },
    { kind: 'open', rate: perSecond(1), arrivals: 'uniform', ...window, warmupMicros: 'auto' },
  ],
  [
    {
      stages: [
        { for: '10s', rate: '1000/s' },
        { for: '20s', rampTo: '2000/s' },
      ],
    },
    {
      kind: 'stages',
      stages: [
        { kind: 'hold', forMicros: 10_000_000, rate: perSecond(1_000) },
        { kind: 'ramp', forMicros: 20_000_000, rate: perSecond(2_000) },
      ],
      arrivals: 'uniform',
      ...window,
    },
  ],
] as const) {
  test(`the load ${JSON.stringify(load)} is ${expected.kind}`, () => {
    assert.deepEqual(scenarioOf({ load }).load, expected);
  });
}

for (const [check, min, max] of [
  [{ metric: 'ack.p99', max: '20ms' }, null, 20_000],
  [{ metric: 'lost', max: 0 }, null, 0],
  [{ metric: 'ackedPerSecond', min: '4900/s' }, 4_900, null],
  [{ metric: 'ackedBytesPerSecond', min: '1MB/s', max: '2MB/s' }, 1e6, 2e6],
  [{ metric: 'lag.max', max: 1_000 }, null, 1_000],
] as const) {
  test(`the limits of ${JSON.stringify(check)} are in the metric's unit`, () => {
    const [parsed] = scenarioOf({ checks: [check] }).checks;
    assert.deepEqual([parsed?.min, parsed?.max], [min, max]);
  });
}

for (const [partitioning, expected] of [
  ['sticky', { strategy: 'sticky', by: 'harness', module: null }],
  [
    { strategy: 'murmur2', by: 'client' },
    { strategy: 'murmur2', by: 'client', module: null },
  ],
  [{ custom: './mine.ts' }, { strategy: 'custom', by: 'harness', module: './mine.ts' }],
] as const) {
  test(`partitioning ${JSON.stringify(partitioning)} is understood`, () => {
    assert.deepEqual(scenarioOf({ producers: { partitioning } }).producers.partitioning, expected);
  });
}

test("settings under Kafka's names may have units, which become Kafka's", () => {
  const config = {
    'log.segment.bytes': '1GiB',
    'retention.ms': '5m',
    'cleanup.policy': 'compact',
    'flush.messages': 7,
  };
  const { topic } = scenarioOf({ topic: { config } });
  assert.ok(topic.lifetime !== 'existing');
  assert.deepEqual(topic.config, { ...config, 'log.segment.bytes': 2 ** 30, 'retention.ms': 300_000 });
});

for (const keys of [
  { constructor: 1 },
  { producers: { toString: 1 } },
  { producers: { acks: 'constructor' } },
  { producers: { idempotence: 'valueOf' } },
  { producers: { options: { constructor: {} } } },
  { checks: [{ metric: 'hasOwnProperty', max: 0 }] },
]) {
  test(`what all objects inherit is nothing special: ${JSON.stringify(keys)}`, () => {
    const parsed = parseDocument({ name: 'x', ...keys });
    assert.ok(!parsed.ok);
    for (const { hint } of parsed.issues) assert.equal(typeof hint, 'string');
  });
}

test('a document that is no map, or of no prototype, is refused and not a crash', () => {
  for (const raw of [null, undefined, 1, 'x', [], Object.create(null), JSON.parse('{"__proto__":{"name":"x"}}')]) {
    assert.equal(parseDocument(raw).ok, false);
  }
});
