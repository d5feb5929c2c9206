/** Turns what a group's member reads into counts and latencies, and remembers all of it for the proof. Hot: runs once a record, allocates nothing. */
import type { RecordBatch } from '../drivers/driver.ts';
import { KeyOrder } from '../measure/key-order.ts';
import { type HistogramData, mergeHistograms } from '../measure/histogram.ts';
import { IntervalRecorder } from '../measure/recorder.ts';
import { SequenceSet } from '../measure/sequences.ts';
import { SecondCounter } from '../measure/timeline.ts';
import { originCode } from '../support/origin.ts';
import { emptyStamp, type Stamp } from '../support/stamp.ts';
import type { Window } from './outcomes.ts';
import { PartitionReceipts } from './partition-receipts.ts';

export interface ReceiptSettings {
  /** Records with another stamp are somebody else's. */
  readonly runStamp: number;
  readonly window: Window;
  readonly producers: number;
  /** Different keys; 0 where messages have none. */
  readonly keys: number;
  readonly topics: number;
  readonly partitionsPerTopic: number;
  /** By producer: what the members of its group in this worker have read, which they keep together. Its own unless given. */
  readonly read?: readonly SequenceSet[];
  /** False to measure what the ledger costs: then nothing is proven. */
  readonly keepsLedger?: boolean;
}

/** Offsets of a partition that the client passed over. */
export interface Jump {
  /** By topic and partition. */
  readonly place: number;
  readonly from: number;
  /** The first that came after them. */
  readonly to: number;
}

/** More are not remembered: what lies in them then counts as lost. */
const mostJumps = 10_000;

/** By producer: nothing read yet. */
export const newReadSets = (producers: number): SequenceSet[] =>
  Array.from({ length: producers }, () => new SequenceSet());

export class Receipts {
  readonly endToEnd = new IntervalRecorder();
  /** By topic and partition; a hole where nothing was read. */
  readonly byPartition: (PartitionReceipts | undefined)[];
  readonly consumedPerSecond: SecondCounter;
  /** Records read while the window lasted, whenever they were due. */
  completedInWindow = 0;
  /** By producer: the sequence numbers read, by this member or another one that it keeps them with. */
  readonly read: readonly SequenceSet[];
  /** Records read of this trial, whenever due. */
  consumed = 0;
  /** Of messages due in the window. */
  consumedInWindow = 0;
  duplicatedInWindow = 0;
  reorderedInWindow = 0;
  /** Read again over the whole trial: their sequence numbers had come before. */
  duplicated = 0;
  /** Null where there are no keys, or too many to watch their order. */
  readonly keyOrder: KeyOrder | null;
  /** Records without this trial's stamp. */
  foreign = 0;
  /** By topic and partition: the offset after the last record read; −1 before the first. */
  readonly nextOffsets: Float64Array;
  /** Offsets that were passed over between what came last of a partition and what came next. */
  readonly jumps: Jump[] = [];
  readonly #settings: ReceiptSettings;
  readonly #origins;
  /** By topic and partition: where it goes on, as far as was handed over; −1 before the first record. */
  readonly #expected: Float64Array;
  readonly #stamp = emptyStamp();
  readonly #keepsLedger: boolean;
  #startMicros = 0;

  constructor(settings: ReceiptSettings) {
    this.#settings = settings;
    this.#keepsLedger = settings.keepsLedger ?? true;
    this.#origins = originCode(settings.producers);
    const partitions = settings.topics * settings.partitionsPerTopic;
    this.consumedPerSecond = new SecondCounter(settings.window.fromMicros);
    this.byPartition = Array.from({ length: partitions });
    this.nextOffsets = new Float64Array(partitions).fill(-1);
    this.#expected = new Float64Array(partitions).fill(-1);
    this.read = settings.read ?? newReadSets(settings.producers);
    this.keyOrder = KeyOrder.of({
      producers: settings.producers,
      topics: settings.topics,
      keys: Math.min(settings.keys, this.#origins.keys),
    });
  }

  /** Sets the trial's common start, on the host's clock. */
  beginAt(startMicros: number): void {
    this.#startMicros = startMicros;
  }

  /** Where the records of a topic's partition are entered. */
  placeOf(topic: number, partition: number): number {
    return topic * this.#settings.partitionsPerTopic + partition;
  }

  /** Enters the records of one partition, which reached the handler at that instant of the host's clock. */
  batch(records: RecordBatch, receivedHostMicros: number): void {
    const atMicros = receivedHostMicros - this.#startMicros;
    const place = this.placeOf(records.topic, records.partition);
    const of = this.#at(place);
    const stamp = this.#stamp;
    const { count } = records;
    let own = 0;
    this.follow(records, place);
    for (let i = 0; i < count; i++) {
      if (!this.readOwn(records, i, stamp)) continue;
      own++;
      this.#record(of, place, records.offset(i), stamp, atMicros);
    }
    this.foreign += count - own;
    this.#count(own, atMicros);
    this.nextOffsets[place] = records.nextOffset;
  }

  /** Notes where the batch begins and ends: what lies before its beginning was passed over. */
  follow(records: RecordBatch, partition: number): void {
    const expected = this.#expected[partition] as number;
    if (expected >= 0 && records.count > 0 && records.offset(0) > expected && this.jumps.length < mostJumps)
      this.jumps.push({ place: partition, from: expected, to: records.offset(0) });
    this.#expected[partition] = records.nextOffset;
  }

  /** Fills the stamp of the batch's record; false where it is not one of this trial. */
  readOwn(records: RecordBatch, index: number, into: Stamp): boolean {
    return (
      records.readStamp(index, into) &&
      into.run === this.#settings.runStamp &&
      (into.producer & this.#origins.mask) < this.#settings.producers
    );
  }

  /** Enters one record of this trial, whose handling begins at that instant of the host's clock. */
  one(place: number, offset: number, stamp: Stamp, receivedHostMicros: number): void {
    const atMicros = receivedHostMicros - this.#startMicros;
    this.#record(this.#at(place), place, offset, stamp, atMicros);
    this.#count(1, atMicros);
  }

  /** Of all partitions together. */
  memberEndToEnd(): HistogramData {
    return mergeHistograms(this.byPartition.flatMap(of => of?.endToEnd.toData() ?? [])).toData();
  }

  #at(place: number): PartitionReceipts {
    return (this.byPartition[place] ??= new PartitionReceipts(this.#settings.producers));
  }

  #count(own: number, atMicros: number): void {
    this.consumed += own;
    this.consumedPerSecond.add(atMicros, own);
    const { fromMicros, toMicros } = this.#settings.window;
    if (atMicros >= fromMicros && atMicros < toMicros) this.completedInWindow += own;
  }

  #record(of: PartitionReceipts, place: number, offset: number, stamp: Stamp, atMicros: number): void {
    const { sequence, dueMicros } = stamp;
    const { fromMicros, toMicros } = this.#settings.window;
    const producer = stamp.producer & this.#origins.mask;
    const isNew = !this.#keepsLedger || this.#enter(of, place, offset, stamp);
    const isLate = sequence < (of.highest[producer] as number);
    if (!isLate) of.highest[producer] = sequence;
    if (dueMicros < fromMicros || dueMicros >= toMicros) return;
    this.consumedInWindow++;
    if (!isNew) {
      this.duplicatedInWindow++;
      return;
    }
    if (isLate) this.reorderedInWindow++;
    const latency = atMicros - dueMicros;
    this.endToEnd.record(dueMicros - fromMicros, latency, 1);
    of.endToEnd.record(latency, 1);
    of.consumed++;
  }

  /** Enters a record in the ledger; false where its message had come before. */
  #enter(of: PartitionReceipts, place: number, offset: number, { producer: origin, sequence }: Stamp): boolean {
    const { mask, bits } = this.#origins;
    const producer = origin & mask;
    of.ledger.add(offset, producer, sequence);
    const isNew = (this.read[producer] as SequenceSet).add(sequence);
    if (!isNew) this.duplicated++;
    else if (this.keyOrder !== null && origin >>> bits > 0)
      this.#watchKey(place, producer, (origin >>> bits) - 1, sequence);
    return isNew;
  }

  #watchKey(place: number, producer: number, key: number, sequence: number): void {
    const { partitionsPerTopic } = this.#settings;
    const topic = Math.floor(place / partitionsPerTopic);
    this.keyOrder?.add(producer, topic, place - topic * partitionsPerTopic, key, sequence);
  }
}
