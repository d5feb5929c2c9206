/** Makes the table of keys, and chooses each message's key from it. */
import { Buffer } from 'node:buffer';
import type { Random } from '../support/random.ts';

/** Which keys messages have. */
export type KeySettings =
  | { readonly kind: 'none' }
  | { readonly kind: 'keyed'; readonly distinct: number; readonly distribution: 'uniform' | 'zipf' | 'sequential' };

export interface KeyChooser {
  /** `key-000000`, `key-000001`, …: made when first asked for. */
  readonly keys: readonly Buffer[];
  /** Index of the next message's key in `keys`; −1 for none. */
  readonly next: () => number;
}

/**
 * How often the k-th key comes under `zipf`: 1/k^0.99 of the first one, the exponent of YCSB (Cooper et al. 2010). With 10,000
 * keys the first one has 9.8 % of the messages.
 */
export const zipfExponent = 0.99;

/**
 * Chooses keys: `uniform` each as likely, `zipf` the first ones far more often, `sequential` one after the other and again from
 * the first one. The table is the same whatever `random` is.
 */
export function keyChooser(settings: KeySettings, random: Random): KeyChooser {
  const next = indexChooser(settings, random);
  let keys: readonly Buffer[] | null = null;
  return {
    get keys() {
      return (keys ??= settings.kind === 'none' ? [] : keyTable(settings.distinct));
    },
    next,
  };
}

function indexChooser(settings: KeySettings, random: Random): () => number {
  if (settings.kind === 'none') return () => -1;
  const { distinct } = settings;
  switch (settings.distribution) {
    case 'uniform':
      return () => random.below(distinct);
    case 'sequential': {
      let index = -1;
      return () => (index = index + 1 === distinct ? 0 : index + 1);
    }
    case 'zipf': {
      const table = zipfTable(settings);
      return () => drawIndex(table, random.next());
    }
  }
}

/** All keys are views into one block of memory, and equally long. */
function keyTable(distinct: number): Buffer[] {
  const digits = Math.max(6, String(distinct - 1).length);
  const bytes = 'key-'.length + digits;
  const packed = Buffer.alloc(distinct * bytes);
  return Array.from({ length: distinct }, (_, i) => {
    packed.write(`key-${String(i).padStart(digits, '0')}`, i * bytes, 'latin1');
    return packed.subarray(i * bytes, (i + 1) * bytes);
  });
}

/** A discrete distribution from which a draw takes one number and one look: column i is i itself or its alias. */
export interface AliasTable {
  /** Share of column i that is i itself. */
  readonly own: Float64Array;
  readonly alias: Int32Array;
}

/** The index that a uniform number in [0, 1) draws. */
export function drawIndex({ own, alias }: AliasTable, uniform: number): number {
  const place = uniform * own.length;
  const column = Math.floor(place);
  return place - column < (own[column] as number) ? column : (alias[column] as number);
}

/** The alias method (Walker 1974) in Vose's form (1991): exact, and linear in the number of weights. */
export function aliasTable(weights: Float64Array): AliasTable {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  const own = weights.map(weight => weight / mean);
  const alias = Int32Array.from(own, (_, i) => i);
  const small: number[] = [];
  const large: number[] = [];
  for (const [i, share] of own.entries()) (share < 1 ? small : large).push(i);
  while (small.length > 0 && large.length > 0) {
    const poor = small.pop() as number;
    const rich = large.at(-1) as number;
    alias[poor] = rich;
    own[rich] = (own[rich] as number) - (1 - (own[poor] as number));
    if ((own[rich] as number) < 1) small.push(large.pop() as number);
  }
  // what rounding leaves over is 1 but for an ulp or two
  for (const i of [...small, ...large]) own[i] = 1;
  return { own, alias };
}

/** One table for all producers of a worker: there may be thousands, and they hold the same settings. */
const zipfTables = new WeakMap<KeySettings, AliasTable>();

function zipfTable(settings: KeySettings & { readonly kind: 'keyed' }): AliasTable {
  let table = zipfTables.get(settings);
  if (!table) {
    table = aliasTable(Float64Array.from({ length: settings.distinct }, (_, i) => (i + 1) ** -zipfExponent));
    zipfTables.set(settings, table);
  }
  return table;
}
