/** The settings under which all tools are compared: as alike as their options allow. */

export const settings = {
  valueBytes: 100,
  acks: 1,
  batchSizeBytes: 131_072,
  lingerMillis: 5,
  /** Requests in flight, for clients that bound them. */
  inFlight: 5,
  /** Of topics that are produced to, or filled and read. */
  partitions: 6,
  /** Of a topic that is produced to and read at once. */
  partitionsOfBoth: 4,
} as const;

/** How much of what is measured comes before it, to warm a tool up: a fifth, at least a second. */
export const warmupSecondsOf = (seconds: number): number => Math.max(1, Math.round(seconds / 5));
export const warmupMessagesOf = (messages: number): number => Math.round(messages / 5);

/** Long enough for a tool that is several times slower than it was in the round before. */
export const timeoutSecondsOf = (seconds: number): number => seconds * 10 + 120;
