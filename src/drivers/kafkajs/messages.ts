/** Makes kafkajs's message objects from the columns of a block. Runs once a message. */
import type { IHeaders, Message } from 'kafkajs';
import { stampBytes, stampHeader } from '../../support/stamp.ts';
import type { MessageBlock, MessageContent, MessageHeader } from '../driver.ts';

/** A message as kafkajs takes it, which remembers whether its partition was asked for. */
export interface TrackedMessage extends Message {
  wasSent: boolean;
}

export class Messages {
  readonly #content: MessageContent;
  readonly #headers: readonly IHeaders[];
  readonly #headerBytes: readonly number[];

  constructor(content: MessageContent) {
    this.#content = content;
    this.#headers = content.headerSets.map(headersOf);
    this.#headerBytes = content.headerSets.map(headers =>
      headers.reduce((sum, { name, value }) => sum + Buffer.byteLength(name) + value.length, 0),
    );
  }

  /** The i-th message of a block, which keeps nothing of the block's memory. */
  make(block: MessageBlock, i: number): TrackedMessage {
    const { keys, stampIn } = this.#content;
    const message: TrackedMessage = {
      key: keys[block.key[i] as number] ?? null,
      value: this.#valueOf(block, i),
      wasSent: false,
    };
    const partition = block.partition[i] as number;
    if (partition >= 0) message.partition = partition;
    const headers = this.#headers[block.headers[i] as number];
    if (stampIn === 'header') {
      const stamp = Buffer.from(block.stamps.subarray(i * stampBytes, (i + 1) * stampBytes));
      message.headers = { ...headers, [stampHeader]: stamp };
    } else if (headers !== undefined) message.headers = headers;
    return message;
  }

  /** Bytes of its key, value and headers. */
  bytesOf({ key, value }: TrackedMessage, headers: number): number {
    const stamp = this.#content.stampIn === 'header' ? stampHeader.length + stampBytes : 0;
    return (key?.length ?? 0) + (value?.length ?? 0) + (this.#headerBytes[headers] ?? 0) + stamp;
  }

  #valueOf(block: MessageBlock, i: number): Buffer | null {
    const { bodies, stampIn } = this.#content;
    const offset = block.bodyOffset[i] as number;
    const length = block.bodyLength[i] as number;
    if (length < 0) return null;
    const bodyAt = stampIn === 'value' ? stampBytes : 0;
    const value = Buffer.allocUnsafe(bodyAt + length);
    if (stampIn === 'value') block.stamps.copy(value, 0, i * stampBytes, (i + 1) * stampBytes);
    bodies.copy(value, bodyAt, offset, offset + length);
    return value;
  }
}

/** kafkajs takes headers as an object, with an array where a name repeats. */
function headersOf(headers: readonly MessageHeader[]): IHeaders {
  const byName = Map.groupBy(headers, ({ name }) => name);
  return Object.fromEntries(
    [...byName].map(([name, same]) => [
      name,
      same.length === 1 ? (same[0] as MessageHeader).value : same.map(({ value }) => value),
    ]),
  );
}
