/** The simulated broker's settings, and the plain data by which threads share one broker. */
import { HarnessError } from '../../support/errors.ts';
import type { Retention } from './partition-log.ts';
import { thawedAt } from './service-queue.ts';

/** A span in which no service starts, from the start of the measured window; with `everyMicros` it repeats. */
export interface Freeze {
  readonly atMicros: number;
  readonly forMicros: number;
  readonly everyMicros?: number;
}

/** What the simulated broker does to messages. Shares lie between 0 and 1. */
export interface SimulatedSettings {
  /** The time that one message takes in a server: always the same, or exponential with that mean. */
  readonly serviceTime: { readonly kind: 'fixed' | 'exponential'; readonly micros: number };
  /** Messages served at once; the rest queue, first in first out. */
  readonly servers: number | 'unlimited';
  readonly freeze: readonly Freeze[];
  /** Unacknowledged messages that one producer may hold. */
  readonly buffer: number | 'unlimited';
  /** Messages that each partition keeps: the newest. */
  readonly retain: Retention;
  /** Share of messages that never reach the broker and have no outcome. */
  readonly unanswered: number;
  /** Share of messages that are acknowledged and counted by the end offset, and that no consumer gets. */
  readonly lose: number;
  /** Share of messages that stand in the log twice. */
  readonly duplicate: number;
  /** Share of messages that stand in the log after the next one of their producer and partition. */
  readonly reorder: number;
  /** Spans, counted from the start of the measured window, in which a thread with producers is blocked. */
  readonly generatorStall: { readonly everyMicros: number; readonly forMicros: number } | null;
}

/** A broker's topics, and the number from which every chance follows. */
export interface SimulatedTopics {
  readonly topics: number;
  readonly partitionsPerTopic: number;
  readonly seed: number;
}

/** A simulated broker as plain data and shared memory: what `ClientOptions.simulatedBroker` carries to the threads. */
export interface SimulatedHandle extends SimulatedTopics {
  /** Tells this broker from the others that a thread meets. */
  readonly id: string;
  readonly settings: SimulatedSettings;
  /** Locks, window, counters and log lengths, see `memory`. */
  readonly control: SharedArrayBuffer;
  /** When each server is free, see `service-queue`; empty with unlimited servers. */
  readonly servers: SharedArrayBuffer;
  /** By topic and partition: the stamps, see `partition-log`. */
  readonly logs: readonly SharedArrayBuffer[];
}

/** Throws a usage error for freezes that, taken together, leave no instant at which a service may start. */
export function refuseEndlessFreeze({ freeze }: SimulatedSettings): void {
  const endless = freeze.find(({ atMicros }) => thawedAt(atMicros, freeze, 0) === Infinity);
  if (endless === undefined) return;
  throw new HarnessError('usage', `After ${endless.atMicros} µs the freezes of the simulated broker never end.`, {
    hint: 'Make `every` longer than all spans of `for` that lie within it.',
  });
}

/** A client's `simulatedBroker` as a handle; throws a usage error where there is none. */
export function handleOf(simulatedBroker: unknown): SimulatedHandle {
  const handle = simulatedBroker as Partial<SimulatedHandle> | null | undefined;
  if (handle?.control instanceof SharedArrayBuffer) return handle as SimulatedHandle;
  throw new HarnessError('usage', 'The driver "simulated" was opened without a simulated broker.', {
    hint: 'Pass the handle of `createSimulatedBroker` as `simulatedBroker`.',
  });
}
