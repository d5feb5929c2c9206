/** Reads a run back from its folder, also one that was killed: every finished trial is there. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { HistogramData } from '../measure/histogram.ts';
import { mergeHistograms } from '../measure/histogram.ts';
import { type LatencyGrid, latencyGrid } from '../measure/latency-grid.ts';
import { figuresOf, type SecondFigures } from '../measure/second-figures.ts';
import { HarnessError } from '../support/errors.ts';
import { didYouMean } from '../support/registry.ts';
import type { CapacityResult } from './capacity.ts';
import type { FoundWarmup, Resumption } from './design.ts';
import type { RunHeader } from './header.ts';
import { type JournalEntry, readFirstEntry, readJournal } from './journal.ts';
import type { PlanRecord } from './plan-record.ts';
import { StoredTrial } from './schema.ts';
import { readSeconds, type SpanDemand, spansOf, type TrialSpans } from './spans.ts';
import { latestRunId } from './store.ts';

export type { SecondFigures } from '../measure/second-figures.ts';

/** A trial as it was stored, with its distributions. */
export interface RunTrial {
  readonly cell: string;
  readonly trial: StoredTrial;
  /** All messages of the window; undefined where the trial has no such latency. */
  readonly distributions: Readonly<Partial<Record<'ack' | 'service' | 'endToEnd' | 'scheduleLag', HistogramData>>>;
  /** The window's seconds by due time, those in which something was due; missing where the logs were not read. */
  readonly perSecond?: Readonly<Partial<Record<'ack' | 'endToEnd', readonly SecondFigures[]>>>;
  /** The window's messages by due time and latency, coarsely; missing where the logs were not read. */
  readonly grids?: Readonly<Partial<Record<'ack' | 'endToEnd', LatencyGrid>>>;
  /** What the run's checks judge span by span; missing where the logs were not read. */
  readonly spans?: TrialSpans;
  /** Missing for 0: how often the surroundings had changed by then, each time the run was resumed. Trials of two are no pair. */
  readonly surroundings?: number;
}

export interface ReadOptions {
  /** `leave`: without the interval logs, of which a long history would have too many. */
  readonly logs: 'read' | 'leave';
}

export interface TrialFailure {
  readonly cell: string;
  readonly block: number;
  readonly attempt: number;
  readonly message: string;
  readonly aborted: boolean;
}

/** What is known of a run, finished or not. */
export interface StoredRun {
  readonly folder: string;
  readonly header: RunHeader;
  readonly startedAt: string;
  /** Null for a run that is still going on, or was killed. */
  readonly finishedAt: string | null;
  /** When its journal was last written. */
  readonly lastAt: string;
  /** What it was planned from; null for a run of before that was kept. */
  readonly plan: PlanRecord | null;
  /** The flags that made its plan. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly resumed: readonly Resumption[];
  /** Whether the blocks of a second look were added. */
  readonly isExtended: boolean;
  /** As it was when the run began, … */
  readonly environment: Readonly<Record<string, unknown>>;
  /** … and when it last went on. */
  readonly lastEnvironment: Readonly<Record<string, unknown>>;
  /** What `warmup: auto` came to; missing where no cell asked for it. */
  readonly warmup?: FoundWarmup;
  /** Of searches for capacity alone: each cell's. */
  readonly searches?: readonly CapacityResult[];
  readonly trials: readonly RunTrial[];
  readonly failures: readonly TrialFailure[];
  /** What the run itself gave as reasons for its exit code, beyond what follows from its trials. */
  readonly reasons: readonly string[];
}

/**
 * Reads a run's folder.
 * @throws HarnessError `usage` if the folder holds no run, or a trial's file is not the one that was written
 */
export async function readRun(folder: string, { logs }: ReadOptions = { logs: 'read' }): Promise<StoredRun> {
  const entries = await readJournal(join(folder, 'journal.ndjson')).catch((cause: unknown) => {
    throw new HarnessError('usage', `${folder} holds no run: it has no journal.ndjson.`, { cause });
  });
  const start = entries.find(entry => entry.type === 'run-start');
  if (start === undefined) throw new HarnessError('usage', `${folder}: the journal does not say how the run began.`);
  const resumptions = entries.filter(entry => entry.type === 'resumed');
  // what was the end before the run went on is none
  const end = entries
    .slice(entries.lastIndexOf(resumptions.at(-1) ?? start))
    .findLast(entry => entry.type === 'run-end');
  const warmup = entries.find(entry => entry.type === 'warmup')?.warmup;
  const header = start.run as RunHeader;
  const done = doneIn(entries);
  return {
    folder,
    header: headerOf(header, entries),
    startedAt: start.at,
    finishedAt: end?.at ?? null,
    lastAt: (entries.at(-1) ?? start).at,
    plan: start.plan ?? null,
    flags: start.flags ?? {},
    resumed: resumptions.map(({ at, afterSeconds, trialsBefore, changes }) => ({
      at,
      afterSeconds,
      trialsBefore,
      changes,
    })),
    isExtended: entries.some(entry => entry.type === 'extended'),
    environment: entries.find(entry => entry.type === 'environment')?.environment ?? {},
    lastEnvironment: entries.findLast(entry => entry.type === 'environment')?.environment ?? {},
    ...(warmup === undefined ? {} : { warmup }),
    ...searchesIn(entries),
    trials: await Promise.all(
      done.map(async ({ entry, surroundings }) => {
        const trial = await readTrial(folder, entry, header, { logs });
        return surroundings === 0 ? trial : { ...trial, surroundings };
      }),
    ),
    failures: entries.flatMap(failureOf),
    reasons: end?.reasons ?? [],
  };
}

/** Each cell's search as it ended, or as far as it had come. */
function searchesIn(entries: readonly JournalEntry[]): Pick<StoredRun, 'searches'> {
  const known = entries.flatMap(entry => (entry.type === 'capacity' ? [entry.capacity] : []));
  if (known.length === 0) return {};
  const last = new Map(known.map(capacity => [capacity.cell, capacity]));
  const probesOf = (cell: string): CapacityResult['probes'] =>
    entries.flatMap(entry => (entry.type === 'probe' && entry.cell === cell ? [entry.probe] : []));
  return { searches: [...last].map(([cell, capacity]) => ({ ...capacity, probes: probesOf(cell) })) };
}

/** How a run was planned, from its journal alone; null for a folder without one. */
export async function readHeader(folder: string): Promise<RunHeader | null> {
  const start = await readFirstEntry(join(folder, 'journal.ndjson')).catch(() => undefined);
  return start?.type === 'run-start' ? (start.run as RunHeader) : null;
}

interface DoneTrial {
  readonly entry: Extract<JournalEntry, { type: 'trial-done' }>;
  readonly surroundings: number;
}

/** The finished trials, each attempt once, block by block: one that was made up for stands in its place. */
function doneIn(entries: readonly JournalEntry[]): DoneTrial[] {
  const found = new Map<string, DoneTrial>();
  let surroundings = 0;
  for (const entry of entries) {
    if (entry.type === 'resumed' && entry.changes.length > 0) surroundings++;
    if (entry.type === 'trial-done') {
      found.set(`${entry.cell} ${entry.block} ${entry.attempt}`, { entry, surroundings });
    }
  }
  return [...found.values()].toSorted((a, b) => a.entry.block - b.entry.block);
}

/** How the run was planned, with the blocks that were added to it. */
function headerOf(header: RunHeader, entries: readonly JournalEntry[]): RunHeader {
  const extension = entries.find(entry => entry.type === 'extended');
  if (extension === undefined || header.looks === undefined) return header;
  return {
    ...header,
    repeat: header.repeat * 2,
    order: [...header.order, ...extension.order],
    looks: { ...header.looks, taken: 2 },
  };
}

function failureOf(entry: JournalEntry): TrialFailure[] {
  if (entry.type !== 'trial-failed' && entry.type !== 'trial-aborted') return [];
  const { cell, block, attempt } = entry;
  const message = entry.type === 'trial-failed' ? entry.message : 'stopped before it was over';
  return [{ cell, block, attempt, message, aborted: entry.type === 'trial-aborted' }];
}

async function readTrial(
  folder: string,
  entry: Extract<JournalEntry, { type: 'trial-done' }>,
  { checks }: RunHeader,
  { logs }: ReadOptions,
): Promise<RunTrial> {
  const path = join(folder, entry.file);
  const content = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HarnessError('usage', `${path} is missing, though the journal names it.`, { cause });
  });
  if (createHash('sha256').update(content).digest('hex') !== entry.sha256) {
    throw new HarnessError('usage', `${path} is not what the run wrote: its checksum differs from the journal's.`);
  }
  const trial = StoredTrial.parse(JSON.parse(content));
  if (logs === 'leave') return { cell: entry.cell, trial, distributions: {} };
  const read = await Promise.all(
    (['ack', 'service', 'endToEnd', 'scheduleLag'] as const).map(async tag => {
      const seconds = await readSeconds(dirname(path), tag);
      return seconds === undefined ? [] : [{ tag, seconds }];
    }),
  );
  const found = read.flat();
  const ofLatency = found.filter(({ tag }) => tag === 'ack' || tag === 'endToEnd');
  return {
    cell: entry.cell,
    trial,
    distributions: Object.fromEntries(
      found.map(({ tag, seconds }) => [tag, mergeHistograms(seconds.map(({ data }) => data)).toData()]),
    ),
    perSecond: Object.fromEntries(ofLatency.map(({ tag, seconds }) => [tag, figuresOf(seconds)])),
    grids: Object.fromEntries(ofLatency.map(({ tag, seconds }) => [tag, latencyGrid(seconds, trial.windowMicros)])),
    spans: await spansOf(
      checks as readonly SpanDemand[],
      trial,
      dirname(path),
      new Map(found.map(({ tag, seconds }) => [tag, seconds])),
    ),
  };
}

/** A run among others, newest last. */
export interface RunListing {
  readonly scenario: string;
  readonly runId: string;
  readonly folder: string;
}

/** All runs below a folder of reports, oldest first. */
export async function listRuns(under: string): Promise<RunListing[]> {
  const scenarios = await readdir(under, { withFileTypes: true }).catch(() => []);
  const runs = await Promise.all(
    scenarios
      .filter(entry => entry.isDirectory())
      .map(async ({ name: scenario }) => {
        const entries = await readdir(join(under, scenario), { withFileTypes: true });
        return entries
          .filter(entry => entry.isDirectory())
          .map(({ name: runId }) => ({ scenario, runId, folder: join(under, scenario, runId) }));
      }),
  );
  return runs.flat().toSorted((a, b) => (a.runId < b.runId ? -1 : 1));
}

/**
 * The folder of the run that is meant: a path, a run id or its unique beginning, `latest`, `latest~1`, or a scenario's name for
 * its latest.
 * @throws HarnessError `usage` where none or several match
 */
export async function findRun(reference: string, under: string): Promise<string> {
  const asPath = resolve(reference);
  if (await isFolder(asPath)) return asPath;
  const runs = await listRuns(under);
  const back = /^latest(?:~(\d+))?$/.exec(reference);
  const found = back
    ? runs.slice(-1 - Number(back[1] ?? 0)).slice(0, 1)
    : runs.filter(({ runId, scenario }) => runId.startsWith(reference) || `${scenario}/${runId}`.startsWith(reference));
  const latest = await latestRunId(join(under, reference));
  if (latest !== null) return join(under, reference, latest);
  if (found.length === 1 && (!back || runs.length > Number(back[1] ?? 0))) return (found[0] as RunListing).folder;
  throw notFound(reference, under, found.length, runs);
}

function notFound(reference: string, under: string, matches: number, runs: readonly RunListing[]): HarnessError {
  if (matches > 1) {
    return new HarnessError('usage', `${matches} runs begin with "${reference}".`, {
      hint: 'Write more of the run id; `highwater list runs` shows all.',
    });
  }
  const meant = didYouMean(reference, ['latest', ...runs.flatMap(({ runId, scenario }) => [runId, scenario])]);
  const hint = meant === undefined ? '`highwater list runs` shows what there is.' : `Did you mean "${meant}"?`;
  return new HarnessError('usage', `There is no run "${reference}" under ${under}.`, { hint });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    found => found.isDirectory(),
    () => false,
  );
}
