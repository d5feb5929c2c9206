/** The contract between Highwater and one client library: blocks of messages in, runs of tickets out. */
import type { Stamp } from '../support/stamp.ts';

export type Acks = 0 | 1 | 'all';
/** Strategies that some client has of its own. */
export type ClientPartitioner = 'murmur2' | 'fnv1a' | 'crc';
/** Who gives a group's members their partitions: the broker, or (`manual`) their number within the group, without a group at the broker. */
export type GroupProtocol = 'classic' | 'consumer' | 'manual';
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** What all messages of a trial are made of. Made once before the load; every message refers into it by index. */
export interface MessageContent {
  /** All value bodies, packed. A message's value is its stamp followed by its body (or the body alone, see `stampIn`). */
  readonly bodies: Buffer;
  /** The key table; index −1 in a block is the null key, an empty entry the empty key. */
  readonly keys: readonly Buffer[];
  /** The header table; index −1 in a block means none. */
  readonly headerSets: readonly (readonly MessageHeader[])[];
  /** Whether the stamp is the value's first 24 bytes, or the value of the header `highwater`. */
  readonly stampIn: 'value' | 'header';
}

export interface MessageHeader {
  readonly name: string;
  readonly value: Buffer;
}

/**
 * Messages on their way to a client, in columns: message i of the block is the i-th entry of each.
 * The host owns the memory and writes it again as soon as `submit` has returned: a driver copies what it keeps.
 */
export interface MessageBlock {
  /** How many messages the block holds. */
  count: number;
  /** Message i has the ticket `firstTicket + i`; tickets count up from 0 per producer. */
  firstTicket: number;
  /** Index into the producer's topics. */
  readonly topic: Int32Array;
  /** The partition; −1 leaves it to the client. */
  readonly partition: Int32Array;
  /** Index into `MessageContent.keys`; −1 is the null key. */
  readonly key: Int32Array;
  /** Where the body begins in `MessageContent.bodies`. */
  readonly bodyOffset: Int32Array;
  /** The body's length in bytes; −1 is a null value (a tombstone, whose stamp is in a header). */
  readonly bodyLength: Int32Array;
  /** Index into `MessageContent.headerSets`; −1 is none. */
  readonly headers: Int32Array;
  /** 24 bytes a message, see `support/stamp`. */
  readonly stamps: Buffer;
}

/** How a producer says what became of its messages. Called from the I/O thread, with runs of consecutive tickets. */
export interface ProducerEvents {
  /** Acknowledged: message `firstTicket + i` is at `baseOffset + i` of the partition; baseOffset −1 where the client does not tell. */
  acknowledged(firstTicket: number, count: number, atMicros: number, partition: number, baseOffset: number): void;
  /** Given up by the client; whether the broker has them is unknown. */
  failed(firstTicket: number, count: number, atMicros: number, error: Error): void;
  /** With acks 0: handed to the operating system. No more is ever learnt of them. */
  departed(firstTicket: number, count: number, atMicros: number): void;
  /** The client takes messages again after `submit` took fewer than it was offered. */
  writable(): void;
}

/** Makes a client sure whom it talks to. PEM texts, not paths: a worker elsewhere may not see the files. */
export interface ClientTls {
  /** The authorities to trust; null for those that the client trusts by itself. */
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly passphrase: string | null;
  /** The name that the broker's certificate must bear; null for the host that is connected to. */
  readonly serverName: string | null;
}

/** Says who the client is. */
export type ClientSasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: string;
    }
  | { readonly mechanism: 'oauthbearer'; readonly token: string };

/** How a client speaks to its brokers. Holds secrets: it is written nowhere, and no error quotes it. */
export interface ClientSecurity {
  readonly tls: ClientTls | null;
  readonly sasl: ClientSasl | null;
}

/** Neither encrypted nor authenticated. */
export const plainText: ClientSecurity = { tls: null, sasl: null };

/** Where and as whom a client connects. */
export interface ClientOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly security: ClientSecurity;
  /** Topic names; blocks and batches refer to them by index. */
  readonly topics: readonly string[];
  /** Settings under Kafka's own names, already checked to be translatable. */
  readonly config: Readonly<Record<string, string | number | boolean>>;
  /** The client's private settings, passed as they are. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The simulated broker's shared state; undefined with a real broker. */
  readonly simulatedBroker: unknown;
}

export interface ProducerOptions extends ClientOptions {
  /** The producer's index within the trial. */
  readonly producer: number;
  readonly content: MessageContent;
  readonly acks: Acks;
  readonly idempotence: boolean;
  readonly lingerMicros: number;
  readonly batchSizeBytes: number;
  readonly compression: Compression;
  readonly maxInFlightRequests: number;
  readonly requestTimeoutMicros: number;
  readonly deliveryTimeoutMicros: number;
  /** The strategy that the client itself applies to messages whose partition is −1. */
  readonly clientPartitioner: ClientPartitioner | null;
  /**
   * `unbounded` (open loop): take everything, waiting counts as latency.
   * `requests` (`rate: max`): take no more than keeps `maxInFlightRequests` requests of `batchSizeBytes` per leader going.
   */
  readonly queue: 'unbounded' | 'requests';
}

/** The client's figures of what it put on the wire, counted since it was opened. */
export interface ProducerCounters {
  readonly batches: number;
  readonly batchedMessages: number;
  /** Uncompressed bytes of keys, values and headers in those batches. */
  readonly batchedBytes: number;
  /** Messages that were sent again: each may stand in the log twice. */
  readonly retriedMessages: number;
}

/** The settings that a client really uses, under Highwater's or the client's own names. */
export type EffectiveSettings = Readonly<Record<string, string | number | boolean>>;

export interface ProducerConnection extends AsyncDisposable {
  readonly effective: EffectiveSettings;
  /**
   * Takes messages `from` … `block.count − 1` in order and returns how many it took. Synchronous; never throws for what a
   * broker or network does. Fewer than offered means back-pressure: `writable` follows.
   */
  submit(block: MessageBlock, from: number): number;
  /** Sends what waits for linger or a full batch now. Outcomes come through the events. */
  flush(): void;
  counters(): ProducerCounters;
  /** Settles once the counters hold everything that has an outcome, for a client that tells them now and then; there it takes a moment. */
  counted?(): Promise<void>;
  /** Tells when the measured window begins (host's monotonic clock), for a broker that is simulated. */
  windowBeginsAt?(micros: number): void;
}

/** Where a consumer begins that has no committed offset. */
export type Start = 'earliest' | 'latest';

/** How a member tells its group how far it has come. */
export type CommitMode =
  /** As Java's auto-commit: what was handed over, every so often, before partitions are given up, and when it closes. */
  | { readonly kind: 'auto'; readonly everyMicros: number }
  /** What `commit` is given and nothing else, also when it closes. */
  | { readonly kind: 'manual' };

/** Where a partition goes on: the offset after the last one that is done with. */
export interface Position {
  readonly topic: number;
  readonly partition: number;
  readonly nextOffset: number;
}

export interface ConsumerOptions extends ClientOptions {
  readonly groupId: string;
  readonly groupProtocol: GroupProtocol;
  /** The member's index within its group. */
  readonly member: number;
  /** Members in the whole group. */
  readonly members: number;
  readonly start: Start;
  /** By topic and partition: where a member without a group at the broker (`manual`) begins; null for `start`. A group's members begin at what it has committed. */
  readonly positions: readonly (readonly number[])[] | null;
  readonly commit: CommitMode;
  readonly stampIn: 'value' | 'header';
}

/** Records of one partition as they came from the client. Valid only during the `batch` call. */
export interface RecordBatch {
  readonly topic: number;
  readonly partition: number;
  readonly count: number;
  /** Where the partition goes on: after these records, and after what the client passed over behind them. */
  readonly nextOffset: number;
  offset(index: number): number;
  /** Fills `into` from the record's stamp; false where it carries none. */
  readStamp(index: number, into: Stamp): boolean;
  key(index: number): Buffer | null;
  value(index: number): Buffer | null;
  /** Every value of the header, in order. */
  header(index: number, name: string): readonly Buffer[];
}

export interface ConsumerEvents {
  /** The member now owns exactly these partitions of the topic. */
  assigned(topic: number, partitions: readonly number[]): void;
  /**
   * The group is about to take these partitions of the topic away. Until it settles, where the client waits for that, they may still be
   * committed. Not called where the client learns of it only afterwards, nor when the member closes. Positions that were known before mean nothing any more:
   * a partition that comes back goes on where the group has committed.
   */
  revoking(topic: number, partitions: readonly number[]): void | Promise<void>;
  /** A promise holds the member back: until it settles the member, which stays in its group all the while, hands over nothing more. */
  batch(records: RecordBatch, receivedMicros: number): void | Promise<void>;
  /** The client gave up; no more records will come. */
  failed(error: Error): void;
}

export interface ConsumerConnection extends AsyncDisposable {
  readonly effective: EffectiveSettings;
  /** Settles once the member has its partitions, has a position in each and has fetched once. */
  readonly ready: Promise<void>;
  /** Commits where partitions go on. @throws Error where the group did not take all of it; a partition that is another member's by now is left out */
  commit(positions: readonly Position[]): Promise<void>;
  windowBeginsAt?(micros: number): void;
}

/** What a client can do, as data: the planner refuses the rest before any load. */
export interface Capabilities {
  /** `thread`: runs in worker threads. `process`: its native addon wants a process of its own. */
  readonly host: 'thread' | 'process';
  readonly acks: readonly Acks[];
  readonly compressions: readonly Compression[];
  readonly idempotence: 'none' | 'serial' | 'pipelined';
  /** Who holds messages back for `linger`: the client, or Highwater's accumulator in front of it. */
  readonly linger: 'client' | 'harness';
  /** Strategies that the client itself can apply exactly (`partitioning.by: client`). */
  readonly clientPartitioners: readonly ClientPartitioner[];
  readonly groupProtocols: readonly GroupProtocol[];
  /** Kafka's names of the settings that the driver can translate, by side. */
  readonly config: { readonly producer: readonly string[]; readonly consumer: readonly string[] };
}

export interface Driver {
  readonly capabilities: Capabilities;
  /** The version of the client library, for the result. */
  clientVersion(): Promise<string>;
  /** By name, what the driver needs and its library, which may be of another release, does not have. Loads all of the library. */
  absent?(): Promise<readonly string[]>;
  openProducer(options: ProducerOptions, events: ProducerEvents): Promise<ProducerConnection>;
  openConsumer(options: ConsumerOptions, events: ConsumerEvents): Promise<ConsumerConnection>;
}
