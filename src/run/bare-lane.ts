/** Makes a lane of plain messages, for measurements of the lane itself: no keys, no headers, partitions in turn. */
import type { PayloadPool } from '../load/payloads.ts';
import { type Clock, hostClock } from '../support/clock.ts';
import { originCode } from '../support/origin.ts';
import { AcknowledgedAt } from './acknowledged-at.ts';
import { Lane } from './lane.ts';
import type { LaneLoad } from './lane-settings.ts';
import { Outcomes, type Window } from './outcomes.ts';

export interface BareLaneSettings {
  readonly load: LaneLoad;
  readonly window: Window;
  readonly partitions: number;
  /** Of every message, in bytes. */
  readonly bytes: number;
  readonly bodies: Pick<PayloadPool, 'offsets' | 'lengths'>;
}

const deliveryTimeoutMicros = 120e6;

/** The lane, without a client yet. */
export function bareLane(
  { load, window, partitions, bytes, bodies }: BareLaneSettings,
  clock: Clock = hostClock,
): Lane {
  const outcomes = new Outcomes({
    window,
    deliveryTimeoutMicros,
    partitions,
    producer: 0,
    acknowledgedAt: new AcknowledgedAt(partitions),
    bytesOf: () => bytes,
  });
  return new Lane(
    {
      producer: 0,
      runStamp: 1,
      origins: originCode(1),
      load,
      window,
      deliveryTimeoutMicros,
      mode: 'async',
      mostOutstanding: 2 ** 22,
      content: {
        bodyOffsets: bodies.offsets,
        bodyLengths: bodies.lengths,
        bodyStride: 1,
        bodyStart: 0,
        topics: 1,
        chooseKey: () => -1,
        chooseHeaders: () => -1,
        choosePartition: (_key, sequence) => sequence % partitions,
      },
    },
    outcomes,
    clock,
  );
}
