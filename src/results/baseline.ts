/** Keeps what a run measured as a baseline, in a file small enough to be committed: `baselines/<scenario>/<host class>/<name>.json`. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HarnessError, messageOf } from '../support/errors.ts';
import { writeFileAtomic } from '../support/files.ts';
import { calibrationName } from './calibration.ts';
import { Fingerprint } from './fingerprint.ts';
import { cannotWrite } from './journal.ts';
import { Cell, StoredTrial } from './schema.ts';

/** Raised when a reader of the version before would misread the file. */
const baselineVersion = 1;

/** The judged figures of a trial: whatever a metric may be read from, without what only reports show. */
const BaselineTrial = StoredTrial.pick({
  block: true,
  attempt: true,
  startedAt: true,
  isOpenLoop: true,
  counts: true,
  rates: true,
  ackMicros: true,
  serviceMicros: true,
  endToEndMicros: true,
  batches: true,
  windowMicros: true,
}).extend({
  groups: StoredTrial.shape.groups.describe('empty unless a primary metric is read from them').default([]),
  partitions: StoredTrial.shape.partitions.describe('empty unless a primary metric is read from them').default([]),
});
export type BaselineTrial = z.infer<typeof BaselineTrial>;

const BaselineCell = Cell.pick({ id: true, label: true, factors: true }).extend({
  trials: z.array(BaselineTrial).describe('those that are not invalid'),
  histograms: z
    .record(z.string(), z.string())
    .describe('by latency: all trials’ messages together, HdrHistogram’s compressed form in base64'),
});
export type BaselineCell = z.infer<typeof BaselineCell>;

/** A run that later ones are held against. */
export const Baseline = z.strictObject({
  baselineVersion: z.literal(baselineVersion),
  name: z.string(),
  scenario: z.string(),
  runId: z.string(),
  commit: z.string().nullable(),
  startedAt: z.iso.datetime(),
  savedAt: z.iso.datetime(),
  repeat: z.int().min(1),
  forced: z.array(z.string()).describe('why it should not have been saved; empty for a sound one'),
  fingerprint: Fingerprint,
  compare: z.strictObject({ primary: z.array(z.string()), delta: z.record(z.string(), z.number()) }),
  cells: z.array(BaselineCell),
});
export type Baseline = z.infer<typeof Baseline>;

/** Above this a baseline is kept without its histograms, which only the shape of distributions is read from. */
const mostBytes = 50_000;

/** Where a baseline is kept. */
export const baselinePath = (under: string, { scenario, fingerprint, name }: Baseline): string =>
  join(under, scenario, fingerprint.hostClassId, `${name}.json`);

/**
 * Writes a baseline in place of an older one of its name.
 * @throws HarnessError `environment` where the disk does not take it
 */
export async function writeBaseline(under: string, baseline: Baseline): Promise<{ path: string; bytes: number }> {
  const path = baselinePath(under, baseline);
  const whole = textOf(baseline);
  const isSmall = Buffer.byteLength(whole) <= mostBytes;
  const text = isSmall
    ? whole
    : textOf({ ...baseline, cells: baseline.cells.map(cell => ({ ...cell, histograms: {} })) });
  await writeFileAtomic(path, text).catch(cannotWrite(path));
  return { path, bytes: Buffer.byteLength(text) };
}

/** JSON with a line for each fact and each trial, so that a change of the file can be read. */
function textOf({ cells, ...facts }: Baseline): string {
  const lines = Object.entries(facts).map(([key, value]) => `"${key}": ${JSON.stringify(value)},`);
  return `{\n${lines.join('\n')}\n"cells": [\n${cells.map(cellText).join(',\n')}\n]\n}\n`;
}

function cellText({ trials, ...facts }: BaselineCell): string {
  const rounded = trials.map(trial => JSON.stringify(trial, (_, value: unknown) => roundedValue(value)));
  return `${JSON.stringify(facts).slice(0, -1)},"trials":[\n${rounded.join(',\n')}\n]}`;
}

/** A tenth of a microsecond is finer than anything that is concluded from it. */
const roundedValue = (value: unknown): unknown =>
  typeof value === 'number' && Math.abs(value) >= 1 ? Math.round(value * 10) / 10 : value;

/**
 * Reads a baseline's file.
 * @throws HarnessError `usage` for a file that is missing, or none of these
 */
export async function readBaseline(path: string): Promise<Baseline> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HarnessError('usage', `${path} cannot be read: ${messageOf(cause)}`, { cause });
  });
  const refused = (why: string, cause: unknown): HarnessError =>
    new HarnessError('usage', `${path} is no baseline of this version of Highwater: ${why}`, {
      hint: 'Save it again with `highwater baseline save RUN`.',
      cause,
    });
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw refused(messageOf(error), error);
  }
  const parsed = Baseline.safeParse(document);
  if (!parsed.success) throw refused(z.prettifyError(parsed.error).split('\n')[0] ?? '', parsed.error);
  return parsed.data;
}

/** Where a baseline lies, by the names of its folders. */
export interface BaselineListing {
  readonly scenario: string;
  readonly hostClassId: string;
  readonly name: string;
  readonly path: string;
}

/** All baselines below a folder, by path. */
export async function listBaselines(under: string): Promise<BaselineListing[]> {
  const files = await readdir(under, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = files.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  return paths.toSorted().flatMap(path => {
    const [scenario, hostClassId, file, ...rest] = path.slice(join(under, '/').length).split(/[\\/]/);
    const name = /^(.+)\.json$/.exec(file ?? '')?.[1];
    if (scenario === undefined || hostClassId === undefined || name === undefined || rest.length > 0) return [];
    if (name === calibrationName) return [];
    return [{ scenario, hostClassId, name, path }];
  });
}

/** Removes a baseline's file. */
export async function removeBaseline(path: string): Promise<void> {
  await rm(path).catch(cannotWrite(path));
}
