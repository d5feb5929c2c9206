/** Handles what a member reads as an application would: it takes its time, does some at once, fails now and then, and commits what is done. */
import type { Position, RecordBatch } from '../drivers/driver.ts';
import type { HandlingSettings } from '../plan/assignment.ts';
import { nowMicros } from '../support/clock.ts';
import { emptyStamp, type Stamp } from '../support/stamp.ts';
import { EqualDelays } from './equal-delays.ts';
import { LowWaterMark } from './low-water-mark.ts';
import type { Receipts } from './receipts.ts';

/** A message that waits or is being handled. */
interface Item {
  readonly topic: number;
  readonly partition: number;
  /** What is known of the partition since the member has had it. */
  readonly of: Partition;
  readonly offset: number;
  readonly stamp: Stamp;
  attempts: number;
}

/** What a handler did besides reading. */
export interface HandlingCounts {
  /** Attempts that failed, each of which was followed by another. */
  failed: number;
  /** Commits that the group took. */
  commits: number;
  /** Commits that it did not take: what they were for is read again by whoever has the partition then. */
  refusedCommits: number;
}

interface Partition {
  readonly mark: LowWaterMark;
  committed: number;
  /** About to be another member's: nothing of it is begun any more. */
  isLeaving: boolean;
}

/** Whether handling takes anything at all: else a member's records are entered as they come. */
export const isPlain = ({ timeMicros, failEvery, commit }: HandlingSettings): boolean =>
  timeMicros === 0 && failEvery === 0 && commit.kind === 'auto';

export class Handler {
  readonly counts: HandlingCounts = { failed: 0, commits: 0, refusedCommits: 0 };
  readonly #settings: HandlingSettings;
  readonly #receipts: Receipts;
  readonly #commit: (positions: readonly Position[]) => Promise<void>;
  readonly #moved: () => void;
  /** By topic and partition, of those that the member owns. */
  readonly #partitions = new Map<number, Partition>();
  /** Not yet begun, oldest first. */
  #waiting: Item[] = [];
  readonly #inHand = new Set<Item>();
  #begun = 0;
  /** With `commit: batch`: the batch that is being handled. */
  #isBatchInHand = false;
  #batchTimer: NodeJS.Timeout | null = null;
  #isClosing = false;
  readonly #delays: EqualDelays;
  #ended = Promise.withResolvers<void>();
  #room = Promise.withResolvers<void>();

  constructor(
    settings: HandlingSettings,
    receipts: Receipts,
    commit: (positions: readonly Position[]) => Promise<void>,
    moved: () => void,
  ) {
    this.#settings = settings;
    this.#delays = new EqualDelays(settings.timeMicros);
    this.#receipts = receipts;
    this.#commit = commit;
    this.#moved = moved;
  }

  /** Takes a batch in hand; the promise settles when the member has room for more: with auto-commit when all of it is handled. */
  take(records: RecordBatch): Promise<void> | void {
    const { topic, partition } = records;
    this.#receipts.follow(records, this.#receipts.placeOf(topic, partition));
    const known = this.#partitionToTake(records);
    const { mark } = known;
    for (let i = 0; i < records.count; i++) {
      const stamp = emptyStamp();
      if (!this.#receipts.readOwn(records, i, stamp)) {
        this.#receipts.foreign++;
        continue;
      }
      const offset = records.offset(i);
      mark.begin(offset);
      if (known.committed < 0) known.committed = offset;
      this.#waiting.push({ topic, partition, of: known, offset, stamp, attempts: 0 });
    }
    mark.pass(records.nextOffset);
    this.#pump();
    this.#tellPosition(topic, partition);
    if (this.#hasRoom) return undefined;
    return this.#room.promise;
  }

  /** The member is to give partitions up: what is not begun is left to the next owner, what is in hand ends and is committed. */
  async revoke(topic: number, partitions: readonly number[]): Promise<void> {
    const leaves = (item: Pick<Item, 'topic' | 'partition'>): boolean =>
      item.topic === topic && partitions.includes(item.partition);
    for (const partition of partitions) this.#partitionOf(topic, partition).isLeaving = true;
    this.#waiting = this.#waiting.filter(item => !leaves(item));
    this.#settleWaiters();
    while (this.#inHand.values().some(leaves)) await this.#ended.promise;
    const positions = this.#due().filter(leaves);
    if (this.#settings.commit.kind !== 'auto') await this.#tryCommit(positions);
    this.#forget(topic, partition => partitions.includes(partition));
  }

  /** The member owns exactly these partitions of the topic: what it holds of others is no longer its own. */
  own(topic: number, partitions: readonly number[]): void {
    this.#waiting = this.#waiting.filter(item => item.topic !== topic || partitions.includes(item.partition));
    this.#forget(topic, partition => !partitions.includes(partition));
    this.#settleWaiters();
  }

  /** Begins nothing more; settles when what is in hand is done with and committed. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#waiting = [];
    if (this.#batchTimer !== null) clearTimeout(this.#batchTimer);
    this.#settleWaiters();
    while (this.#inHand.size > 0) await this.#ended.promise;
    if (this.#settings.commit.kind !== 'auto') await this.#tryCommit(this.#due());
  }

  /** Stops at once, as if the process had died: nothing that is in hand ends any more. */
  abandon(): void {
    this.#isClosing = true;
    this.#waiting = [];
    if (this.#batchTimer !== null) clearTimeout(this.#batchTimer);
    this.#delays.stop();
  }

  get #hasRoom(): boolean {
    const { commit, concurrency } = this.#settings;
    if (commit.kind === 'auto') return this.#waiting.length === 0 && this.#inHand.size === 0;
    return this.#waiting.length <= (commit.kind === 'batch' ? commit.messages : concurrency);
  }

  #partitionOf(topic: number, partition: number): Partition {
    const place = this.#receipts.placeOf(topic, partition);
    let known = this.#partitions.get(place);
    if (known === undefined) {
      known = { mark: new LowWaterMark(), committed: -1, isLeaving: false };
      this.#partitions.set(place, known);
    }
    return known;
  }

  /** A client that has lost its place in the group goes back to what is committed: what the member had begun is begun anew. */
  #partitionToTake(records: RecordBatch): Partition {
    const { topic, partition } = records;
    const known = this.#partitionOf(topic, partition);
    if (records.count === 0 || records.offset(0) >= known.mark.reached) return known;
    this.#waiting = this.#waiting.filter(item => item.of !== known);
    this.#partitions.delete(this.#receipts.placeOf(topic, partition));
    return this.#partitionOf(topic, partition);
  }

  #forget(topic: number, goes: (partition: number) => boolean): void {
    const first = this.#receipts.placeOf(topic, 0);
    const end = this.#receipts.placeOf(topic + 1, 0);
    for (const place of this.#partitions.keys())
      if (place >= first && place < end && goes(place - first)) this.#partitions.delete(place);
  }

  #pump(): void {
    if (this.#isClosing) return;
    if (this.#settings.commit.kind === 'batch') {
      this.#pumpBatch(this.#settings.commit.messages, this.#settings.commit.withinMicros);
      return;
    }
    while (this.#inHand.size < this.#settings.concurrency && this.#waiting.length > 0)
      void this.#handleOne(this.#waiting.shift() as Item);
    this.#settleWaiters();
  }

  async #handleOne(item: Item): Promise<void> {
    this.#inHand.add(item);
    const hasSucceeded = await this.#handle(item);
    if (!hasSucceeded && this.#isOwned(item)) this.#waiting.unshift(item);
    if (hasSucceeded && this.#settings.commit.kind === 'each') await this.#tryCommit(this.#due());
    this.#release(item);
  }

  /** Handles a batch as soon as it is full, or has waited long enough. */
  #pumpBatch(messages: number, withinMicros: number): void {
    if (this.#isBatchInHand || this.#waiting.length === 0) return;
    if (this.#waiting.length < messages) {
      this.#batchTimer ??= setTimeout(() => {
        this.#batchTimer = null;
        if (!this.#isBatchInHand && !this.#isClosing) void this.#handleBatch(messages);
      }, withinMicros / 1e3);
      return;
    }
    if (this.#batchTimer !== null) clearTimeout(this.#batchTimer);
    this.#batchTimer = null;
    void this.#handleBatch(messages);
  }

  /** Handles up to so many messages, and commits what is done without a gap. What failed is in the next batch again. */
  async #handleBatch(messages: number): Promise<void> {
    const batch = this.#waiting.splice(0, messages);
    if (batch.length === 0) return;
    this.#isBatchInHand = true;
    const failed: Item[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < batch.length) {
        const item = batch[next++] as Item;
        if (!this.#isOwned(item)) continue;
        this.#inHand.add(item);
        if (!(await this.#handle(item))) failed.push(item);
        this.#release(item);
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#settings.concurrency, batch.length) }, work));
    this.#waiting.unshift(...failed.filter(item => this.#isOwned(item)));
    await this.#tryCommit(this.#due());
    this.#isBatchInHand = false;
    this.#settleWaiters();
    this.#pump();
  }

  #isOwned({ topic, partition, of }: Item): boolean {
    return !of.isLeaving && this.#partitions.get(this.#receipts.placeOf(topic, partition)) === of;
  }

  /** One attempt; false where it failed. */
  async #handle(item: Item): Promise<boolean> {
    const { topic, partition, offset, stamp } = item;
    const { failEvery, timeMicros } = this.#settings;
    const beginMicros = nowMicros();
    if (item.attempts++ === 0) {
      this.#begun++;
      this.#receipts.one(this.#receipts.placeOf(topic, partition), offset, stamp, beginMicros);
    }
    const fails = item.attempts === 1 && failEvery > 0 && this.#begun % failEvery === 0;
    if (timeMicros > 0) await this.#delays.wait();
    if (fails) {
      this.counts.failed++;
      return false;
    }
    item.of.mark.end(offset);
    this.#tellPosition(topic, partition);
    return true;
  }

  /** Where the partition goes on, for who waits until all has been handled. */
  #tellPosition(topic: number, partition: number): void {
    const place = this.#receipts.placeOf(topic, partition);
    const nextOffset = this.#partitions.get(place)?.mark.nextOffset ?? -1;
    if (nextOffset <= (this.#receipts.nextOffsets[place] as number)) return;
    this.#receipts.nextOffsets[place] = nextOffset;
    this.#moved();
  }

  #release(item: Item): void {
    this.#inHand.delete(item);
    this.#ended.resolve();
    this.#ended = Promise.withResolvers();
    this.#pump();
  }

  #settleWaiters(): void {
    if (!this.#hasRoom && !this.#isClosing) return;
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }

  /** What could be committed and has not been. */
  #due(): Position[] {
    const partitionCount = this.#receipts.placeOf(1, 0);
    return [...this.#partitions].flatMap(([place, { mark, committed }]) =>
      mark.nextOffset > committed
        ? [
            {
              topic: Math.floor(place / partitionCount),
              partition: place % partitionCount,
              nextOffset: mark.nextOffset,
            },
          ]
        : [],
    );
  }

  async #tryCommit(positions: readonly Position[]): Promise<void> {
    if (positions.length === 0) return;
    try {
      await this.#commit(positions);
      this.counts.commits++;
      for (const { topic, partition, nextOffset } of positions) {
        const known = this.#partitions.get(this.#receipts.placeOf(topic, partition));
        if (known !== undefined) known.committed = Math.max(known.committed, nextOffset);
      }
    } catch {
      // the group is being rebalanced, or the coordinator is away: it is tried again with the next one
      this.counts.refusedCommits++;
    }
  }
}
