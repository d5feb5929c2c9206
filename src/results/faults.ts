/** What was broken on purpose in a trial, and what came of it: a part of the result document. Times count from the start of the window. */
import { z } from 'zod';

const micros = z.number();
const count = z.int().min(0);

export const FaultKind = z.enum(['kill', 'pause', 'restart', 'rollingRestart', 'fillDisk', 'network']);
export type FaultKind = z.infer<typeof FaultKind>;

const InjectedFault = z.strictObject({
  kind: FaultKind,
  asked: z
    .string()
    .describe('whom the scenario names: leader, leaderOf 3, controller, random, all, or a broker’s number'),
  brokers: z.array(z.int()).describe('whom it hit'),
  network: z
    .strictObject({
      link: z.enum(['clients', 'brokers']),
      direction: z.enum(['both', 'toBroker', 'fromBroker']),
      latencyMicros: micros,
      jitterMicros: micros,
      bandwidthBytesPerSecond: z.number().nullable(),
      cut: z.boolean(),
      halfOpen: z.boolean(),
      reset: z.boolean(),
    })
    .nullable(),
  atMicros: micros.describe('when it had come about'),
  endedAtMicros: micros.nullable().describe('when all was running again; null: not within the trial'),
  partitionsLed: count.describe('partitions of the trial’s topics that the brokers led which it hit'),
  detectedAfterMicros: micros
    .nullable()
    .describe('until the first of those had another leader; null where none got one'),
  unavailable: z
    .strictObject({
      partitions: count.describe('partitions that took nothing for 250 ms or more'),
      longestMicros: micros,
      isOver: z.boolean().describe('false: the longest had not ended with the trial'),
    })
    .nullable()
    .describe('by acknowledgements: from the first due message that had none until the next one; null at acks 0'),
  latencyNormalAfterMicros: micros
    .nullable()
    .describe(
      'until p99 by due second (ack, else endToEnd) is what it was before, for three seconds; null: not within the window',
    ),
  lagNormalAfterMicros: micros
    .nullable()
    .describe('until every group is as far behind as before; null: not within the trial, or no group'),
});
export type InjectedFault = z.infer<typeof InjectedFault>;

const LeaderChange = z.strictObject({
  atMicros: micros,
  topic: z.string(),
  partition: count,
  from: z.int().nullable(),
  to: z.int().nullable().describe('null: it has no leader'),
});
export type LeaderChange = z.infer<typeof LeaderChange>;

const PartitionGap = z.strictObject({
  topic: z.string(),
  partition: count,
  fromMicros: micros.describe('the due time of the first message without an acknowledgement'),
  forMicros: micros.describe('until the next acknowledgement, or until the end of the trial'),
  isOver: z.boolean(),
});
export type PartitionGap = z.infer<typeof PartitionGap>;

export const TrialFaults = z.strictObject({
  injected: z.array(InjectedFault),
  leaderChanges: z.array(LeaderChange).describe('as seen by asking several times a second'),
  gaps: z.array(PartitionGap).describe('spans of 250 ms or more in which nothing of a partition was acknowledged'),
});
export type TrialFaults = z.infer<typeof TrialFaults>;
