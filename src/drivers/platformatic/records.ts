/** Gathers the messages of the library's stream, which come one by one, into batches of one partition. */
import type { Message } from '@platformatic/kafka';
import { readStamp, type Stamp, stampHeader } from '../../support/stamp.ts';
import type { RecordBatch } from '../driver.ts';

/** What the library really gives: keys and values may be missing. */
export type ReadMessage = Omit<Message, 'key' | 'value'> & {
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
};

const stampName = Buffer.from(stampHeader);

export class PlatformaticRecords implements RecordBatch {
  topic = -1;
  partition = -1;
  nextOffset = 0;
  readonly #stampIn: 'value' | 'header';
  #messages: ReadMessage[] = [];

  constructor(stampIn: 'value' | 'header') {
    this.#stampIn = stampIn;
  }

  get count(): number {
    return this.#messages.length;
  }

  /** Begins a batch that holds nothing. */
  begin(topic: number, partition: number): void {
    this.topic = topic;
    this.partition = partition;
    this.#messages = [];
  }

  add(message: ReadMessage): void {
    this.#messages.push(message);
  }

  offset(index: number): number {
    return Number(this.#at(index).offset);
  }

  readStamp(index: number, into: Stamp): boolean {
    const message = this.#at(index);
    const carrier = this.#stampIn === 'value' ? message.value : stampOf(message);
    return carrier !== undefined && readStamp(carrier, 0, into);
  }

  key(index: number): Buffer | null {
    return this.#at(index).key ?? null;
  }

  value(index: number): Buffer | null {
    return this.#at(index).value ?? null;
  }

  header(index: number, name: string): readonly Buffer[] {
    const wanted = Buffer.from(name);
    return this.#at(index).headerEntries.flatMap(([key, value]) => (key.equals(wanted) ? [value] : []));
  }

  #at(index: number): ReadMessage {
    return this.#messages[index] as ReadMessage;
  }
}

function stampOf({ headerEntries }: ReadMessage): Buffer | undefined {
  for (const [name, value] of headerEntries) if (name.equals(stampName)) return value;
  return undefined;
}
