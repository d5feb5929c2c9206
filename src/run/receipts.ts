/** Turns what a group's member reads into counts and latencies. Hot: runs once a record, allocates nothing. */
import type { RecordBatch } from '../drivers/driver.ts';
import { IntervalRecorder } from '../measure/recorder.ts';
import { SequenceSet } from '../measure/sequences.ts';
import { SmallHistogram } from '../measure/small-histogram.ts';
import { SecondCounter } from '../measure/timeline.ts';
import { emptyStamp } from '../support/stamp.ts';
import type { Window } from './outcomes.ts';

export interface ReceiptSettings {
  /** Records with another stamp are somebody else's. */
  readonly runStamp: number;
  readonly window: Window;
  readonly producers: number;
  readonly topics: number;
  readonly partitionsPerTopic: number;
}

export class Receipts {
  readonly endToEnd = new IntervalRecorder();
  readonly memberEndToEnd = new SmallHistogram();
  readonly endToEndByPartition: (SmallHistogram | undefined)[] = [];
  readonly consumedByPartition: Float64Array;
  readonly consumedPerSecond: SecondCounter;
  /** Records read while the window lasted, whenever they were due. */
  completedInWindow = 0;
  /** By producer: the sequence numbers read. */
  readonly read: readonly SequenceSet[];
  /** Of messages due in the window. */
  consumedInWindow = 0;
  duplicatedInWindow = 0;
  reorderedInWindow = 0;
  /** Records without this trial's stamp. */
  foreign = 0;
  /** By topic and partition: the offset after the last record read; −1 before the first. */
  readonly nextOffsets: Float64Array;
  readonly #settings: ReceiptSettings;
  /** By topic, partition and producer: the highest sequence number seen. */
  readonly #highest: Float64Array;
  readonly #stamp = emptyStamp();
  #startMicros = 0;

  constructor(settings: ReceiptSettings) {
    this.#settings = settings;
    const partitions = settings.topics * settings.partitionsPerTopic;
    this.consumedPerSecond = new SecondCounter(settings.window.fromMicros);
    this.consumedByPartition = new Float64Array(partitions);
    this.nextOffsets = new Float64Array(partitions).fill(-1);
    this.#highest = new Float64Array(partitions * settings.producers).fill(-1);
    this.read = Array.from({ length: settings.producers }, () => new SequenceSet());
  }

  /** Sets the trial's common start, on the host's clock. */
  beginAt(startMicros: number): void {
    this.#startMicros = startMicros;
  }

  /** Enters the records of one partition, which reached the handler at that instant of the host's clock. */
  batch(records: RecordBatch, receivedHostMicros: number): void {
    const atMicros = receivedHostMicros - this.#startMicros;
    const partition = records.topic * this.#settings.partitionsPerTopic + records.partition;
    const stamp = this.#stamp;
    let own = 0;
    for (let i = 0; i < records.count; i++) {
      if (!records.readStamp(i, stamp) || stamp.run !== this.#settings.runStamp || stamp.producer >= this.read.length)
        continue;
      own++;
      this.#record(partition, atMicros);
    }
    this.foreign += records.count - own;
    this.consumedPerSecond.add(atMicros, own);
    const { fromMicros, toMicros } = this.#settings.window;
    if (atMicros >= fromMicros && atMicros < toMicros) this.completedInWindow += own;
    this.nextOffsets[partition] = records.nextOffset;
  }

  #record(partition: number, atMicros: number): void {
    const { producer, sequence, dueMicros } = this.#stamp;
    const { window } = this.#settings;
    const isNew = (this.read[producer] as SequenceSet).add(sequence);
    const place = partition * this.#settings.producers + producer;
    const isLate = sequence < (this.#highest[place] as number);
    if (!isLate) this.#highest[place] = sequence;
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
}
