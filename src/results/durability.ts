/** What a run with faults shows of a cell: what its messages survived, and how long the brokers took to recover. A part of the result document. */
import { z } from 'zod';
import { FaultKind } from './faults.ts';

const count = z.int().min(0);
const micros = z.number();

const Settings = z.strictObject({
  acks: z.union([z.literal(0), z.literal(1), z.literal('all')]),
  idempotence: z.boolean(),
  replicationFactor: z.int().min(1).nullable().describe('null: of a topic that was there before, or not known'),
  minInsyncReplicas: z.int().min(1),
  uncleanLeaderElection: z.boolean(),
});

const Losses = z.strictObject({
  unit: z
    .enum(['fault', 'trial'])
    .describe('what can have lost or not: one fault where each trial had one, else a trial with all of its faults'),
  of: count.describe('of which it is known: something read the messages back, or at acks 0 the end offsets tell'),
  withLoss: count.describe('of those: with a message that was acknowledged (acks 0: sent) and never read'),
  shareAtMost: z
    .number()
    .nullable()
    .describe('the share that loses anything, one-sided upper 95 % bound by Clopper and Pearson; null where `of` is 0'),
  messages: count.describe('acknowledged (acks 0: sent) messages of those windows'),
  lost: count,
  lostOfWorstTrial: count,
});

const Recovery = z
  .strictObject({
    faults: count.describe('of trials that are not invalid'),
    within: count.describe('of those: for which it came within the time that was watched'),
    medianMicros: micros
      .nullable()
      .describe('those for which it did not come count as longer; null where they are the middle'),
    worstMicros: micros.nullable().describe('of those for which it came'),
  })
  .nullable();
export type Recovery = z.infer<typeof Recovery>;

const Unavailable = z
  .strictObject({
    trials: count.describe('that are not invalid'),
    open: count.describe('of those: whose longest had not ended with the trial'),
    medianMicros: micros
      .nullable()
      .describe('of each trial’s longest; those that had not ended count as longer; null where they are the middle'),
    worstMicros: micros.describe('at least that where one had not ended'),
  })
  .nullable();
export type Unavailable = z.infer<typeof Unavailable>;

export const CellDurability = z.strictObject({
  cell: z.string(),
  settings: Settings.describe('what decides whether an acknowledged message may be lost'),
  isLossPermitted: z.boolean().describe('whether loss by such faults is what these settings promise'),
  trials: count.describe('with faults, invalid ones too'),
  faults: z.array(z.strictObject({ kind: FaultKind, count })).describe('that were injected in those trials'),
  losses: Losses.describe('of every trial, invalid ones too: a lost message stays lost'),
  duplicated: count.nullable().describe('null where nothing read the messages back'),
  reordered: count.nullable().describe('null where nothing read the messages back'),
  unavailable: Unavailable.describe('for how long a partition took nothing; null where acknowledgements do not tell'),
  detected: Recovery.describe('until partitions of a broker that was hit had another leader; null where it led none'),
  latencyNormal: Recovery,
  lagNormal: Recovery.describe('null without groups'),
});
export type CellDurability = z.infer<typeof CellDurability>;

/** What keeps an acknowledged message when a broker is lost, as a trial had it. */
export type DurabilitySettings = z.infer<typeof Settings>;

export const Durability = z.array(CellDurability);
