/** Hands over what was fetched, batch by batch: checked, without what was aborted or is no message, and no sooner than the host takes it. */
import type { RecordBatch } from '../driver.ts';
import type { Position } from './position.ts';
import { checkCrc, readBatchHeader, type RecordView } from './record-view.ts';
import type { AbortedTransactions } from './transactions.ts';

/** The batches that a partition got in one answer: those in the bytes [at, end) are still to be handed over. */
export interface Fetched {
  readonly position: Position;
  at: number;
  end: number;
  /** From which offset on they were asked for. */
  readonly fromOffset: number;
  readonly aborted: AbortedTransactions;
}

export interface RecordDeliverySettings {
  /** Shows one batch after the other. */
  readonly view: RecordView;
  readonly checksCrc: boolean;
  /** Whether nobody wants more: a handler may close the client. */
  readonly isOver: () => boolean;
  /** A promise holds back what follows until it settles. */
  readonly onBatch: (records: RecordBatch) => void | Promise<void>;
  /** Hears that the host takes records again, and has all that waited. */
  readonly onLetGo: () => void;
  /** Hears why a batch that had to wait cannot be handed over, or that the host failed with one. */
  readonly onFailed: (error: Error) => void;
}

/** A batch that the host is busy with. */
interface Held {
  readonly position: Position;
  readonly isOver: Promise<void>;
}

export class RecordDelivery {
  readonly #settings: RecordDeliverySettings;
  /** What came while the host was busy, oldest first: in memory of its own, for a frame's is used again. */
  readonly #waiting: { readonly bytes: Buffer; readonly fetched: readonly Fetched[] }[] = [];
  #held: Held | null = null;

  constructor(settings: RecordDeliverySettings) {
    this.#settings = settings;
  }

  /** What the host is busy with; null where it takes records. */
  get held(): Held | null {
    return this.#held;
  }

  /**
   * Hands over what an answer holds, oldest first in each partition; of a batch without messages, only where the partition goes on.
   * @throws MalformedFrameError where a batch is not what its producer made
   */
  take(bytes: Buffer, fetched: readonly Fetched[]): void {
    const done = this.#held === null ? this.#handOver(bytes, fetched) : 0;
    if (done < fetched.length) this.#keep(bytes, fetched.slice(done));
  }

  /** Returns how many of them are done with: all, unless the host became busy. */
  #handOver(bytes: Buffer, fetched: readonly Fetched[]): number {
    for (let i = 0; i < fetched.length; i++) {
      this.#deliver(bytes, fetched[i] as Fetched);
      if (this.#held !== null) return i;
    }
    return fetched.length;
  }

  #deliver(bytes: Buffer, fetched: Fetched): void {
    const { view, checksCrc, isOver, onBatch } = this.#settings;
    const { position, aborted, fromOffset, end } = fetched;
    view.topic = position.topic;
    view.partition = position.partition;
    while (fetched.at < end && !position.isGone && !isOver()) {
      const { at } = fetched;
      const header = readBatchHeader(bytes, at);
      if (checksCrc) checkCrc(bytes, at, header.end);
      if (aborted.covers(bytes, at, header) || header.isControl) view.showNothing(header);
      else view.decode(bytes, at, header, fromOffset);
      const busy = onBatch(view);
      fetched.at = header.end;
      if (busy !== undefined) {
        this.#hold(busy, position, header.nextOffset);
        return;
      }
      position.doneOffset = header.nextOffset;
    }
  }

  #hold(busy: Promise<void>, position: Position, nextOffset: number): void {
    const isOver = busy.then(
      () => {
        position.doneOffset = nextOffset;
        this.#held = null;
        this.#goOn();
      },
      (error: unknown) => this.#settings.onFailed(error as Error),
    );
    this.#held = { position, isOver };
  }

  /** Hands over what waited, as far as the host takes it. */
  #goOn(): void {
    const { isOver, onFailed, onLetGo } = this.#settings;
    try {
      for (let next = this.#waiting[0]; next !== undefined && !isOver(); next = this.#waiting[0]) {
        if (this.#handOver(next.bytes, next.fetched) < next.fetched.length) return;
        this.#waiting.shift();
      }
    } catch (error) {
      onFailed(error as Error);
      return;
    }
    if (!isOver()) onLetGo();
  }

  #keep(bytes: Buffer, fetched: readonly Fetched[]): void {
    const start = Math.min(...fetched.map(({ at }) => at));
    const end = Math.max(...fetched.map(one => one.end));
    for (const one of fetched) {
      one.at -= start;
      one.end -= start;
    }
    this.#waiting.push({ bytes: Buffer.from(bytes.subarray(start, end)), fetched });
  }
}
