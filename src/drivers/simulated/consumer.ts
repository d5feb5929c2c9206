/** A group's member that reads the simulated broker's logs: its share of the partitions, as soon as something is appended. Hot. */
import { nowMicros } from '../../support/clock.ts';
import { threadIdle } from '../../support/idle-meter.ts';
import type { Stamp } from '../../support/stamp.ts';
import type { ConsumerConnection, ConsumerEvents, ConsumerOptions, RecordBatch } from '../driver.ts';
import { Control } from './memory.ts';
import { type PartitionLog, viewLogs } from './partition-log.ts';
import { handleOf, type SimulatedHandle } from './settings.ts';

/** Records that one batch holds. */
const mostPerBatch = 1_024;

/**
 * With nothing to read, the thread sleeps until an append wakes it, which takes tens of microseconds where a timer takes
 * up to two milliseconds. Meanwhile the thread does nothing else, so it sleeps no longer than this at a time.
 */
const napMillis = 0.25;

/** One partition that the member reads. */
interface Position {
  readonly topic: number;
  readonly partition: number;
  readonly log: PartitionLog;
  nextOffset: number;
}

export class SimulatedConsumer implements ConsumerConnection {
  readonly effective;
  readonly ready: Promise<void>;
  readonly #control: Control;
  readonly #events: ConsumerEvents;
  readonly #positions: readonly Position[];
  readonly #mayMeetLost: boolean;
  readonly #batch = new LogBatch();
  #immediate: NodeJS.Immediate;
  /** While it is held back, what it waits for. */
  #held: Promise<void> | null = null;
  #isClosed = false;

  /** Throws a usage error where the options carry no simulated broker. */
  constructor(options: ConsumerOptions, events: ConsumerEvents) {
    const handle = handleOf(options.simulatedBroker);
    this.#control = new Control(handle.control);
    this.#events = events;
    this.#mayMeetLost = handle.settings.lose > 0;
    this.#positions = positionsOf(handle, options, viewLogs(handle.logs, this.#control));
    this.effective = { start: options.start, member: options.member, members: options.members };
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#immediate = setImmediate(() => {
      for (let topic = 0; topic < handle.topics; topic++) events.assigned(topic, this.#partitionsOf(topic));
      this.#poll();
      resolve();
    });
  }

  /** There is nothing to go on from: its broker keeps no offsets of groups. */
  async commit(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearImmediate(this.#immediate);
  }

  #partitionsOf(topic: number): number[] {
    return this.#positions.filter(position => position.topic === topic).map(({ partition }) => partition);
  }

  readonly #poll = (): void => {
    if (this.#isClosed) return;
    this.#immediate = setImmediate(this.#poll);
    const { appends } = this.#control;
    let hasRead = false;
    for (const position of this.#positions) {
      const { start, length } = position.log;
      // what the log has dropped is passed over, as by a client that begins anew at the earliest
      if (position.nextOffset < start) position.nextOffset = start;
      const untilOffset = Math.min(length, position.nextOffset + mostPerBatch);
      if (position.nextOffset === untilOffset) continue;
      this.#read(position, untilOffset);
      if (this.#held !== null) return;
      hasRead = true;
    }
    if (!hasRead) this.#nap(appends);
  };

  #nap(appends: number): void {
    threadIdle.foundNothing(nowMicros());
    this.#control.awaitAppends(appends, napMillis);
    threadIdle.waitedUntil(nowMicros());
  }

  /** Hands over what stands before an offset, in runs that lost messages interrupt, until the member is held back. */
  #read(position: Position, untilOffset: number): void {
    while (position.nextOffset < untilOffset && this.#held === null) {
      const first = position.nextOffset;
      const end = this.#mayMeetLost ? nextLost(position.log, first, untilOffset) : untilOffset;
      position.nextOffset = Math.min(end + 1, untilOffset);
      this.#batch.show(position, first, end - first);
      const held = this.#events.batch(this.#batch, nowMicros());
      if (held !== undefined) this.#hold(held);
    }
  }

  #hold(held: Promise<void>): void {
    this.#held = held;
    clearImmediate(this.#immediate);
    void held.then(() => {
      this.#held = null;
      this.#poll();
    });
  }
}

/** The offset of the first lost message at or after `from`; `until` where there is none before it. */
function nextLost(log: PartitionLog, from: number, until: number): number {
  let offset = from;
  while (offset < until && !log.isLost(offset)) offset++;
  return offset;
}

/** The partitions that are a member's, and where it begins in each. */
function positionsOf(
  { partitionsPerTopic }: SimulatedHandle,
  { member, members, start }: ConsumerOptions,
  logs: readonly PartitionLog[],
): Position[] {
  const all = logs.map((log, place) => ({
    topic: Math.floor(place / partitionsPerTopic),
    partition: place % partitionsPerTopic,
    log,
    nextOffset: start === 'latest' ? log.length : 0,
  }));
  return all.filter((_, place) => place % members === member);
}

/** A run of a log's records. The log keeps stamps alone: keys, values and headers are not known. */
class LogBatch implements RecordBatch {
  topic = 0;
  partition = 0;
  count = 0;
  nextOffset = 0;
  #log: PartitionLog | null = null;
  #first = 0;

  show({ topic, partition, log, nextOffset }: Position, first: number, count: number): void {
    this.topic = topic;
    this.nextOffset = nextOffset;
    this.partition = partition;
    this.count = count;
    this.#log = log;
    this.#first = first;
  }

  offset(index: number): number {
    return this.#first + index;
  }

  readStamp(index: number, into: Stamp): boolean {
    this.#log?.readStamp(this.#first + index, into);
    return this.#log !== null;
  }

  /** Not kept. */
  key(): null {
    return null;
  }

  /** Not kept. */
  value(): null {
    return null;
  }

  /** Not kept. */
  header(): readonly Buffer[] {
    return [];
  }
}
