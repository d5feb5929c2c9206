/** `messages`: what is sent. */
import { z } from 'zod';
import type { SizeDistribution } from '../../load/payloads.ts';
import { excludes, withRules } from './rules.ts';
import { Count, FilePath, PositiveSize, Share, TextMap, unitNouns } from './values.ts';

const LognormalSize = z
  .strictObject({ median: PositiveSize, p99: PositiveSize })
  .refine(({ median, p99 }) => p99 > median, {
    path: ['p99'],
    message: 'p99 is not above the median',
    params: {
      hint: 'the 99th percentile of a size is larger than its median; for one size write size: 1KiB',
      at: 'value',
    },
  });

const ValueSize = z
  .union([PositiveSize, LognormalSize], { error: unitNouns.positiveSize })
  .transform((size): SizeDistribution =>
    typeof size === 'number'
      ? { kind: 'fixed', bytes: size }
      : { kind: 'lognormal', medianBytes: size.median, p99Bytes: size.p99 },
  );

const distributions = ['none', 'uniform', 'zipf', 'sequential'] as const;
const defaultDistinct = 10_000;

/** Which keys messages have. */
export type Keys =
  | { readonly kind: 'none' }
  | { readonly kind: 'keyed'; readonly distinct: number; readonly distribution: 'uniform' | 'zipf' | 'sequential' };

const KeyMap = z.strictObject({
  distinct: Count(100_000_000).default(defaultDistinct).describe('how many different keys'),
  distribution: z.enum(distributions).default('uniform').describe('how often each of them comes'),
});

const Keys = z.union([z.enum(distributions), KeyMap]).transform((keys): Keys => {
  const { distinct, distribution } =
    typeof keys === 'string' ? { distinct: defaultDistinct, distribution: keys } : keys;
  return distribution === 'none' ? { kind: 'none' } : { kind: 'keyed', distinct, distribution };
});

const defaultSize: SizeDistribution = { kind: 'fixed', bytes: 1_024 };
const defaultCompressibility = 0.5;

const MessageKeys = withRules(
  z.strictObject({
    size: ValueSize.optional().meta({
      description: 'of a value in bytes, or { median, p99 } of a lognormal distribution',
      default: '1KiB',
      examples: ['1KiB', { median: '1KiB', p99: '20KiB' }],
    }),
    compressibility: Share.optional().meta({
      description: 'the share of a value that compression saves',
      default: defaultCompressibility,
    }),
    file: FilePath.optional().meta({
      description: 'values from a file instead: one JSON object { key?, value, headers? } a line',
      examples: ['payloads.ndjson'],
    }),
    keys: Keys.optional().meta({
      description: 'none, or { distinct, distribution }',
      default: 'none',
      examples: [{ distinct: 10_000, distribution: 'zipf' }],
    }),
    headers: TextMap.prefault({}).describe('that every message bears'),
    partition: z
      .strictObject({ sequence: z.array(z.int().min(0).max(100_000)).min(1) })
      .optional()
      .describe('for the strategy manual: the partitions of the messages, over and over'),
  }),
  excludes('file', ['size', 'compressibility', 'keys'], 'the file holds values and keys'),
);

const noKeys: Keys = { kind: 'none' };

/** Where values come from. */
export type Content =
  | { readonly kind: 'generated'; readonly size: SizeDistribution; readonly compressibility: number }
  | { readonly kind: 'file'; readonly path: string };

export const Messages = MessageKeys.transform(
  ({ size = defaultSize, compressibility = defaultCompressibility, file, keys, headers, partition }) => {
    const content: Content =
      file === undefined ? { kind: 'generated', size, compressibility } : { kind: 'file', path: file };
    return {
      content,
      keys: keys ?? noKeys,
      headers,
      partitionSequence: partition?.sequence ?? [],
    };
  },
);
