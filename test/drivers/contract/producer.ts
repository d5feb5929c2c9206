/** A producer of the contract suite, which notes what it is told of every ticket. */
import assert from 'node:assert/strict';
import {
  type MessageBlock,
  plainText,
  type ProducerConnection,
  type ProducerEvents,
  type ProducerOptions,
} from '../../../src/drivers/driver.ts';
import { content, upTo } from './messages.ts';
import type { Ground, Subject } from './subject.ts';

/** What a producer was told of a message. */
export interface Outcome {
  readonly kind: 'acknowledged' | 'failed' | 'departed';
  readonly atMicros: number;
  readonly partition: number;
  readonly offset: number;
  readonly error: Error | null;
}

/** Everything that a producer was told, by ticket. */
export class Ledger implements ProducerEvents {
  /** By ticket; one outcome each is what the contract wants. */
  readonly outcomes: Outcome[][] = [];
  /** Calls: each tells of a run. */
  runs = 0;
  /** Tickets that have an outcome. */
  ended = 0;
  #changed = Promise.withResolvers<void>();
  #writable = Promise.withResolvers<void>();

  // oxlint-disable-next-line max-params -- the contract's
  acknowledged(first: number, count: number, atMicros: number, partition: number, baseOffset: number): void {
    this.#note(first, count, i => {
      const offset = baseOffset < 0 ? -1 : baseOffset + i;
      return { kind: 'acknowledged', atMicros, partition, offset, error: null };
    });
  }

  failed(first: number, count: number, atMicros: number, error: Error): void {
    this.#note(first, count, () => ({ kind: 'failed', atMicros, partition: -1, offset: -1, error }));
  }

  departed(first: number, count: number, atMicros: number): void {
    this.#note(first, count, () => ({ kind: 'departed', atMicros, partition: -1, offset: -1, error: null }));
  }

  writable(): void {
    this.#writable.resolve();
    this.#writable = Promise.withResolvers();
  }

  /** Settles when the client next says that it takes messages again. */
  untilWritable(): Promise<void> {
    return this.#writable.promise;
  }

  /** Settles when something holds that changes with outcomes. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#changed.promise;
  }

  /** Settles when so many messages have an outcome. */
  untilEnded(count: number): Promise<void> {
    return this.until(() => this.ended >= count);
  }

  /** The only outcome of a ticket. */
  of(ticket: number): Outcome {
    const outcomes = this.outcomes[ticket] ?? [];
    assert.equal(outcomes.length, 1, `ticket ${ticket} has ${outcomes.length} outcomes`);
    return outcomes[0] as Outcome;
  }

  /** How many messages ended in which way; asserts that each of the first `count` tickets ended once, and no other did. */
  tally(count: number): Partial<Record<Outcome['kind'], number>> {
    assert.ok(this.outcomes.length <= count, 'a ticket that was never submitted has an outcome');
    const kinds = Map.groupBy(
      upTo(count).map(ticket => this.of(ticket)),
      ({ kind }) => kind,
    );
    return Object.fromEntries([...kinds].map(([kind, outcomes]) => [kind, outcomes.length]));
  }

  #note(first: number, count: number, outcomeOf: (i: number) => Outcome): void {
    this.runs++;
    for (let i = 0; i < count; i++) {
      const outcomes = (this.outcomes[first + i] ??= []);
      if (outcomes.push(outcomeOf(i)) === 1) this.ended++;
    }
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

export interface TestProducer extends AsyncDisposable {
  readonly connection: ProducerConnection;
  readonly ledger: Ledger;
  /** Submits a whole block, however often the client says to wait. */
  submitAll(block: MessageBlock): Promise<void>;
  /** Submits a whole block, which the client is to take at once, and waits for its outcomes. */
  send(block: MessageBlock): Promise<void>;
}

/** Opens a producer on some ground, with acks all and linger 0 unless told otherwise. */
export async function openProducer(
  { driver, name }: Pick<Subject, 'driver' | 'name'>,
  { brokers, topics, simulatedBroker }: Pick<Ground, 'brokers' | 'topics' | 'simulatedBroker'>,
  options: Partial<ProducerOptions> = {},
): Promise<TestProducer> {
  const ledger = new Ledger();
  const all: ProducerOptions = {
    brokers,
    clientId: `contract-${name}`,
    topics,
    config: {},
    options: {},
    security: plainText,
    simulatedBroker,
    producer: 0,
    content,
    acks: 'all',
    idempotence: false,
    lingerMicros: 0,
    batchSizeBytes: 16_384,
    compression: 'none',
    maxInFlightRequests: 5,
    requestTimeoutMicros: 10e6,
    deliveryTimeoutMicros: 20e6,
    clientPartitioner: null,
    queue: 'unbounded',
    ...options,
  };
  const connection = await driver.openProducer(all, ledger);
  return {
    connection,
    ledger,
    async submitAll(block) {
      for (let from = 0; from < block.count;) {
        const writable = ledger.untilWritable();
        from += connection.submit(block, from);
        if (from < block.count) await writable;
      }
    },
    async send(block) {
      const before = ledger.ended;
      assert.equal(connection.submit(block, 0), block.count);
      await ledger.untilEnded(before + block.count);
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
