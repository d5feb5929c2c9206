/** Makes a producer's partitioner over the trial's table of keys: a strategy of the table, or a module of the user's own. */
import { loadCustomPartitioner } from './custom.ts';
import { type PartitionContext, type Partitioner, type StrategyName, strategies } from './strategies.ts';

/** A partitioner over a finite table of keys: by index, −1 for none, so that a key is hashed once. */
export type TablePartitioner = (keyIndex: number, message: number, bytes: number) => number;

/** Which strategy, and where it stands if it is a module. */
export interface PartitionChoice {
  readonly strategy: string;
  readonly module: string | null;
}

/** Partitions by key table, strategy and number of partitions: producers of one worker share them, and there may be thousands. */
const knownPartitions = new WeakMap<readonly Uint8Array[], Map<string, Int32Array>>();

/**
 * A producer's partitioner for messages whose keys come from a table.
 * @throws HarnessError `usage` if a custom module cannot be loaded or exports no function, or a sequence leaves the topic
 */
export async function loadPartitioner(
  { strategy, module }: PartitionChoice,
  context: PartitionContext & { readonly keys: readonly Uint8Array[] },
): Promise<TablePartitioner> {
  const { keys } = context;
  if (module !== null) {
    const custom = await loadCustomPartitioner(module, context.partitions);
    return (keyIndex, message) => custom(keys[keyIndex] ?? null, message);
  }
  const { byKey, create } = strategies[strategy as StrategyName];
  const partitioner = create(context);
  if (!byKey) return (keyIndex, message, bytes) => partitioner(keys[keyIndex] ?? null, message, bytes);
  const known = partitionsOf(keys, `${strategy} ${context.partitions}`, partitioner);
  return (keyIndex, message, bytes) => (keyIndex < 0 ? partitioner(null, message, bytes) : (known[keyIndex] as number));
}

function partitionsOf(keys: readonly Uint8Array[], name: string, partitioner: Partitioner): Int32Array {
  const ofKeys = knownPartitions.get(keys) ?? new Map<string, Int32Array>();
  knownPartitions.set(keys, ofKeys);
  const known = ofKeys.get(name) ?? Int32Array.from(keys, key => partitioner(key, 0, 0));
  ofKeys.set(name, known);
  return known;
}
