/** Turns what a group's member reads into counts and latencies, and remembers all of it for the proof. Hot: runs once a record, allocates nothing. */
import type { RecordBatch } from '../drivers/driver.ts';
import { KeyOrder } from '../measure/key-order.ts';
import { OffsetLedger } from '../measure/offset-ledger.ts';
import { IntervalRecorder } from '../measure/recorder.ts';
import { SequenceSet } from '../measure/sequences.ts';
import { SmallHistogram } from '../measure/small-histogram.ts';
import { SecondCounter } from '../measure/timeline.ts';
import { originCode } from '../support/origin.ts';
import { emptyStamp, type Stamp } from '../support/stamp.ts';
import type { Window } from './outcomes.ts';

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
  readonly memberEndToEnd = new SmallHistogram();
  readonly endToEndByPartition: (SmallHistogram | undefined)[] = [];
  readonly consumedByPartition: Float64Array;
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
  /** By topic and partition: where which message was read. */
  readonly readAt: (OffsetLedger | undefined)[];
  readonly #settings: ReceiptSettings;
  readonly #origins;
  /** By topic and partition: where it goes on, as far as was handed over; −1 before the first record. */
  readonly #expected: Float64Array;
  /** By topic and partition: the offset beyond the highest one entered. */
  readonly #ends: Float64Array;
  /** By topic, partition and producer: the highest sequence number seen. */
  readonly #highest: Float64Array;
  readonly #stamp = emptyStamp();
  #startMicros = 0;

  constructor(settings: ReceiptSettings) {
    this.#settings = settings;
    this.#origins = originCode(settings.producers);
    const partitions = settings.topics * settings.partitionsPerTopic;
    this.consumedPerSecond = new SecondCounter(settings.window.fromMicros);
    this.consumedByPartition = new Float64Array(partitions);
    this.nextOffsets = new Float64Array(partitions).fill(-1);
    this.#expected = new Float64Array(partitions).fill(-1);
    this.readAt = Array.from({ length: partitions });
    this.#ends = new Float64Array(partitions);
    this.#highest = new Float64Array(partitions * settings.producers).fill(-1);
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
    const partition = this.placeOf(records.topic, records.partition);
    const stamp = this.#stamp;
    let own = 0;
    this.follow(records, partition);
    for (let i = 0; i < records.count; i++) {
      if (!this.readOwn(records, i, stamp)) continue;
      own++;
      this.#record(partition, records.offset(i), stamp, atMicros);
    }
    this.foreign += records.count - own;
    this.#count(own, atMicros);
    this.nextOffsets[partition] = records.nextOffset;
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
  one(partition: number, offset: number, stamp: Stamp, receivedHostMicros: number): void {
    const atMicros = receivedHostMicros - this.#startMicros;
    this.#record(partition, offset, stamp, atMicros);
    this.#count(1, atMicros);
  }

  #count(own: number, atMicros: number): void {
    this.consumed += own;
    this.consumedPerSecond.add(atMicros, own);
    const { fromMicros, toMicros } = this.#settings.window;
    if (atMicros >= fromMicros && atMicros < toMicros) this.completedInWindow += own;
  }

  #record(partition: number, offset: number, { producer: origin, sequence, dueMicros }: Stamp, atMicros: number): void {
    const { window, producers } = this.#settings;
    const { mask, bits } = this.#origins;
    const producer = origin & mask;
    const ledger = (this.readAt[partition] ??= new OffsetLedger());
    if (offset >= (this.#ends[partition] as number)) {
      ledger.addNew(offset, producer, sequence);
      this.#ends[partition] = offset + 1;
    } else ledger.add(offset, producer, sequence);
    const isNew = (this.read[producer] as SequenceSet).add(sequence);
    const place = partition * producers + producer;
    const isLate = sequence < (this.#highest[place] as number);
    if (!isLate) this.#highest[place] = sequence;
    if (!isNew) this.duplicated++;
    else if (this.keyOrder !== null && origin >>> bits > 0)
      this.#watchKey(partition, producer, (origin >>> bits) - 1, sequence);
    if (dueMicros < window.fromMicros || dueMicros >= window.toMicros) return;
    this.consumedInWindow++;
    if (!isNew) {
      this.duplicatedInWindow++;
      return;
    }
    if (isLate) this.reorderedInWindow++;
    const latency = atMicros - dueMicros;
    this.endToEnd.record(dueMicros - window.fromMicros, latency, 1);
    this.memberEndToEnd.record(latency, 1);
    this.consumedByPartition[partition] = (this.consumedByPartition[partition] as number) + 1;
    (this.endToEndByPartition[partition] ??= new SmallHistogram()).record(latency, 1);
  }

  #watchKey(place: number, producer: number, key: number, sequence: number): void {
    const { partitionsPerTopic } = this.#settings;
    const topic = Math.floor(place / partitionsPerTopic);
    this.keyOrder?.add(producer, topic, place - topic * partitionsPerTopic, key, sequence);
  }
}
