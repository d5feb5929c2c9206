import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Assembler, encodeMessage, type Envelope, protocolVersion } from '../../src/fleet/codec.ts';
import type { FromAgent, ToAgent } from '../../src/fleet/messages.ts';
import { assignTrial } from '../../src/plan/assign.ts';
import type { FromWorker, ToWorker } from '../../src/run/protocol.ts';
import { HarnessError } from '../../src/support/errors.ts';
import { SequenceSet } from '../../src/measure/sequences.ts';
import { OffsetLedger } from '../../src/measure/offset-ledger.ts';
import { Histogram } from '../../src/measure/histogram.ts';
import { aPlacement, planOf } from '../plan/planning.ts';

const roundTrip = (body: unknown): unknown => receive(encodeMessage({ stream: 'a', sequence: 0, body }))?.body;

/** The last message that records make. */
function receive(records: readonly Uint8Array[], assembler = new Assembler()): Envelope | null {
  return records.map(record => assembler.take(record)).findLast(envelope => envelope !== null) ?? null;
}

const plainData = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.string({ unit: 'grapheme' }),
    // MessagePack keeps −0 as 0, and nothing here tells them apart
    fc.double().map(number => (number === 0 ? 0 : number)),
    fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
    fc.uint8Array(),
    fc.uint16Array(),
    fc.int16Array(),
    fc.uint32Array(),
    fc.float64Array(),
    fc.array(tie('value')),
    fc.dictionary(
      fc.string().filter(key => key !== '__proto__'),
      tie('value'),
      { noNullPrototype: true },
    ),
    fc.array(fc.tuple(fc.oneof(fc.string(), fc.integer()), tie('value'))).map(entries => new Map(entries)),
  ),
})).value;

test('plain data with typed arrays, Maps and numbers that are not finite comes back as it was', () => {
  fc.assert(fc.property(plainData, value => assert.deepStrictEqual(roundTrip(value), value)));
});

test('a property that is undefined is left out', () => {
  assert.deepStrictEqual(roundTrip({ a: undefined, b: 1 }), { b: 1 });
});

const histogram = new Histogram();
histogram.record(1_234);
histogram.recordCensored(30e6, 2);
const sequences = new SequenceSet();
sequences.addRun(3, 200_000);
const ledger = new OffsetLedger();
for (let offset = 0; offset < 70_000; offset += 2) ledger.add(offset, 1, offset);
const latency = [{ second: -1, data: histogram.toData() }];

const progress = {
  sent: 1,
  acked: 1,
  failed: 0,
  consumed: 0,
  inFlight: 0,
  behindMicros: null,
  latency,
  workFraction: 0.5,
} as const;

const thread = {
  cpuSeconds: 1.5,
  workFraction: null,
  runQueueShare: 0.01,
  gcPauseTotalMicros: 1,
  gcPauseMaxMicros: 1,
} as const;

const fromWorker: { [K in FromWorker['type']]: Extract<FromWorker, { type: K }> } = {
  headroom: { type: 'headroom', messagesPerSecond: Infinity },
  ready: { type: 'ready', effective: { acks: -1, compression: 'none' } },
  progress: {
    type: 'progress',
    progress: {
      ...progress,
      judged: {
        role: 'produce',
        atMicros: 1e9,
        due: [{ second: 0, count: 3 }],
        dueUntilMicros: -Infinity,
        acked: [],
        failed: [],
        ack: latency,
        service: [],
        totals: { failed: 0, unresolved: 0 },
      },
    },
  },
  'window-resolved': { type: 'window-resolved' },
  stopped: { type: 'stopped' },
  positions: { type: 'positions', nextOffsets: new Map([['group', Float64Array.of(-1, 5)]]) },
  ownership: { type: 'ownership', change: { group: 'g', groupId: 'g', member: 0, atMicros: 123.5, owned: [0, 1] } },
  report: {
    type: 'report',
    report: {
      role: 'consume',
      group: 'g',
      delivery: 'unicast',
      thread,
      members: [
        {
          member: 0,
          groupId: 'g',
          partitions: ['t-0'],
          inWindow: { consumed: 1, duplicated: 0, reordered: 0 },
          completedInWindow: 1,
          total: { consumed: 1, duplicated: 0, offsetsAgain: 0 },
          reorderedPerKey: null,
          keyPartitions: Int16Array.of(-1, 3),
          readAt: [null, ledger.toData()],
          jumps: [],
          nextOffsets: Float64Array.of(-1, 70_000),
          handling: null,
          foreign: 0,
          read: [sequences.toData()],
          endToEnd: latency,
          memberEndToEnd: histogram.toData(),
          consumedPerSecond: new Float64Array(3),
          endToEndByPartition: [null, histogram.toData()],
          consumedByPartition: Float64Array.of(0, 1),
          error: null,
        },
      ],
    },
  },
  failed: { type: 'failed', error: { message: 'no', reason: 'environment', hint: 'look' } },
};

async function toWorker(): Promise<{ [K in ToWorker['type']]: Extract<ToWorker, { type: K }> }> {
  const { scenario } = await planOf('name: test\nload: { rate: 100/s }\nconsumers: { readers: { members: 2 } }\n');
  const { assignments } = assignTrial(scenario, aPlacement());
  const assignment = assignments.find(({ role }) => role === 'produce');
  assert.ok(assignment?.role === 'produce');
  // what is undefined is left out
  const plain = structuredClone(assignment);
  delete (plain.frame as { simulatedBroker?: unknown }).simulatedBroker;
  return {
    'measure-headroom': { type: 'measure-headroom', assignment: plain, askedPerSecond: Infinity },
    prepare: { type: 'prepare', assignment: plain, startMicros: null },
    start: { type: 'start', startMicros: 123_456.75 },
    stop: { type: 'stop', waitMicros: 5e6 },
    finish: { type: 'finish' },
    crash: { type: 'crash' },
  };
}

describe('every kind of message comes back as it was:', () => {
  for (const [type, message] of Object.entries(fromWorker)) {
    test(`${type} from a worker`, () => {
      const said: FromAgent = { type: 'said', channel: 1, message };
      assert.deepStrictEqual(roundTrip(said), said);
    });
  }
  for (const type of ['measure-headroom', 'prepare', 'start', 'stop', 'finish', 'crash'] as const) {
    test(`${type} to a worker`, async () => {
      const post: ToAgent = { type: 'post', channel: 1, message: (await toWorker())[type] };
      assert.deepStrictEqual(roundTrip(post), post);
    });
  }
});

describe('a message in parts', () => {
  const body = { bytes: new Uint8Array(2_500_000).map((_, i) => i) };
  const records = encodeMessage({ stream: 'a', sequence: 0, body });

  test('has none larger than a broker takes, and is whole again when the last has come', () => {
    assert.equal(records.length, 3);
    assert.ok(records.every(({ length }) => length < 1_000_000));
    const assembler = new Assembler();
    assert.equal(assembler.take(records[0] as Uint8Array), null);
    assert.equal(assembler.take(records[1] as Uint8Array), null);
    assert.deepStrictEqual(assembler.take(records[2] as Uint8Array)?.body, body);
  });

  test('tells of its stream with every part', () => {
    const heard: string[] = [];
    const assembler = new Assembler(stream => void heard.push(stream));
    for (const record of records) assembler.take(record);
    assert.deepEqual(heard, ['a', 'a', 'a']);
  });

  test('comes once, however often its records come', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 4 }), { maxLength: 20 }), again => {
        const messages = ['one', 'two'].map((text, sequence) => ({ stream: 'a', sequence, body: text.repeat(3) }));
        const sent = messages.flatMap(message => encodeMessage(message, 5));
        // a producer sends on only when what was before has come; what it repeats has come before
        const heard = sent.flatMap((record, i) => [
          record,
          ...again.filter(back => back <= i).map(back => sent[back] as Uint8Array),
        ]);
        const assembler = new Assembler();
        const bodies = heard.flatMap(record => assembler.take(record)?.body ?? []);
        assert.deepStrictEqual(bodies, ['oneoneone', 'twotwotwo']);
      }),
    );
  });

  test('of which only the end is heard is left out, and what follows is heard', () => {
    const assembler = new Assembler();
    assert.equal(receive(records.slice(1), assembler), null);
    assert.equal(receive(encodeMessage({ stream: 'a', sequence: 1, body: 'next' }), assembler)?.body, 'next');
  });
});

test('a message that is missing is an error that says which', () => {
  const assembler = new Assembler();
  receive(encodeMessage({ stream: 'agent 1', sequence: 4, body: 'x' }), assembler);
  assert.throws(
    () => receive(encodeMessage({ stream: 'agent 1', sequence: 6, body: 'x' }), assembler),
    /Message 5 of agent 1 is missing/,
  );
});

test('a message of another version of the protocol is an error that says both', () => {
  const [record] = encodeMessage({ stream: 'a', sequence: 0, body: 'x' }) as [Uint8Array];
  record[0] = 99;
  assert.throws(
    () => new Assembler().take(record),
    (error: unknown) =>
      error instanceof HarnessError &&
      error.message.includes('version 99') &&
      error.message.includes(`version ${protocolVersion}`),
  );
});
