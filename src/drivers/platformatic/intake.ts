/** Takes what the library's stream gives, message by message, and hands it over in batches of one partition, when that may be. */
import type { MessagesStream } from '@platformatic/kafka';
import { nowMicros } from '../../support/clock.ts';
import type { ConsumerEvents } from '../driver.ts';
import type { Commits } from './commits.ts';
import { type Ownership, placeOf } from './ownership.ts';
import { PlatformaticRecords, type ReadMessage } from './records.ts';

export type Stream = MessagesStream<Buffer, Buffer, Buffer, Buffer>;

/** More would be told of late: the library makes a thousand messages in a few milliseconds, one after the other. */
const mostMessagesPerBatch = 256;

interface Parts {
  readonly topics: readonly string[];
  readonly stampIn: 'value' | 'header';
  readonly events: ConsumerEvents;
  readonly commits: Commits;
  readonly ownership: Ownership;
  /** Whether nothing may be read, because of a rebalance. */
  readonly isHeld: () => boolean;
}

export class Intake {
  readonly #parts: Parts;
  readonly #view: PlatformaticRecords;
  #stream: Stream | null = null;
  /** The topic of the batch that is being gathered, and whether its messages are passed over. */
  #topic = '';
  #isPassedOver = false;
  #isTickDue = false;
  #hasDelivered = false;
  /** What the member waits for before it is given more; the stream keeps what comes meanwhile. */
  #holds = 0;
  #inHand: Promise<void> | null = null;
  /** How many of the stream's next messages are not to be read. */
  #stale = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#view = new PlatformaticRecords(parts.stampIn);
  }

  /** Settles when the batch that holds the member back is done with; null where none does. */
  get inHand(): Promise<void> | null {
    return this.#inHand;
  }

  follow(stream: Stream): void {
    this.#stream = stream;
    this.#stale = 0;
    stream.on('fetch', () => this.#awaitTick(stream));
    stream.on('data', message => this.#take(stream, message));
  }

  /** The library goes on elsewhere, or from the same place anew: what the stream has kept is fetched again. */
  dropKept(stream: Stream): void {
    if (this.#stale !== Infinity) this.#stale = stream.readableLength;
  }

  /** Hands over nothing more, whatever comes. */
  close(): void {
    this.#stale = Infinity;
  }

  /** Hands over nothing more until this has settled. */
  holdBack(work: Promise<unknown>): void {
    this.#holds++;
    this.#stream?.pause();
    const letGo = (): void => {
      this.#holds--;
      this.goOn();
    };
    work.then(letGo, letGo);
  }

  /** Reads on if nothing is in the way any more. */
  goOn(): void {
    const stream = this.#stream;
    if (this.#isHeld || stream === null || stream.destroyed || this.#stale === Infinity) return;
    if (stream.isPaused()) stream.resume();
  }

  get #isHeld(): boolean {
    return this.#holds > 0 || this.#parts.isHeld();
  }

  /** Takes one message; what a fetch brings comes within one turn, partition by partition. */
  #take(stream: Stream, message: ReadMessage): void {
    if (this.#stale > 0) {
      this.#stale--;
      return;
    }
    const view = this.#view;
    if (message.partition !== view.partition || message.topic !== this.#topic) this.#begin(stream, message);
    if (this.#isPassedOver) return;
    view.add(message);
    if (view.count < mostMessagesPerBatch) return;
    const { topic, partition } = view;
    this.#handOver(view.offset(view.count - 1) + 1);
    view.begin(topic, partition);
  }

  #begin(stream: Stream, message: ReadMessage): void {
    this.#finish(stream);
    if (this.#isHeld) {
      // also where the library itself has resumed its stream, as after a rebalance
      stream.pause();
      stream.unshift(message);
      this.#isPassedOver = true;
      return;
    }
    const owned = this.#parts.ownership.places.get(placeOf(message.topic, message.partition));
    this.#topic = message.topic;
    this.#view.begin(owned?.topic ?? -1, message.partition);
    this.#isPassedOver = owned === undefined;
    this.#awaitTick(stream);
  }

  /** Hands over what was gathered, when all has come that a fetch brought of the partition. */
  #finish(stream: Stream): void {
    const view = this.#view;
    if (view.count > 0) {
      const after = view.offset(view.count - 1) + 1;
      // markers and what was aborted come behind the messages, and the library passes over them
      const position =
        stream.readableLength === 0 ? stream.offsetsToFetch.get(placeOf(this.#topic, view.partition)) : 0n;
      this.#handOver(Math.max(after, Number(position ?? 0n)));
    }
    view.begin(-1, -1);
    this.#topic = '';
  }

  #handOver(nextOffset: number): void {
    const view = this.#view;
    const { topics, events, commits } = this.#parts;
    view.nextOffset = nextOffset;
    this.#hasDelivered = true;
    const progress = commits.handOver(topics[view.topic] as string, view.partition, nextOffset);
    const held = events.batch(view, nowMicros());
    if (held === undefined) {
      progress.doneOffset = nextOffset;
      return;
    }
    const done = (): void => {
      progress.doneOffset = nextOffset;
      this.#inHand = null;
    };
    this.#inHand = held.then(done, done);
    this.holdBack(this.#inHand);
  }

  /** Comes back when the library has given all that a fetch brought. */
  #awaitTick(stream: Stream): void {
    if (this.#isTickDue) return;
    this.#isTickDue = true;
    process.nextTick(() => {
      this.#isTickDue = false;
      this.#finish(stream);
      if (!this.#hasDelivered) this.#tellWhatWasPassed(stream);
      this.#hasDelivered = false;
    });
  }

  /** A fetch may bring nothing but markers: the partition goes on behind them. */
  #tellWhatWasPassed(stream: Stream): void {
    const { commits, ownership } = this.#parts;
    for (const [place, { topic, partition }] of ownership.places) {
      if (this.#isHeld || stream.readableLength > 0) break;
      const offset = stream.offsetsToFetch.get(place);
      const told = commits.positionOf(place);
      if (offset === undefined || told === undefined || Number(offset) <= told) continue;
      this.#view.begin(topic, partition);
      this.#handOver(Number(offset));
    }
    this.#view.begin(-1, -1);
  }
}
