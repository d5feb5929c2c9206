/** `producers.partitioning`: who gives a message its partition, and how. */
import { z } from 'zod';
import { strategies } from '../../partition/strategies.ts';
import { keysOf } from '../../support/registry.ts';
import { FilePath } from './values.ts';

/** Every strategy that the format knows by name. */
export const knownStrategies = keysOf(strategies);

const Strategy = z.enum(knownStrategies);

/** A strategy in place. */
export interface Partitioning {
  readonly strategy: z.infer<typeof Strategy> | 'custom';
  /** Whether Highwater computes the partition, or the client itself does. */
  readonly by: 'harness' | 'client';
  /** The path of the module whose default export is the strategy `custom`. */
  readonly module: string | null;
}

export const Partitioning = z
  .union([
    Strategy,
    z.strictObject({ strategy: Strategy, by: z.enum(['harness', 'client']).default('harness') }),
    z.strictObject({
      custom: FilePath.describe('a module whose default export is (key, partitions, index) => partition'),
    }),
  ])
  .transform((written): Partitioning => {
    if (typeof written === 'string') return { strategy: written, by: 'harness', module: null };
    if ('custom' in written) return { strategy: 'custom', by: 'harness', module: written.custom };
    return { ...written, module: null };
  });
