/** What a plain loop around a client is given and does, and how it makes values. */
import { randomBytes } from 'node:crypto';

export interface LoopSettings {
  readonly brokers: readonly string[];
  readonly topic: string;
  /** Message k goes to partition k modulo that. */
  readonly partitions: number;
  /** As many as Highwater's batches hold. */
  readonly messagesPerBatch: number;
  readonly batchSizeBytes: number;
  /** Requests in flight. */
  readonly inFlight: number;
  readonly valueBytes: number;
  /** A value of its own for each message, as whoever has something to say would make it. */
  readonly makeValue: () => Buffer;
}

export interface Loop {
  /** Sends as fast as the client takes, until it is over and everything is acknowledged; tells of acknowledgements. */
  run(isOver: () => boolean, acked: (messages: number) => void): Promise<void>;
  close(): Promise<void>;
}

export type OpenLoop = (settings: LoopSettings) => Promise<Loop>;

/** Makes values out of random bytes, each a copy. */
export function valueMaker(valueBytes: number): () => Buffer {
  const source = randomBytes(valueBytes + 65_536);
  let next = 0;
  return () => {
    const value = Buffer.allocUnsafe(valueBytes);
    source.copy(value, 0, next, next + valueBytes);
    next = (next + 101) & 65_535;
    return value;
  };
}

/** For a client that takes whole requests: so many loops, each of which awaits its request before it makes the next. */
export async function keepInFlight(
  inFlight: number,
  isOver: () => boolean,
  sendRequest: () => Promise<void>,
): Promise<void> {
  const one = async (): Promise<void> => {
    while (!isOver()) await sendRequest();
  };
  await Promise.all(Array.from({ length: inFlight }, one));
}
