/** Shows a batch of kafkajs's messages as records. */
import type { Batch as KafkajsBatch, KafkaMessage } from 'kafkajs';
import { readStamp, type Stamp, stampHeader } from '../../support/stamp.ts';
import type { RecordBatch } from '../driver.ts';

/** A view that is shown one batch after another. */
export class KafkajsRecords implements RecordBatch {
  topic = 0;
  partition = 0;
  count = 0;
  nextOffset = 0;
  readonly #stampIn: 'value' | 'header';
  #messages: readonly KafkaMessage[] = [];

  constructor(stampIn: 'value' | 'header') {
    this.#stampIn = stampIn;
  }

  show(topic: number, batch: KafkajsBatch): void {
    this.topic = topic;
    this.partition = batch.partition;
    this.count = batch.messages.length;
    this.nextOffset = Number(batch.lastOffset()) + 1;
    this.#messages = batch.messages;
  }

  offset(index: number): number {
    return Number(this.#at(index).offset);
  }

  readStamp(index: number, into: Stamp): boolean {
    const { value, headers } = this.#at(index);
    const carrier = this.#stampIn === 'value' ? value : headers?.[stampHeader];
    return Buffer.isBuffer(carrier) && readStamp(carrier, 0, into);
  }

  key(index: number): Buffer | null {
    return this.#at(index).key;
  }

  value(index: number): Buffer | null {
    return this.#at(index).value;
  }

  header(index: number, name: string): readonly Buffer[] {
    const found = this.#at(index).headers?.[name];
    if (found === undefined) return [];
    return (Array.isArray(found) ? found : [found]).map(value => Buffer.from(value));
  }

  #at(index: number): KafkaMessage {
    return this.#messages[index] as KafkaMessage;
  }
}
