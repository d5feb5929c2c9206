/** Carries the bytes of one connection in one direction, with what the way's fault does to them, in order and within a bound. */
import type { Socket } from 'node:net';
import { nowMicros } from '../../support/clock.ts';
import { resetSocket } from './reset-socket.ts';
import type { Way } from './way.ts';

/** Turns the next bytes of a stream into those that are to go on. @throws Error where it cannot be understood */
export type Filter = (chunk: Buffer) => readonly Buffer[];

/** What travels: bytes, and the two ends that a connection can have. */
type Parcel = Buffer | 'end' | 'reset';

interface Delayed {
  readonly parcel: Parcel;
  dueMicros: number;
}

/** So much of a connection's bytes is under way at most, as the window of a TCP connection would have it: Linux lets it grow to 6 MiB. */
const mostDelayedBytes = 6 << 20;

const sizeOf = (parcel: Parcel): number => (typeof parcel === 'string' ? 0 : parcel.length);

export interface PipeParts {
  readonly from: Socket;
  readonly to: Socket;
  readonly way: Way;
  readonly filter: Filter | null;
  /** The stream cannot be understood. */
  readonly onNonsense: (error: Error) => void;
}

/**
 * Two queues: what waits before the way's bottleneck, and what has passed it and arrives later. Without a fault both are empty, and bytes
 * go from socket to socket at once. Reading pauses while the queues are full, the other socket is, or the way is stalled.
 */
export class Pipe {
  readonly #parts: PipeParts;
  #waiting: Parcel[] = [];
  bytesWaiting = 0;
  #delayed: Delayed[] = [];
  #delayedBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #hasEnded = false;
  #isClosed = false;

  constructor(parts: PipeParts) {
    this.#parts = parts;
    const { from, to, way } = parts;
    way.add(this);
    from.on('data', chunk => this.#take(chunk as Buffer));
    from.on('end', () => this.#finish('end'));
    from.on('error', () => this.#finish('reset'));
    to.on('drain', () => this.#regulate());
    this.#regulate();
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Forgets all that it holds: the connection is over. */
  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#waiting = [];
    this.#delayed = [];
    this.#parts.way.remove(this);
  }

  /** Lets so many of the waiting bytes through the bottleneck, and the end that may stand behind them. */
  pass(bytes: number): void {
    let left = bytes;
    for (;;) {
      const parcel = this.#waiting[0];
      if (parcel === undefined || (left <= 0 && sizeOf(parcel) > 0)) break;
      if (typeof parcel !== 'string' && parcel.length > left) {
        this.#waiting[0] = parcel.subarray(left);
        this.#delay(parcel.subarray(0, left));
        this.bytesWaiting -= left;
        break;
      }
      this.#waiting.shift();
      this.bytesWaiting -= sizeOf(parcel);
      left -= sizeOf(parcel);
      this.#delay(parcel);
    }
    this.#regulate();
  }

  /** The way has changed: what is under way arrives as it does now, where that is sooner. */
  look(): void {
    const { latencyMicros, jitterMicros } = this.#parts.way.hindrance;
    const latestMicros = nowMicros() + latencyMicros + jitterMicros;
    for (const delayed of this.#delayed) delayed.dueMicros = Math.min(delayed.dueMicros, latestMicros);
    this.#release();
    this.#regulate();
  }

  #take(chunk: Buffer): void {
    if (this.#isClosed) return;
    try {
      for (const bytes of this.#parts.filter?.(chunk) ?? [chunk]) this.#enter(bytes);
    } catch (error) {
      this.#parts.onNonsense(error as Error);
    }
  }

  #finish(end: 'end' | 'reset'): void {
    if (this.#isClosed || (this.#hasEnded && end === 'end')) return;
    this.#hasEnded = true;
    this.#enter(end);
  }

  #enter(parcel: Parcel): void {
    const { way } = this.#parts;
    if (!way.isNarrow && !this.hasWaiting) {
      this.#delay(parcel);
    } else {
      this.#waiting.push(parcel);
      this.bytesWaiting += sizeOf(parcel);
      way.queue(this);
    }
    this.#regulate();
  }

  /** What has passed the bottleneck arrives after the way's latency, and never before what passed earlier. */
  #delay(parcel: Parcel): void {
    const { way } = this.#parts;
    const delayMicros = way.delayMicros();
    const last = this.#delayed.at(-1);
    if (delayMicros === 0 && last === undefined && !way.hindrance.isStalled) return this.#deliver(parcel);
    const dueMicros = Math.max(nowMicros() + delayMicros, last?.dueMicros ?? 0);
    this.#delayed.push({ parcel, dueMicros });
    this.#delayedBytes += sizeOf(parcel);
    this.#arm();
  }

  #arm(): void {
    const [first] = this.#delayed;
    if (first === undefined || this.#timer !== null || this.#parts.way.hindrance.isStalled) return;
    const millis = Math.ceil((first.dueMicros - nowMicros()) / 1e3);
    this.#timer = setTimeout(() => this.#release(), Math.max(0, millis));
  }

  #release(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#isClosed || this.#parts.way.hindrance.isStalled) return;
    const now = nowMicros();
    let due = 0;
    for (; due < this.#delayed.length && (this.#delayed[due] as Delayed).dueMicros <= now; due++);
    for (const { parcel } of this.#delayed.splice(0, due)) {
      this.#delayedBytes -= sizeOf(parcel);
      this.#deliver(parcel);
    }
    this.#arm();
    this.#regulate();
  }

  #deliver(parcel: Parcel): void {
    const { to } = this.#parts;
    if (parcel === 'reset') resetSocket(to);
    else if (!to.writable) return;
    else if (parcel === 'end') to.end();
    else to.write(parcel);
  }

  #regulate(): void {
    const { from, to, way } = this.#parts;
    if (this.#isClosed || from.destroyed) return;
    const isFull =
      way.hindrance.isStalled ||
      this.bytesWaiting >= way.waitingBytes ||
      this.#delayedBytes >= mostDelayedBytes ||
      (to.writableNeedDrain && !to.destroyed);
    if (isFull) from.pause();
    else from.resume();
  }
}
