/** What a tool must tell to be compared: whether it is here, and what came of a run. */

/** What is compared: producing alone, consuming alone, or one producer and one consumer at once. */
export const comparisons = ['produce', 'consume', 'both'] as const;
export type Comparison = (typeof comparisons)[number];

/** One run that a tool is asked for. */
export interface Job {
  readonly brokers: string;
  /** A fresh topic, or the filled one that is read. Tools whose topic is their own make another. */
  readonly topic: string;
  /** How many messages to send or read, for tools that count them. */
  readonly messages: number;
  /** How many messages the filled topic holds; 0 where messages are produced. */
  readonly filled: number;
  /** How long to measure, for tools that go by time. */
  readonly seconds: number;
  /** The tool's alone, and gone after the run. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** What came of a run. */
export interface Figures {
  /** Acknowledged where messages are produced, read where they are only consumed. */
  readonly messagesPerSecond: number;
  /** Where messages are produced and consumed at once. */
  readonly consumedPerSecond: number | null;
  /** All the CPU of the tool's process and its children, start and warm-up included, over all messages that it handled. */
  readonly cpuMicrosPerMessage: number;
  /** Highwater's worker threads alone, in the measured window. */
  readonly workerCpuMicrosPerMessage: number | null;
  /** From send to acknowledgement. */
  readonly p99Micros: number | null;
  /** What speaks against these figures: a message that was lost, a run that is not valid. */
  readonly faults: readonly string[];
  /** The tool's version, where only a run tells it. */
  readonly version: string | null;
}

/** What a tool leaves out that tells nothing else. */
export const nothingElse = {
  consumedPerSecond: null,
  workerCpuMicrosPerMessage: null,
  p99Micros: null,
  faults: [],
  version: null,
} satisfies Partial<Figures>;

/** A tool that can run. */
export interface ReadyTool {
  /** Null where only a run tells. */
  readonly version: string | null;
  run(job: Job): Promise<Figures>;
}

/** Where tools are looked for. */
export interface Surroundings {
  /** Folders before the path's own. */
  readonly folders: readonly string[];
  /** A Java, and the jars of the local broker's release. */
  readonly java: string;
  readonly jarsFolder: string;
  readonly kafkaVersion: string;
}

export interface Tool {
  /** For `--tools`. */
  readonly id: string;
  readonly title: string;
  readonly comparison: Comparison;
  /** Whose topics it works on: its job's, or its own, whose names begin so. */
  readonly ownTopics: string | null;
  /** Whether it proves that every message arrived. */
  readonly verifies: boolean;
  /** @throws NotFound where it is not here */
  prepare(surroundings: Surroundings): Promise<ReadyTool>;
}

/** A tool is not on this machine, for a reason that its user can mend. */
export class NotFound extends Error {}
