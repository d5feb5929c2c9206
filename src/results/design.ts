/** The parts of the result document that say how a run was laid out: two settings, pairs of cells, two looks, the warm-up that was found, and interruptions. */
import { z } from 'zod';

export const CellSide = z.enum(['this', 'against']);

export const CellPairs = z
  .array(z.strictObject({ a: z.string(), b: z.string() }))
  .describe('ids of cells that are compared, b against a, in place of every cell with the reference');

/** The setting that a run's own was held against, block by block. */
export const Against = z.strictObject({
  name: z.string().describe('a git ref, or a scenario’s file'),
  newCells: z.array(z.string()).describe('ids of cells without a counterpart there'),
  goneCells: z.array(z.string()).describe('ids of its cells without a counterpart here'),
});

/** Declared before any outcome was seen. */
export const Looks = z.strictObject({
  planned: z.literal(2).describe('after the blocks that were asked for, and after as many again'),
  taken: z.int().min(1).max(2).describe('2: the first left a primary comparison inconclusive'),
  level: z.number().describe('two-sided, of each look'),
});
export type Looks = z.infer<typeof Looks>;

/** Fixed before the first block, by a pilot of each cell. */
export const FoundWarmup = z.strictObject({
  asked: z.literal('auto'),
  micros: z.number().describe('of every trial whose scenario says auto: the longest of the pilots'),
  pilots: z.array(
    z.strictObject({
      cell: z.string(),
      seconds: z.int().min(0).describe('of load, until it was steady, or the maximum'),
      cutSeconds: z
        .number()
        .nullable()
        .describe('where it had found its level, by MSER-5; null where there was too little to tell'),
      isSteady: z.boolean(),
      unsettled: z
        .array(z.string())
        .describe('series that had found no level; none where there was too little to tell'),
    }),
  ),
});
export type FoundWarmup = z.infer<typeof FoundWarmup>;

/** A fact of a run's surroundings that is not what it was before the interruption. */
export const FactChange = z.strictObject({
  fact: z.string(),
  before: z.string().nullable().describe('null where it was not recorded'),
  after: z.string().nullable(),
});
export type FactChange = z.infer<typeof FactChange>;

/** The run was interrupted, or killed, and went on later. */
export const Resumption = z.strictObject({
  at: z.iso.datetime(),
  afterSeconds: z.number().min(0).describe('since the run was last heard of'),
  trialsBefore: z.int().min(0).describe('that were finished by then'),
  changes: z
    .array(FactChange)
    .describe('of host, program and brokers since then; where there are any, no trial is paired with one of before'),
});
export type Resumption = z.infer<typeof Resumption>;
