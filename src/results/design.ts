/** The parts of the result document that say how a run was laid out: two settings, pairs of cells, two looks. */
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
