/** Keeps a run's diary: lines that are on disk as soon as they are written, and readable when the last one is torn. */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { HarnessError, messageOf } from '../support/errors.ts';
import { CapacityResult, Probe } from './capacity.ts';
import { FactChange, FoundWarmup } from './design.ts';
import { PlanRecord } from './plan-record.ts';

const place = { cell: z.string(), block: z.int(), attempt: z.int() };

/** What a journal says. Unknown lines, of a later version, are passed over by readers. */
export const JournalEntry = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('run-start'),
    at: z.string(),
    run: z.unknown(),
    plan: PlanRecord.optional(),
    flags: z.record(z.string(), z.unknown()).optional(),
  }),
  z.strictObject({
    type: z.literal('resumed'),
    at: z.string(),
    afterSeconds: z.number(),
    trialsBefore: z.int(),
    changes: z.array(FactChange),
  }),
  z.strictObject({ type: z.literal('environment'), at: z.string(), environment: z.record(z.string(), z.unknown()) }),
  z.strictObject({ type: z.literal('warmup'), at: z.string(), warmup: FoundWarmup }),
  z.strictObject({ type: z.literal('trial-done'), at: z.string(), ...place, file: z.string(), sha256: z.string() }),
  z.strictObject({ type: z.literal('trial-failed'), at: z.string(), ...place, message: z.string() }),
  z.strictObject({ type: z.literal('trial-aborted'), at: z.string(), ...place, file: z.string().nullable() }),
  z.strictObject({
    type: z.literal('extended'),
    at: z.string(),
    order: z.array(z.strictObject({ block: z.int(), cell: z.string() })),
  }),
  z.strictObject({ type: z.literal('probe'), at: z.string(), cell: z.string(), probe: Probe }),
  z.strictObject({ type: z.literal('capacity'), at: z.string(), capacity: CapacityResult }),
  z.strictObject({ type: z.literal('run-end'), at: z.string(), reasons: z.array(z.string()) }),
]);
export type JournalEntry = z.infer<typeof JournalEntry>;

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never;

export interface Journal extends AsyncDisposable {
  /** Writes a line and waits until the disk has it. */
  append(entry: WithoutTime<JournalEntry>): Promise<void>;
}

/**
 * Opens a new journal, or one that is to go on: a last line that was torn stays, and is ended.
 * @throws HarnessError `environment` where the disk does not take it
 */
export async function openJournal(
  path: string,
  { ifExists }: { readonly ifExists: 'fail' | 'append' },
): Promise<Journal> {
  const file: FileHandle = await open(path, ifExists === 'fail' ? 'ax' : 'a').catch(cannotWrite(path));
  if (ifExists === 'append' && !(await readFile(path, 'utf8')).endsWith('\n')) await file.appendFile('\n');
  return {
    async append(entry) {
      try {
        await file.appendFile(`${JSON.stringify({ ...entry, at: new Date().toISOString() })}\n`);
        await file.sync();
      } catch (error) {
        cannotWrite(path)(error);
      }
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}

/** Throws what a failed write to a file means. */
export function cannotWrite(path: string): (cause: unknown) => never {
  return cause => {
    throw new HarnessError('environment', `${path} cannot be written: ${messageOf(cause)}`, {
      hint: 'Check the space left on the disk and the rights to the folder, or name another one with --out.',
      cause,
    });
  };
}

/** The entries of a journal in order; lines that were torn by a crash are left out. */
export async function readJournal(path: string): Promise<JournalEntry[]> {
  const text = await readFile(path, 'utf8');
  return text.split('\n').flatMap(entriesIn);
}

/** A journal's first entry, which says how the run began; undefined where the first line is none. */
export async function readFirstEntry(path: string): Promise<JournalEntry | undefined> {
  const text = await readFile(path, 'utf8');
  return entriesIn(text.split('\n', 1)[0] as string)[0];
}

function entriesIn(line: string): JournalEntry[] {
  const entry = JournalEntry.safeParse(parsed(line));
  return entry.success ? [entry.data] : [];
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
