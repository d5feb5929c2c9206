/** Loads a partitioner that the user wrote. */
import { pathToFileURL } from 'node:url';
import { HarnessError, messageOf } from '../support/errors.ts';

/** What a module exports by default: key (null: none), number of partitions, the message's number → partition. */
export type CustomPartitioner = (key: Uint8Array | null, partitions: number, index: number) => number;

/**
 * Imports the module and guards its answers.
 * @throws HarnessError `usage` if it cannot be loaded, exports no function, or answers with no partition of the topic
 */
export async function loadCustomPartitioner(
  path: string,
  partitions: number,
): Promise<(key: Uint8Array | null, message: number) => number> {
  const partitioner = await importDefault(path);
  return (key, message) => {
    const partition = partitioner(key, partitions, message);
    if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return partition;
    throw new HarnessError(
      'usage',
      `${path} chose partition ${partition} for message ${message}; the topic has ${partitions}.`,
      {
        hint: `Return a whole number from 0 to ${partitions - 1}.`,
      },
    );
  };
}

async function importDefault(path: string): Promise<CustomPartitioner> {
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  } catch (cause) {
    throw new HarnessError('usage', `The partitioner ${path} cannot be loaded: ${messageOf(cause)}`, { cause });
  }
  if (typeof module.default === 'function') return module.default as CustomPartitioner;
  throw new HarnessError('usage', `${path} has no default export that is a function.`, {
    hint: 'Write `export default (key, partitions, index) => …`.',
  });
}
