/** What can be done to a cluster on purpose, so that it is seen what its clients notice of it. */
import { HarnessError } from '../support/errors.ts';
import type { Link, LinkFault } from '../support/link-fault.ts';

/** A partition as the cluster tells it. */
export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  /** Null while it has none. */
  readonly leader: number | null;
  readonly replicas: readonly number[];
  readonly inSyncReplicas: readonly number[];
}

/** What must be readied when a cluster is opened, so that its faults can be injected later. */
export interface FaultNeeds {
  /** Links that a proxy must stand on. */
  readonly links: readonly Link[];
  /** Brokers whose log folder gets a file system of its own, of so many bytes, that can be filled. */
  readonly limitedDisks: ReadonlyMap<number, number>;
}

export const noFaultNeeds: FaultNeeds = { links: [], limitedDisks: new Map() };

/** A fault is to hit a broker that is not one of these. */
export const noSuchBroker = (broker: number, brokers: readonly number[]): HarnessError =>
  new HarnessError('usage', `There is no broker ${broker}.`, { hint: `The brokers are ${brokers.join(', ')}.` });

/**
 * The faults of a cluster. Brokers go by their ids. Each of the calls resolves when its effect is there, and throws a `HarnessError`
 * `environment` where it does not come about within a bound. While a broker is down or paused on purpose the cluster has not failed.
 */
export interface ClusterFaults {
  /** Whether brokers can be killed, paused and restarted: those that Highwater has started itself. */
  readonly canStopBrokers: boolean;
  readonly brokers: readonly number[];
  /** SIGKILL. Nothing where it is down. */
  kill(broker: number): Promise<void>;
  /** SIGTERM, and waits for the end in order. */
  stop(broker: number): Promise<void>;
  /** Starts a broker again that is down, and waits until it serves clients. Nothing where it runs. */
  start(broker: number): Promise<void>;
  /** SIGSTOP, until `resume`. */
  pause(broker: number): Promise<void>;
  /** SIGCONT; nothing where it is not paused. */
  resume(broker: number): Promise<void>;
  /** Fills what is free of its file system, until `freeDisk`. Only for brokers of `FaultNeeds.limitedDisks`. */
  fillDisk(broker: number): Promise<void>;
  /** Removes the filling, and starts the broker where it has ended for want of space. */
  freeDisk(broker: number): Promise<void>;
  /** Has a link do this to what passes; null: nothing. Only on links of `FaultNeeds.links`. */
  setLink(broker: number, link: Link, fault: LinkFault | null): Promise<void>;
  /** The active controller's id; where controllers are nodes of their own it is not one of `brokers`. */
  controller(signal?: AbortSignal): Promise<number>;
  /** The partitions of these topics, asked of a broker that answers. */
  partitions(topics: readonly string[]): Promise<PartitionState[]>;
  /** Ends every fault that still lasts: links carry, broker run. */
  undo(): Promise<void>;
  /** Waits until all brokers serve and every partition of the cluster has all of its replicas in sync and its preferred leader. */
  untilHealthy(timeoutMicros: number, signal?: AbortSignal): Promise<void>;
}
