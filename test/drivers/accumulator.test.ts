import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Accumulator, type AccumulatorOptions, type Batch } from '../../src/drivers/accumulator.ts';
import { nowMicros } from '../../src/support/clock.ts';

/** An accumulator whose requests are answered when the test says so. */
function anAccumulator(options: Partial<AccumulatorOptions<string>> = {}) {
  const requests: {
    readonly batches: readonly Batch<string>[];
    readonly atMicros: number;
    readonly done: () => void;
  }[] = [];
  const waiting: (() => void)[] = [];
  const accumulator = new Accumulator<string>({
    lingerMicros: 5_000,
    batchSizeBytes: 1_000,
    mostMessagesPerBatch: 500,
    maxInFlightRequests: 1,
    deliveryTimeoutMicros: 10e6,
    order: 'turn',
    leaderOf: () => 0,
    expired: () => undefined,
    send(batches, done) {
      requests.push({ batches, done, atMicros: nowMicros() });
      waiting.shift()?.();
    },
    ...options,
  });
  let tickets = 0;
  return {
    accumulator,
    requests,
    add: (place: number, bytes = 100): void => {
      accumulator.add(place, tickets, `m${tickets++}`, bytes);
      accumulator.dispatch();
    },
    nextRequest: () => new Promise<void>(resolve => waiting.push(resolve)),
  };
}

/** An accumulator whose leader has answered a first request, which was `m0`. */
async function aWarmAccumulator(options: Partial<AccumulatorOptions<string>>) {
  const warm = anAccumulator({ lingerMicros: 0, ...options });
  warm.add(0);
  await turn();
  warm.requests.shift()?.done();
  await turn();
  return warm;
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

const messagesOf = (request: { readonly batches: readonly Batch<string>[] } | undefined): string[][] =>
  (request?.batches ?? []).map(({ messages }) => messages);

test('a batch waits for linger, counted from its first message, and never less', async () => {
  const { add, requests, nextRequest } = anAccumulator();
  const beganMicros = nowMicros();
  const sent = nextRequest();
  add(0);
  add(0);
  assert.equal(requests.length, 0);
  await sent;
  assert.deepEqual(messagesOf(requests[0]), [['m0', 'm1']]);
  assert.ok((requests[0]?.atMicros ?? 0) - beganMicros >= 5_000);
});

test('a full batch does not wait', () => {
  const { add, requests } = anAccumulator();
  for (let i = 0; i < 10; i++) add(0);
  assert.deepEqual(messagesOf(requests[0]), [['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9']]);
});

test('with linger 0 what one turn brings shares a request, a batch per place', async () => {
  const { add, requests, nextRequest } = anAccumulator({ lingerMicros: 0 });
  const sent = nextRequest();
  add(0);
  add(1);
  add(0);
  assert.equal(requests.length, 0);
  await sent;
  assert.deepEqual(messagesOf(requests[0]), [['m0', 'm2'], ['m1']]);
});

test('no more requests are in flight per leader than allowed; a batch goes on filling meanwhile', async () => {
  const { add, requests, accumulator } = anAccumulator({ lingerMicros: 0, batchSizeBytes: 250 });
  add(0);
  await Promise.resolve();
  add(0);
  await Promise.resolve();
  add(0);
  await Promise.resolve();
  assert.equal(requests.length, 1);
  assert.equal(accumulator.waitingBytes, 200);
  await turn();
  requests[0]?.done();
  assert.deepEqual(messagesOf(requests[1]), [['m1', 'm2']]);
});

test('one leader’s requests do not hold another leader’s back', async () => {
  const { add, requests } = anAccumulator({ lingerMicros: 0, leaderOf: place => place });
  add(0);
  await Promise.resolve();
  add(1);
  await Promise.resolve();
  assert.deepEqual(requests.map(messagesOf), [[['m0']], [['m1']]]);
});

test('messages of a place leave in the order in which they came, however they are batched', async () => {
  const { add, requests, accumulator } = anAccumulator({ lingerMicros: 0, batchSizeBytes: 300 });
  for (let i = 0; i < 100; i++) add(i % 3);
  for (let i = 0; accumulator.waitingBytes > 0; i++) {
    await turn();
    requests[i]?.done();
  }
  const byPlace = new Map<number, number[]>();
  for (const { place, tickets } of requests.flatMap(({ batches }) => batches)) {
    byPlace.set(place, [...(byPlace.get(place) ?? []), ...tickets]);
  }
  for (const [place, tickets] of byPlace) {
    assert.deepEqual(
      tickets,
      Array.from({ length: 100 }, (_, i) => i).filter(ticket => ticket % 3 === place),
    );
  }
});

test('a flush sends what waits for linger', () => {
  const { add, requests, accumulator } = anAccumulator({ lingerMicros: 1_000_000 });
  add(0);
  accumulator.flush();
  assert.deepEqual(messagesOf(requests[0]), [['m0']]);
  assert.equal(accumulator.waitingBytes, 0);
});

test('one request per leader and turn: what a client writes within the turn is written in order', async () => {
  const { add, requests } = await aWarmAccumulator({ batchSizeBytes: 100, maxInFlightRequests: 5 });
  for (let i = 0; i < 3; i++) add(0);
  await Promise.resolve();
  assert.equal(requests.length, 1);
  await turn();
  await turn();
  assert.deepEqual(requests.map(messagesOf).flat(2), ['m1', 'm2', 'm3']);
});

test("a leader's first request goes alone: others could overtake it while the client connects", async () => {
  const { add, requests } = anAccumulator({ lingerMicros: 0, batchSizeBytes: 100, maxInFlightRequests: 5 });
  for (let i = 0; i < 3; i++) {
    add(0);
    await turn();
  }
  assert.deepEqual(requests.map(messagesOf), [[['m0']]]);
  requests[0]?.done();
  await turn();
  await turn();
  assert.deepEqual(requests.map(messagesOf).flat(2), ['m0', 'm1', 'm2']);
});

test('where a client may let a later request overtake, a place waits for its answer and other places do not', async () => {
  const { add, requests } = await aWarmAccumulator({ batchSizeBytes: 100, maxInFlightRequests: 5, order: 'place' });
  add(0);
  await turn();
  add(0);
  add(1);
  await turn();
  assert.deepEqual(requests.map(messagesOf), [[['m1']], [['m3']]]);
  requests[0]?.done();
  await turn();
  assert.deepEqual(messagesOf(requests[2]), [['m2']]);
});

/** Notes what is given up. The accumulator's own timer keeps no process alive, so this does. */
class Graveyard {
  readonly given: { readonly messages: string[]; readonly atMicros: number }[] = [];
  #changed = Promise.withResolvers<void>();

  readonly expired = ({ messages }: Batch<string>): void => {
    this.given.push({ messages, atMicros: nowMicros() });
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  };

  async untilGiven(count: number): Promise<void> {
    const alive = setTimeout(() => assert.fail('nothing was given up'), 5_000);
    while (this.given.length < count) await this.#changed.promise;
    clearTimeout(alive);
  }
}

test('what waits or is in flight longer than the delivery time-out is given up once, and not sent any more', async () => {
  const graveyard = new Graveyard();
  const { given, expired } = graveyard;
  const { add, requests, accumulator } = anAccumulator({ lingerMicros: 0, deliveryTimeoutMicros: 20_000, expired });
  const beganMicros = nowMicros();
  add(0);
  await turn();
  add(0);
  await turn();
  await graveyard.untilGiven(2);
  assert.ok((given[0]?.atMicros ?? 0) - beganMicros >= 20_000);
  assert.deepEqual(
    given.map(({ messages }) => messages),
    [['m0'], ['m1']],
  );
  assert.equal(requests[0]?.batches[0]?.isExpired, true);
  assert.equal(accumulator.waitingBytes, 0);
  requests[0]?.done();
  await turn();
  assert.equal(requests.length, 1);
});

test('what is answered in time is not given up, and what comes later has its own time', async () => {
  const graveyard = new Graveyard();
  const { given, expired } = graveyard;
  const { add, requests } = anAccumulator({ lingerMicros: 0, deliveryTimeoutMicros: 30_000, expired });
  add(0);
  await turn();
  requests[0]?.done();
  await pause(15);
  const addedMicros = nowMicros();
  add(0);
  await graveyard.untilGiven(1);
  assert.deepEqual(given[0]?.messages, ['m1']);
  assert.ok((given[0]?.atMicros ?? 0) - addedMicros >= 30_000);
});

test('an accumulator that is closed sends nothing more', async () => {
  const { add, requests, accumulator } = anAccumulator({ lingerMicros: 0 });
  add(0);
  await turn();
  add(0);
  accumulator.close();
  requests[0]?.done();
  accumulator.flush();
  await turn();
  assert.equal(requests.length, 1);
});
