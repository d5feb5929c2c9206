/** Says what the contract suite needs of a driver: ground to send on, and a way to read back what lies there. */
import type { Driver } from '../../../src/drivers/driver.ts';
import { HarnessError, messageOf } from '../../../src/support/errors.ts';

/** A driver, and where it is tried. */
export interface Subject {
  readonly name: string;
  readonly driver: Driver;
  /** What cannot be asked of this driver's brokers, with the reason. */
  readonly lacks: Partial<Record<Ability, string>>;
  /** New topics that hold nothing yet. */
  openGround(spec?: GroundSpec): Promise<Ground>;
}

/** `content`: keys, values and headers can be read back; `commits`: groups remember where they are. */
export type Ability = 'content' | 'commits' | 'transactions';

export interface GroundSpec {
  readonly topics?: number;
  readonly partitions?: number;
  /** Of the topics, under Kafka's own names. */
  readonly config?: Readonly<Record<string, string | number>>;
}

/** Topics of one test. */
export interface Ground {
  readonly topics: readonly string[];
  readonly brokers: readonly string[];
  readonly simulatedBroker: unknown;
  /** By partition of a topic: the offset that the next message gets, from the broker itself. */
  endOffsets(topic?: number): Promise<number[]>;
  /** Everything in a topic, in the order of its offsets within each partition, by another way than the driver's where there is one. */
  readBack(topic?: number): Promise<StoredRecord[]>;
  /** Appends one message to partition 0 of topic 0 by another client, in a transaction that is then aborted. */
  sendAborted(): Promise<void>;
  /** Members of a group, as the broker sees them. */
  groupMembers(groupId: string): Promise<number>;
  /** By partition of topic 0: where a group goes on; −1 where it has committed nothing. */
  committed(groupId: string): Promise<number[]>;
}

/** A record as it lies in the log. */
export interface StoredRecord {
  readonly partition: number;
  readonly offset: number;
  /** Null where the brokers keep no content. */
  readonly content: {
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: readonly (readonly [name: string, value: Buffer])[];
  } | null;
  /** The sequence number of its stamp, in value or header; −1 where it carries none. */
  readonly sequence: number;
}

/** Whether a test is to be skipped, and why: for node:test's `skip`. */
export type Skip = string | false;

/** Why a driver could not be loaded, and what to do about it: for node:test's `skip`. */
export const whyMissing = (error: unknown): string =>
  error instanceof HarnessError && error.hint !== undefined ? `${error.message} ${error.hint}` : messageOf(error);

/** Skips where a driver or its brokers lack something. */
export const unless = (able: boolean, reason: string): Skip => (able ? false : reason);
export const lacking = ({ lacks, driver }: Subject, ability: Ability): Skip =>
  lacks[ability] ?? (ability === 'commits' && unless(joinsGroups(driver), 'joins no group at the broker'));

/** The suite's members take the first protocol. */
const joinsGroups = ({ capabilities }: Driver): boolean => capabilities.groupProtocols[0] !== 'manual';
