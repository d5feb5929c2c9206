/** Holds messages back for linger and batches, for clients that have neither. It stands below `sent`: waiting here counts as latency. */
import { nowMicros } from '../support/clock.ts';

/** Messages of one topic-partition that leave together. */
export interface Batch<M> {
  /** Topic index × partitions + partition, or any other number that stands for one queue. */
  readonly place: number;
  readonly tickets: number[];
  readonly messages: M[];
  bytes: number;
  /** When its first message came, on the host's clock. */
  openedMicros: number;
  /** Whether it was given up: what becomes of its request is nobody's business any more. */
  isExpired: boolean;
}

export interface AccumulatorOptions<M> {
  /** Infinity: a batch waits until it is full, or until a flush. */
  readonly lingerMicros: number;
  readonly batchSizeBytes: number;
  /** Where a client's cost per batch grows faster than the batch. */
  readonly mostMessagesPerBatch: number;
  readonly maxInFlightRequests: number;
  /** How long after its first message a batch is given up, whether it waits or is in flight. */
  readonly deliveryTimeoutMicros: number;
  /**
   * How a place's batches stay in order with several requests in flight. `turn`: the client writes a request in the turn of the
   * event loop that sends it, so one request per leader and turn will do. `place`: it may not, so a place waits for its answer.
   */
  readonly order: 'turn' | 'place';
  /** Which requests a place's batches may travel in: one leader, one queue of requests. */
  leaderOf(place: number): number;
  /** Sends a request with at most one batch per place; the batches are its own from now on. Calls `done` once, whatever comes of it. */
  send(batches: Batch<M>[], done: () => void): void;
  /** Hears of each request, when what it took does not wait any more. */
  sent?(): void;
  /** Hears of each batch that is given up. One that waited is not sent any more. */
  expired(batch: Batch<M>): void;
}

/** One leader's places and requests. */
interface Leader<M> {
  inFlight: number;
  /** Clients find and connect to a leader when they first send there, and requests that wait for that may overtake each other. */
  hasAnswered: boolean;
  /** Whether a request was sent in this turn of the event loop. */
  hasSent: boolean;
  /** Places with a request in flight. */
  readonly busy: Set<number>;
  readonly queues: Map<number, Batch<M>[]>;
}

/** A timer is early by this much, and the rest is polled: timers have a grain of a millisecond. */
const timerEarlyMicros = 1_200;

export class Accumulator<M> {
  readonly #options: AccumulatorOptions<M>;
  readonly #leaders = new Map<number, Leader<M>>();
  /** By place: the batches that wait, as they stand with the place's leader. */
  readonly #queues: Batch<M>[][] = [];
  /** Batches that wait or are in flight, oldest first. */
  readonly #undone = new Set<Batch<M>>();
  #deadline: NodeJS.Timeout | null = null;
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;
  #turnScheduled = false;
  #flushing = false;
  #isClosed = false;
  /** Bytes that wait for a request. */
  waitingBytes = 0;
  batches = 0;
  batchedMessages = 0;
  batchedBytes = 0;

  constructor(options: AccumulatorOptions<M>) {
    this.#options = options;
  }

  /** Puts a message into its place's open batch. Whoever has added what a turn brings calls `dispatch`. */
  add(place: number, ticket: number, message: M, bytes: number): void {
    const queue = this.#queues[place] ?? this.#openQueue(place);
    let batch = queue[queue.length - 1];
    if (batch === undefined || this.#isFull(batch, bytes)) {
      batch = { place, tickets: [], messages: [], bytes: 0, openedMicros: nowMicros(), isExpired: false };
      queue.push(batch);
      this.#undone.add(batch);
      if (this.#deadline === null) this.#awaitDeadline(this.#options.deliveryTimeoutMicros);
    }
    batch.tickets.push(ticket);
    batch.messages.push(message);
    batch.bytes += bytes;
    this.waitingBytes += bytes;
  }

  /** Sends what is ready; with linger 0 at the end of the turn, so that what a turn brings shares a batch. */
  dispatch(): void {
    if (this.#options.lingerMicros > 0) {
      this.#sendReady();
      return;
    }
    if (this.#turnScheduled) return;
    this.#turnScheduled = true;
    queueMicrotask(() => {
      this.#turnScheduled = false;
      this.#sendReady();
    });
  }

  /** Sends what waits for linger or a full batch as soon as requests in flight allow. */
  flush(): void {
    this.#flushing = true;
    this.#sendReady();
    this.#flushing = this.waitingBytes > 0;
  }

  /** Sends nothing more and stops the timers; what waits stays. */
  close(): void {
    this.#isClosed = true;
    this.#stopPolling();
    if (this.#deadline !== null) clearTimeout(this.#deadline);
  }

  #stopPolling(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
  }

  #awaitDeadline(waitMicros: number): void {
    this.#deadline = setTimeout(() => this.#expire(), Math.ceil(waitMicros / 1e3));
    this.#deadline.unref(); // only what is in flight keeps a process alive
  }

  /** Gives up what is too old, and comes again for the oldest of the others. */
  #expire(): void {
    const bornMicros = nowMicros() - this.#options.deliveryTimeoutMicros;
    this.#deadline = null;
    for (const batch of this.#undone) {
      if (batch.openedMicros > bornMicros) {
        this.#awaitDeadline(batch.openedMicros - bornMicros);
        return;
      }
      this.#giveUp(batch);
    }
  }

  #giveUp(batch: Batch<M>): void {
    this.#undone.delete(batch);
    batch.isExpired = true;
    const queue = this.#queues[batch.place];
    // of a place's waiting batches the oldest is the first
    if (queue?.[0] === batch) {
      queue.shift();
      this.waitingBytes -= batch.bytes;
    }
    this.#options.expired(batch);
  }

  #openQueue(place: number): Batch<M>[] {
    const id = this.#options.leaderOf(place);
    let leader = this.#leaders.get(id);
    if (leader === undefined) this.#leaders.set(id, (leader = newLeader<M>()));
    const queue: Batch<M>[] = [];
    leader.queues.set(place, queue);
    this.#queues[place] = queue;
    return queue;
  }

  #isFull(batch: Batch<M>, bytes: number): boolean {
    const { batchSizeBytes, mostMessagesPerBatch } = this.#options;
    return batch.bytes + bytes > batchSizeBytes || batch.tickets.length >= mostMessagesPerBatch;
  }

  #sendReady(): void {
    if (this.#isClosed) return;
    const now = nowMicros();
    let nextMicros = Infinity;
    for (const leader of this.#leaders.values()) {
      if (leader.hasSent || leader.inFlight >= this.#mostInFlight(leader)) continue;
      if (!this.#sendRequest(leader, now)) nextMicros = Math.min(nextMicros, this.#nextDeadline(leader));
    }
    this.#schedule(nextMicros - now);
  }

  #mostInFlight({ hasAnswered }: Leader<M>): number {
    return hasAnswered ? this.#options.maxInFlightRequests : 1;
  }

  /** Sends the leader's ready batches, one per place, in one request; false where none is ready. */
  #sendRequest(leader: Leader<M>, now: number): boolean {
    const request: Batch<M>[] = [];
    for (const [place, queue] of leader.queues) {
      const batch = queue[0];
      if (batch === undefined || leader.busy.has(place) || !this.#isReady(batch, queue.length, now)) continue;
      request.push(queue.shift() as Batch<M>);
    }
    if (request.length === 0) return false;
    for (const batch of request) this.#account(leader, batch);
    leader.inFlight++;
    leader.hasSent = true;
    setImmediate(() => {
      leader.hasSent = false;
      this.#sendReady();
    });
    this.#options.send(request, () => {
      leader.inFlight--;
      leader.hasAnswered = true;
      for (const batch of request) {
        leader.busy.delete(batch.place);
        this.#undone.delete(batch);
      }
      this.#sendReady();
    });
    this.#options.sent?.();
    return true;
  }

  #account(leader: Leader<M>, batch: Batch<M>): void {
    if (this.#options.order === 'place') leader.busy.add(batch.place);
    this.waitingBytes -= batch.bytes;
    this.batches++;
    this.batchedMessages += batch.tickets.length;
    this.batchedBytes += batch.bytes;
  }

  #isReady(batch: Batch<M>, queued: number, now: number): boolean {
    const { lingerMicros, batchSizeBytes, mostMessagesPerBatch } = this.#options;
    if (this.#flushing || queued > 1 || now - batch.openedMicros >= lingerMicros) return true;
    return batch.bytes >= batchSizeBytes || batch.tickets.length >= mostMessagesPerBatch;
  }

  #nextDeadline(leader: Leader<M>): number {
    let next = Infinity;
    for (const [place, [batch]] of leader.queues) {
      if (batch !== undefined && !leader.busy.has(place))
        next = Math.min(next, batch.openedMicros + this.#options.lingerMicros);
    }
    return next;
  }

  #schedule(waitMicros: number): void {
    this.#stopPolling();
    this.#timer = null;
    this.#immediate = null;
    if (waitMicros === Infinity) return;
    const again = (): void => this.#sendReady();
    if (waitMicros < timerEarlyMicros + 1_000) this.#immediate = setImmediate(again);
    else this.#timer = setTimeout(again, Math.floor((waitMicros - timerEarlyMicros) / 1e3));
  }
}

const newLeader = <M>(): Leader<M> => ({
  inFlight: 0,
  hasAnswered: false,
  hasSent: false,
  busy: new Set(),
  queues: new Map(),
});
