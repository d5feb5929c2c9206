/** What a lane needs to know: where its due times come from, what its messages are made of, and its limits. */
import type { OriginCode } from '../support/origin.ts';
import type { Window } from './outcomes.ts';

/** Where due times come from: the schedule alone, or the moments at which slots become free. */
export type LaneLoad =
  | { readonly kind: 'open'; nextDueMicros(): number }
  | { readonly kind: 'closed'; readonly outstanding: number }
  | { readonly kind: 'saturating' };

/** What the lane's n-th message is made of. Every function is called once a message, in order. */
export interface LaneContent {
  readonly bodyOffsets: Int32Array;
  readonly bodyLengths: Int32Array;
  /** Added to the sequence number, modulo the pool's size, to choose a body. */
  readonly bodyStride: number;
  readonly bodyStart: number;
  readonly topics: number;
  chooseKey(sequence: number): number;
  chooseHeaders(sequence: number): number;
  choosePartition(key: number, sequence: number, bytes: number): number;
}

export interface LaneSettings {
  readonly producer: number;
  readonly runStamp: number;
  readonly origins: OriginCode;
  readonly load: LaneLoad;
  readonly content: LaneContent;
  readonly window: Window;
  readonly deliveryTimeoutMicros: number;
  /** `sync`: one message in flight at a time; the next waits for its acknowledgement. */
  readonly mode: 'sync' | 'async';
  /** Messages in flight beyond which due messages wait, lest the memory run out. */
  readonly mostOutstanding: number;
}
