/** Loads a partitioner that the user wrote, and lets none of its mistakes pass. */
import { pathToFileURL } from 'node:url';
import { HarnessError, messageOf } from '../support/errors.ts';

/** What a module exports by default: key (null: none), number of partitions, the message's number → partition. */
export type CustomPartitioner = (key: Uint8Array | null, partitions: number, index: number) => number;

/**
 * Imports the module's default export.
 * @throws HarnessError `usage` if it cannot be loaded or exports no function
 */
export async function importPartitioner(path: string): Promise<CustomPartitioner> {
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  } catch (cause) {
    throw new HarnessError('usage', `The partitioner ${path} cannot be loaded: ${messageOf(cause)}`, { cause });
  }
  if (typeof module.default === 'function') return module.default as CustomPartitioner;
  const found = 'default' in module ? `its default export is ${shown(module.default)}` : 'it has no default export';
  throw new HarnessError('usage', `The partitioner ${path} exports no function: ${found}.`, {
    hint: 'Write `export default (key, partitions, index) => …`.',
  });
}

/**
 * The module's partitioner, whose every answer is looked at: what is no partition of the topic, or throws, ends the trial.
 * @throws HarnessError `usage` if it cannot be loaded, exports no function, throws, or answers with no partition of the topic
 */
export async function loadCustomPartitioner(
  path: string,
  partitions: number,
): Promise<(key: Uint8Array | null, message: number) => number> {
  const partitioner = await importPartitioner(path);
  return (key, message) => {
    let answer: unknown;
    try {
      answer = partitioner(key, partitions, message);
    } catch (cause) {
      throw new HarnessError('usage', `${path} failed for ${messageText(key, message)}: ${messageOf(cause)}`, {
        hint: 'A partitioner must answer for every key, and for null.',
        cause,
      });
    }
    if (isPartition(answer, partitions)) return answer;
    throw new HarnessError(
      'usage',
      `${path} chose partition ${shown(answer)} for ${messageText(key, message)}; the topic has ${partitions}.`,
      { hint: hintFor(answer, partitions) },
    );
  };
}

const isPartition = (answer: unknown, partitions: number): answer is number =>
  Number.isInteger(answer) && (answer as number) >= 0 && (answer as number) < partitions;

const messageText = (key: Uint8Array | null, message: number): string =>
  `message ${message} (${key === null ? 'no key' : `key "${Buffer.from(key).toString()}"`})`;

/** A value as a sentence can hold it. */
const shown = (value: unknown): string => {
  if (typeof value === 'number' || value === undefined || value === null) return String(value);
  return value instanceof Promise ? 'a promise' : `of type ${typeof value}`;
};

function hintFor(partition: unknown, partitions: number): string {
  if (partition instanceof Promise) return 'A partitioner answers at once: it must not be async.';
  return `Return a whole number from 0 to ${partitions - 1}.`;
}
