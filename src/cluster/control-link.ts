/** Carries a host's messages to and from other hosts over topics of a cluster: bytes in order, each at least once. */
import { randomUUID } from 'node:crypto';
import type { Consumer, KafkaConfig, Producer } from 'kafkajs';
import { openKafka } from '../drivers/kafkajs/client.ts';
import { Connections } from '../drivers/kafkajs/connections.ts';
import { HarnessError, messageOf } from '../support/errors.ts';
import { noLongerThan } from '../support/wait.ts';
import { type Access, withAdmin } from './admin.ts';

/** What is read, and who hears of it. */
export interface ControlReading {
  readonly clientId: string;
  /** Of one partition. Read from where it ends when the link is opened. */
  readonly topic: string;
  readonly received: (value: Buffer) => void;
  /** Nothing is sent or received any more. */
  readonly failed: (error: HarnessError) => void;
}

/** Disposing it sends what is left, and leaves. */
export interface ControlLink extends AsyncDisposable {
  /** Sends after all that was given before; what cannot be sent ends the link. */
  send(topic: string, value: Uint8Array): void;
}

/** A cluster that elects leaders is waited for, and not for ever: whoever is silent for five seconds counts as lost. */
const patient: Partial<KafkaConfig> = {
  connectionTimeout: 3_000,
  requestTimeout: 10_000,
  retry: { retries: 6, initialRetryTime: 100, maxRetryTime: 1_000 },
};

/** A record batch must stay below what a broker takes, 1 MiB unless it is told otherwise. */
const mostBatchBytes = 950_000;

/** Until a broker answers a fetch that finds nothing: so long does it take to leave. */
const fetchWaitMillis = 250;

/** A group's coordinator may have to be elected first. */
const joiningMillis = 30_000;

/** What cannot be sent within that when a link is closed is not sent. */
const closingMillis = 5_000;

/**
 * Opens a link over topics that are there.
 * @throws HarnessError 'environment' where the cluster cannot be reached
 */
export async function openControlLink(access: Access, reading: ControlReading): Promise<ControlLink> {
  let isClosing = false;
  const connections = new Connections();
  const kafka = openKafka({ ...access, clientId: reading.clientId }, patient, connections);
  const producer = kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1 });
  const consumer = kafka.consumer({
    groupId: `${reading.topic}.${randomUUID()}`,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: fetchWaitMillis,
    sessionTimeout: 30_000,
    // else a consumer that fails while it leaves begins again, for ever
    retry: { ...patient.retry, restartOnFailure: async () => !isClosing },
  });
  await using opened = new AsyncDisposableStack();
  opened.defer(async () => {
    isClosing = true;
    await connections.close(async () => {
      await Promise.all([producer.disconnect(), consumer.disconnect()]);
    }, fetchWaitMillis);
  });
  const outbox = new Outbox(producer, cause => reading.failed(unreachable(access, cause)));
  try {
    await producer.connect();
    await consumer.connect();
    const [end] = await withAdmin(access, admin => admin.fetchTopicOffsets(reading.topic));
    await read(consumer, reading, end?.high ?? '0', error => {
      if (!isClosing && !outbox.isClosed) reading.failed(unreachable(access, error));
    });
  } catch (cause) {
    throw unreachable(access, cause);
  }
  const closing = opened.move();
  return {
    send: (topic, value) => outbox.add(topic, value),
    async [Symbol.asyncDispose]() {
      await outbox.close();
      await closing.disposeAsync();
    },
  };
}

/** Resolves when it reads; throws what keeps it from that, and hands over what ends it later. */
async function read(
  consumer: Consumer,
  { topic, received }: ControlReading,
  fromOffset: string,
  failed: (error: Error) => void,
): Promise<void> {
  let next = BigInt(fromOffset);
  let isReading = false;
  let failure: Error | null = null;
  const joined = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    failure = error;
    if (restart) return; // it begins again by itself, and where it was
    if (isReading) failed(error);
    else joined.resolve();
  });
  // nothing is committed: a member that has to join again, as after a time-out, would go on at the end and pass over what came meanwhile
  consumer.on(consumer.events.GROUP_JOIN, () => {
    consumer.seek({ topic, partition: 0, offset: String(next) });
    isReading = true;
    joined.resolve();
  });
  await consumer.subscribe({ topic, fromBeginning: false });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      next = BigInt(message.offset) + 1n;
      if (message.value !== null) received(message.value);
    },
  });
  await noLongerThan(joiningMillis, joined.promise);
  if (!isReading) throw failure ?? new Error(`it cannot be read within ${joiningMillis / 1e3} s`);
}

const unreachable = ({ brokers }: Access, cause: unknown): HarnessError =>
  new HarnessError('environment', `The control cluster at ${brokers.join(', ')} failed: ${messageOf(cause)}.`, {
    hint: 'Check that it runs, that this host reaches it, and that nobody deletes its topics meanwhile.',
    cause,
  });

/** Which of these topics are there. @throws HarnessError 'environment' where the cluster cannot be reached */
export async function topicsAmong(access: Access, names: readonly string[]): Promise<readonly string[]> {
  try {
    const there = new Set(await withAdmin(access, admin => admin.listTopics()));
    return names.filter(name => there.has(name));
  } catch (cause) {
    throw unreachable(access, cause);
  }
}

interface Outgoing {
  readonly topic: string;
  readonly value: Uint8Array;
}

/** Sends one request after the other; what comes meanwhile goes with the next. */
class Outbox {
  isClosed = false;
  readonly #producer: Producer;
  readonly #failed: (cause: unknown) => void;
  #waiting: Outgoing[] = [];
  #sending: Promise<void> | null = null;

  constructor(producer: Producer, failed: (cause: unknown) => void) {
    this.#producer = producer;
    this.#failed = failed;
  }

  add(topic: string, value: Uint8Array): void {
    if (this.isClosed) return;
    this.#waiting.push({ topic, value });
    this.#sending ??= this.#sendAll();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await noLongerThan(closingMillis, this.#sending ?? Promise.resolve());
  }

  async #sendAll(): Promise<void> {
    try {
      // what is added in this turn goes together
      await Promise.resolve();
      while (this.#waiting.length > 0) {
        const batch = Map.groupBy(this.#next(), ({ topic }) => topic);
        const topicMessages = [...batch].map(([topic, messages]) => ({
          topic,
          messages: messages.map(({ value }) => ({ value: Buffer.from(value.buffer, value.byteOffset, value.length) })),
        }));
        await this.#producer.sendBatch({ acks: -1, topicMessages });
      }
    } catch (cause) {
      const wasClosed = this.isClosed;
      this.isClosed = true;
      this.#waiting = [];
      if (!wasClosed) this.#failed(cause);
    } finally {
      this.#sending = null;
    }
  }

  #next(): Outgoing[] {
    let bytes = 0;
    const end = this.#waiting.findIndex(({ value }, i) => (bytes += value.length) > mostBatchBytes && i > 0);
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }
}
