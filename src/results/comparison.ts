/** The part of the result document that holds a comparison. */
import { z } from 'zod';

const share = z.number().nullable().default(null);

/** Cell b against cell a on one metric. */
export const Comparison = z.strictObject({
  metric: z.string(),
  a: z.string(),
  b: z.string(),
  role: z
    .enum(['primary', 'exploratory'])
    .default('primary')
    .describe('primary: declared beforehand, decides; exploratory: a hint, cannot fail anything'),
  design: z
    .enum(['paired', 'unpaired'])
    .default('paired')
    .describe('paired: by block; unpaired: the arms’ trials were not interleaved'),
  delta: share.describe('the change that matters'),
  ratio: z.number().nullable().describe('b against a'),
  low: z.number().nullable(),
  high: z.number().nullable(),
  confidence: share.describe(
    'of the interval from low to high: 0.95, more where several rows share the level (primary: Holm, exploratory: Benjamini-Hochberg)',
  ),
  p: share.describe('two-sided, of "no change"; under the strict rule of "no change beyond delta"'),
  adjustedP: share.describe('the same for all rows of this role together'),
  hodgesLehmann: share.describe('the median of all ratios of a value of b to one of a'),
  mannWhitneyP: share.describe('of the rank test, which takes no notice of blocks'),
  verdict: z.enum(['better', 'worse', 'same', 'inconclusive']),
  because: z
    .enum(['no-data', 'too-few-trials', 'too-noisy', 'tests-disagree', 'censored', 'offered-rate'])
    .nullable()
    .describe(
      'why it is inconclusive; tests-disagree: the sign-flip test does not confirm; censored: values are lower bounds; offered-rate: open loops that kept up have the throughput that was asked of them',
    ),
  nonInferior: z.boolean().default(false).describe('b is not worse by delta (one-sided 95 %)'),
  blocks: z.int().min(0),
  blocksToDecide: z.int().nullable(),
  mde: share.describe('the smallest worsening that would be found with 90 % power with these blocks and this spread'),
});
export type Comparison = z.infer<typeof Comparison>;
