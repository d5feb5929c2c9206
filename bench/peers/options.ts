/** Reads the flags of the comparison. */
import { parseArgs } from 'node:util';
import { didYouMean, HarnessError } from '../../src/index.ts';
import { type Comparison, comparisons } from './tools/tool.ts';

export interface Options {
  readonly only: readonly Comparison[];
  /** Ids, or their beginnings; all where none is named. */
  readonly tools: readonly string[];
  readonly rounds: number;
  /** Of each measured run. */
  readonly seconds: number;
  /** Folders in which peers are looked for. */
  readonly folders: readonly string[];
  /** The tools that others are compared with: of each comparison the first that takes part. */
  readonly references: readonly string[];
  /** How many messages the topic holds that consumers read. */
  readonly filled: number;
  /** Where the tables go as well; null for nowhere. */
  readonly markdown: string | null;
}

/** Consumers read up to a few million messages a second. */
const filledPerSecond = 2_000_000;

function numberOf(flag: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  throw new HarnessError('usage', `--${flag} ${text} is not a whole number from ${least} on.`, {
    hint: `Write it like --${flag} ${least}.`,
  });
}

const listOf = (text: string): string[] => text.split(',').filter(Boolean);

/** The names, each of which must be known. */
function knownOf<T extends string>(flag: string, names: readonly string[], known: readonly T[]): T[] {
  const unknown = names.find(name => !(known as readonly string[]).includes(name));
  if (unknown === undefined) return names as T[];
  const meant = didYouMean(unknown, known);
  throw new HarnessError('usage', `--${flag} ${unknown}: there is no such name.`, {
    hint: meant === undefined ? `Choose among ${known.join(', ')}.` : `Did you mean ${meant}?`,
  });
}

/** Each tool by its id, and all of Highwater's drivers at once. */
const namesOf = (ids: readonly string[]): string[] => [...new Set([...ids, 'highwater'])];

/** Whether a tool is one of those named. */
export const isNamed = (id: string, names: readonly string[]): boolean =>
  names.length === 0 || names.some(name => id === name || id.startsWith(`${name}-`));

/**
 * @param ids of the tools that there are
 * @throws HarnessError `usage` for a flag that cannot be
 */
export function readOptions(args: readonly string[], ids: readonly string[]): Options {
  const { values } = parseFlags(args);
  const seconds = numberOf('seconds', values.seconds, 1);
  return {
    only: knownOf('only', listOf(values.only), comparisons),
    tools: knownOf('tools', listOf(values.tools), namesOf(ids)),
    rounds: numberOf('rounds', values.rounds, 1),
    seconds,
    folders: listOf(values.peers),
    references: knownOf('reference', listOf(values.reference), ids),
    filled: values.filled === undefined ? seconds * filledPerSecond : numberOf('filled', values.filled, 1),
    markdown: values.markdown ?? null,
  };
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', default: comparisons.join(',') },
        tools: { type: 'string', default: '' },
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string', default: '10' },
        peers: { type: 'string', default: '' },
        reference: { type: 'string', default: 'java,openmessaging' },
        filled: { type: 'string' },
        markdown: { type: 'string' },
      },
    });
  } catch (error) {
    throw new HarnessError('usage', (error as Error).message, { hint: 'docs/peers.md lists the flags.', cause: error });
  }
}
