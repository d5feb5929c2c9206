/** What one worker is asked to do in one trial: plain data, so that the worker may be a thread, a process or another host. */
import type { ClientSecurity, ConsumerOptions, ProducerOptions } from '../drivers/driver.ts';
import type { DriverReference } from '../drivers/registry.ts';
import type { RateSegment } from '../load/arrivals.ts';
import type { KeySettings } from '../load/keys.ts';
import type { PayloadLine, SizeDistribution } from '../load/payloads.ts';
import type { ScenarioGroup } from '../scenario/schema.ts';
import type { MemberEnd } from './churn.ts';

export type TrialLoad =
  | { readonly kind: 'open'; readonly arrivals: 'uniform' | 'poisson'; readonly segments: readonly RateSegment[] }
  /** Messages in flight per producer. */
  | { readonly kind: 'closed'; readonly outstanding: number }
  | { readonly kind: 'saturating' };

/** What every worker of a trial must know. */
export interface TrialFrame {
  /** Stands in every message's stamp: tells this trial's messages from all others. */
  readonly runStamp: number;
  readonly seed: number;
  readonly warmupMicros: number;
  readonly measureMicros: number;
  readonly deliveryTimeoutMicros: number;
  /** Producers in the whole trial. */
  readonly producers: number;
  /** Different keys that messages may have; 0 where they have none. */
  readonly keys: number;
  readonly topics: readonly string[];
  readonly partitionsPerTopic: number;
  readonly brokers: readonly string[];
  readonly clientIdPrefix: string;
  /** `nap` where brokers share the generator's cores. */
  readonly pacing: 'spin' | 'nap';
  /** Whether workers tell what they did by the second while they run: something is judged by it. */
  readonly tellsSeconds: boolean;
  /** Whether producers tell for how long nothing of a partition was acknowledged: something breaks on purpose. */
  readonly tellsSilences: boolean;
  readonly stampIn: 'value' | 'header';
  readonly security: ClientSecurity;
  /** The simulated broker's shared state; undefined with a real one. */
  readonly simulatedBroker: unknown;
}

export interface MessageSettings {
  readonly content:
    | { readonly kind: 'generated'; readonly size: SizeDistribution; readonly compressibility: number }
    | { readonly kind: 'file'; readonly lines: readonly PayloadLine[] };
  readonly keys: KeySettings;
  readonly headers: Readonly<Record<string, string>>;
  /** For the strategy `manual`: the messages' partitions, over and over. */
  readonly partitionSequence: readonly number[];
}

export interface PartitioningSettings {
  readonly strategy: string;
  readonly by: 'harness' | 'client';
  /** The path of the module, for the strategy `custom`. */
  readonly module: string | null;
}

export interface ProduceAssignment {
  readonly role: 'produce';
  readonly worker: number;
  readonly driver: DriverReference;
  readonly frame: TrialFrame;
  /** Indices of the producers that this worker runs. */
  readonly producers: readonly number[];
  readonly load: TrialLoad;
  readonly mode: 'sync' | 'async';
  readonly messages: MessageSettings;
  readonly partitioning: PartitioningSettings;
  readonly client: Pick<
    ProducerOptions,
    | 'acks'
    | 'idempotence'
    | 'lingerMicros'
    | 'batchSizeBytes'
    | 'compression'
    | 'maxInFlightRequests'
    | 'requestTimeoutMicros'
    | 'config'
    | 'options'
  >;
  /** Messages in flight, over the worker's producers, beyond which due messages wait, lest the memory run out. */
  readonly mostOutstanding: number;
}

/** One member of a group. */
export interface MemberAssignment {
  /** Its number in the scenario's group. */
  readonly member: number;
  /** The id of its group at the broker. */
  readonly groupId: string;
  /** Its number in that group, and how many members that has: with broadcast 0 of 1. */
  readonly place: number;
  readonly places: number;
}

export interface ConsumeAssignment {
  readonly role: 'consume';
  readonly worker: number;
  readonly driver: DriverReference;
  readonly frame: TrialFrame;
  /** The group's name in the scenario. */
  readonly group: string;
  readonly delivery: 'unicast' | 'broadcast';
  /** The members that this worker runs. */
  readonly members: readonly MemberAssignment[];
  readonly handling: HandlingSettings;
  readonly client: Pick<ConsumerOptions, 'groupProtocol' | 'start' | 'positions' | 'commit' | 'config' | 'options'>;
  /** Messages that must have been acknowledged before the members are opened; 0: they are there from the beginning. */
  readonly backlog: number;
  /** For the one member of a worker of its own: when it joins, from the start of the measured window; null from the beginning. */
  readonly joinsAtMicros: number | null;
  readonly ends: MemberEnd | null;
}

/** How a member handles what it reads. */
export interface HandlingSettings {
  /** What handling one message takes. */
  readonly timeMicros: number;
  /** Messages that a member handles at once. */
  readonly concurrency: number;
  /** Every n-th message fails at first; 0: none. */
  readonly failEvery: number;
  readonly commit: ScenarioGroup['commit'];
}

export type Assignment = ProduceAssignment | ConsumeAssignment;
