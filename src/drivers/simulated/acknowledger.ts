/** Acknowledges messages whose service has ended: appends them to the logs and tells the producer in runs. Hot. */
import { nowMicros } from '../../support/clock.ts';
import type { ProducerEvents } from '../driver.ts';
import { Appender } from './appender.ts';
import { Line } from './line.ts';
import type { Control } from './memory.ts';
import type { MessageTable } from './message-table.ts';
import { viewLogs } from './partition-log.ts';
import type { SimulatedHandle } from './settings.ts';
import type { TimedQueue } from './timed-queue.ts';

/** Messages acknowledged in one turn: keeps the lock and the event loop for a fraction of a millisecond. */
const mostPerTurn = 1_024;

/** What a producer shares with its acknowledger. */
interface Acknowledged {
  readonly messages: MessageTable;
  /** Tickets by the end of their service. */
  readonly ends: TimedQueue;
  /** Null with acks 0: then nothing is acknowledged, only appended. */
  readonly events: ProducerEvents | null;
}

export class Acknowledger {
  readonly #partitionsPerTopic: number;
  readonly #control: Control;
  readonly #appender: Appender;
  readonly #messages: MessageTable;
  readonly #ends: TimedQueue;
  readonly #events: ProducerEvents | null;
  /** Null where service ends in the order of arrival. */
  readonly #line: Line | null;
  /** What the turn has appended. */
  readonly #tickets = new Float64Array(mostPerTurn);
  readonly #partitions = new Int32Array(mostPerTurn);
  readonly #offsets = new Float64Array(mostPerTurn);

  constructor(handle: SimulatedHandle, producer: number, control: Control, { messages, ends, events }: Acknowledged) {
    this.#partitionsPerTopic = handle.partitionsPerTopic;
    this.#control = control;
    this.#appender = new Appender(handle, producer, control, viewLogs(handle.logs, control));
    this.#messages = messages;
    this.#ends = ends;
    this.#events = events;
    const { serviceTime, servers } = handle.settings;
    const mayOvertake = serviceTime.kind === 'exponential' && servers !== 1;
    this.#line = mayOvertake ? new Line(handle.logs.length) : null;
  }

  /** A message has begun its way through the servers. */
  arrived(ticket: number): void {
    this.#line?.arrive(this.#messages.partition(ticket), ticket);
  }

  /** Acknowledges some of what has ended by that instant of the host's clock; returns how many the producer was told of. */
  acknowledgeDue(atMicros: number): number {
    if (this.#ends.headMicros > atMicros) return 0;
    const count = this.#append(atMicros);
    if (this.#events === null) return 0;
    this.#tell(this.#events, count);
    return count;
  }

  /** Lets messages be held back to be reordered (again), as more are to come. */
  resume(): void {
    this.#appender.resume();
  }

  /** Appends what is held back, and holds nothing back until more is submitted. */
  release(): void {
    this.#control.logLock.acquire();
    try {
      this.#appender.release();
    } finally {
      this.#control.logLock.release();
    }
    this.#control.announceAppends();
  }

  #append(atMicros: number): number {
    let count = 0;
    this.#control.logLock.acquire();
    try {
      for (; count < mostPerTurn && this.#ends.headMicros <= atMicros; count++) {
        const ticket = this.#ends.take();
        this.#tickets[count] = ticket;
        this.#partitions[count] = this.#messages.partition(ticket);
        this.#offsets[count] = this.#line === null ? this.#appendOne(ticket) : this.#appendInOrder(this.#line, ticket);
      }
    } finally {
      this.#control.logLock.release();
    }
    this.#control.announceAppends();
    return count;
  }

  #appendOne(ticket: number): number {
    const offset = this.#appender.append(this.#messages, ticket);
    this.#messages.end(ticket);
    return offset;
  }

  /** Appends what may be now that this one has ended; returns its offset, −1 where it waits for one before it. */
  #appendInOrder(line: Line, ticket: number): number {
    const partition = this.#messages.partition(ticket);
    let offset = -1;
    line.end(ticket);
    for (let next = line.takeReady(partition); next >= 0; next = line.takeReady(partition)) {
      const appended = this.#appendOne(next);
      if (next === ticket) offset = appended;
    }
    return offset;
  }

  #tell(events: ProducerEvents, count: number): void {
    const at = nowMicros();
    for (let from = 0; from < count;) {
      let to = from + 1;
      while (to < count && this.#follows(to)) to++;
      const partition = (this.#partitions[from] as number) % this.#partitionsPerTopic;
      events.acknowledged(this.#tickets[from] as number, to - from, at, partition, this.#offsets[from] as number);
      from = to;
    }
  }

  /** Whether ticket and offset of the i-th message are one more than those of the message before, in the same partition. */
  #follows(i: number): boolean {
    const offset = this.#offsets[i - 1] as number;
    return (
      offset >= 0 &&
      this.#offsets[i] === offset + 1 &&
      this.#tickets[i] === (this.#tickets[i - 1] as number) + 1 &&
      this.#partitions[i] === this.#partitions[i - 1]
    );
  }
}
