/** Shows messages of librdkafka's as records: a window that is moved over what one poll brought. */
import type { Message } from '@confluentinc/kafka-javascript';
import { readStamp, type Stamp, stampHeader } from '../../support/stamp.ts';
import type { RecordBatch } from '../driver.ts';

export class Records implements RecordBatch {
  topic = 0;
  partition = 0;
  count = 0;
  nextOffset = 0;
  /** The leader's of the last record; −1 where it is not known. */
  leaderEpoch = -1;
  readonly #stampIn: 'value' | 'header';
  #messages: readonly Message[] = [];
  #from = 0;

  constructor(stampIn: 'value' | 'header') {
    this.#stampIn = stampIn;
  }

  /** Shows `count` messages of one partition, from the `from`-th of these on. */
  show(topic: number, messages: readonly Message[], from: number, count: number): void {
    this.#messages = messages;
    this.#from = from;
    this.topic = topic;
    this.count = count;
    this.partition = this.#at(0).partition;
    const last = this.#at(count - 1);
    this.nextOffset = last.offset + 1;
    this.leaderEpoch = last.leaderEpoch ?? -1;
  }

  /** Shows that a partition goes on further than its last record: what stood between was no message. */
  showNone(topic: number, partition: number, nextOffset: number): void {
    this.#messages = [];
    this.topic = topic;
    this.count = 0;
    this.partition = partition;
    this.nextOffset = nextOffset;
    this.leaderEpoch = -1;
  }

  offset(index: number): number {
    return this.#at(index).offset;
  }

  readStamp(index: number, into: Stamp): boolean {
    const carrier = this.#stampIn === 'value' ? this.#at(index).value : this.header(index, stampHeader)[0];
    return carrier != null && readStamp(carrier, 0, into);
  }

  key(index: number): Buffer | null {
    return this.#at(index).key as Buffer | null;
  }

  value(index: number): Buffer | null {
    return this.#at(index).value;
  }

  header(index: number, name: string): readonly Buffer[] {
    const { headers = [] } = this.#at(index);
    return headers.flatMap(header => (name in header ? [header[name] as Buffer] : []));
  }

  #at(index: number): Message {
    return this.#messages[this.#from + index] as Message;
  }
}
