/** Keeps a run on disk while it goes on: a new folder, a journal, and each trial's files as soon as it is done. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Plan, TrialSlot } from '../plan/plan.ts';
import type { FoundWarmup, TrialPlace } from '../run/events.ts';
import type { TimedHistogram, TrialMeasurement } from '../run/measurement.ts';
import { adviceOf, type SerializedError } from '../support/errors.ts';
import { writeFileAtomic } from '../support/files.ts';
import type { CapacityResult, Probe } from './capacity.ts';
import type { FactChange } from './design.ts';
import { headerOf, type RunNames } from './header.ts';
import { hlogOf } from './hlog.ts';
import { cannotWrite, openJournal, type Journal } from './journal.ts';
import type { PlanRecord } from './plan-record.ts';
import { claimRun } from './running.ts';
import { groupTag } from './spans.ts';
import { storedTrial } from './trial.ts';

export interface StoreOptions extends RunNames {
  /** The folder of all scenarios' folders. */
  readonly under: string;
  /** The scenario file as it was given. */
  readonly source: string;
  /** The scenario with every default in place and secrets masked. */
  readonly resolved: string;
  /** What a resumption is held against; without it the run cannot be resumed. */
  readonly plan?: PlanRecord;
  /** The flags that made the plan, for a resumption to start from. */
  readonly flags?: Readonly<Record<string, unknown>>;
}

/** How a run goes on in its folder. */
export interface ResumeOptions {
  /** The run's folder. */
  readonly folder: string;
  /** How many times it was resumed before. */
  readonly resumedBefore: number;
  readonly trialsBefore: number;
  /** When it was last heard of. */
  readonly lastAt: string;
  /** What is not as it was then. */
  readonly changes: readonly FactChange[];
}

export interface Store extends AsyncDisposable {
  readonly folder: string;
  environment(environment: Readonly<Record<string, unknown>>): Promise<void>;
  /** What `warmup: auto` came to. */
  warmup(found: FoundWarmup): Promise<void>;
  trialDone(measurement: TrialMeasurement): Promise<void>;
  trialFailed(trial: TrialPlace, error: SerializedError): Promise<void>;
  trialAborted(trial: TrialPlace, measurement: TrialMeasurement | null): Promise<void>;
  /** As many blocks again follow. */
  extended(order: readonly TrialSlot[]): Promise<void>;
  /** A search for capacity as far as it is known: at its beginning, and at its end. */
  capacity(capacity: CapacityResult): Promise<void>;
  /** A trial of a cell's search that was judged. */
  probe(cell: string, probe: Probe): Promise<void>;
  end(reasons: readonly string[]): Promise<void>;
  /** Writes a report beside the results; returns its path. */
  write(name: string, content: string): Promise<string>;
}

/** A run's name: UTC without colons, the commit of the working folder if there is one, and four random characters. */
export function newRunId(now: Date, commit: string | null): string {
  const random = randomBytes(4).toString('hex').slice(0, 4);
  const time = now.toISOString().slice(0, 19).replaceAll(':', '-');
  return [`${time}Z`, ...(commit === null ? [] : [commit]), random].join('-');
}

/** Makes the run's folder, which must be new, and begins its journal. */
export async function openStore(plan: Plan, options: StoreOptions): Promise<Store> {
  const scenarioFolder = join(options.under, plan.scenario.name);
  const folder = join(scenarioFolder, options.runId);
  await mkdir(scenarioFolder, { recursive: true }).catch(cannotWrite(scenarioFolder));
  await mkdir(folder).catch(cannotWrite(folder));
  await writeFile(join(folder, 'scenario.yaml'), options.source).catch(cannotWrite(folder));
  await writeFile(join(folder, 'resolved.yaml'), options.resolved).catch(cannotWrite(folder));
  await using opened = new AsyncDisposableStack();
  opened.use(await claimRun(folder));
  const journal = opened.use(await openJournal(join(folder, journalName), { ifExists: 'fail' }));
  const { plan: record, flags } = options;
  await journal.append({
    type: 'run-start',
    run: headerOf(plan, options),
    ...(record === undefined ? {} : { plan: { ...record } }),
    ...(flags === undefined ? {} : { flags: { ...flags } }),
  });
  await pointLatest(scenarioFolder, options.runId);
  return storeIn(folder, journal, { sitting: 1, opened: opened.move() });
}

/**
 * Goes on with a run in its own folder: what follows is added to its journal.
 * @throws HarnessError `usage` where a process is still at it
 */
export async function resumeStore(options: ResumeOptions): Promise<Store> {
  const { folder, resumedBefore, trialsBefore, lastAt, changes } = options;
  await using opened = new AsyncDisposableStack();
  opened.use(await claimRun(folder));
  const journal = opened.use(await openJournal(join(folder, journalName), { ifExists: 'append' }));
  const afterSeconds = Math.max(0, (Date.now() - Date.parse(lastAt)) / 1e3);
  await journal.append({ type: 'resumed', afterSeconds, trialsBefore, changes: changes.map(one => ({ ...one })) });
  return storeIn(folder, journal, { sitting: resumedBefore + 2, opened: opened.move() });
}

const journalName = 'journal.ndjson';

/** What a store writes with: the run is claimed, and its journal open, as long as it is. */
interface Sitting {
  /** 1, and one more for each time the run was resumed. */
  readonly sitting: number;
  readonly opened: AsyncDisposableStack;
}

function storeIn(folder: string, journal: Journal, { sitting, opened }: Sitting): Store {
  return {
    folder,
    environment: environment => journal.append({ type: 'environment', environment: { ...environment } }),
    warmup: ({ asked, micros, pilots }) =>
      journal.append({
        type: 'warmup',
        warmup: { asked, micros, pilots: pilots.map(one => ({ ...one, unsettled: [...one.unsettled] })) },
      }),
    async trialDone(measurement) {
      const { file, sha256 } = await writeTrial(folder, measurement, []);
      await journal.append({ type: 'trial-done', ...placeOf(measurement), file, sha256 });
    },
    trialFailed: (trial, error) =>
      journal.append({ type: 'trial-failed', ...placeOf(trial), message: adviceOf(error) }),
    async trialAborted(trial, measurement) {
      const file = measurement === null ? null : (await writeTrial(folder, measurement, abortedIn(sitting))).file;
      await journal.append({ type: 'trial-aborted', ...placeOf(trial), file });
    },
    extended: order => journal.append({ type: 'extended', order: order.map(slot => ({ ...slot })) }),
    capacity: capacity => journal.append({ type: 'capacity', capacity }),
    probe: (cell, probe) => journal.append({ type: 'probe', cell, probe }),
    end: reasons => journal.append({ type: 'run-end', reasons: [...reasons] }),
    async write(name, content) {
      const path = join(folder, name);
      await writeFileAtomic(path, content).catch(cannotWrite(path));
      return path;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const placeOf = ({
  cell,
  block,
  attempt,
}: {
  readonly cell: string;
  readonly block: number;
  readonly attempt: number;
}) => ({
  cell,
  block,
  attempt,
});

/** The same attempt may be stopped once in each sitting. */
const abortedIn = (sitting: number): string[] => ['aborted', ...(sitting > 1 ? [String(sitting)] : [])];

/** Writes a trial's files; later attempts and aborted ones stand beside the first. */
async function writeTrial(
  folder: string,
  measurement: TrialMeasurement,
  state: readonly string[],
): Promise<{ file: string; sha256: string }> {
  const { cell, block, attempt, latencies, groups, windowStartUnixMillis } = measurement;
  const name = [block, ...(attempt > 1 ? [`attempt-${attempt}`] : []), ...state].join('.');
  const trialFolder = join('trials', cell, name);
  // what a run that was killed had written of it, and not yet entered into its journal
  await rm(join(folder, trialFolder), { recursive: true, force: true });
  const write = async (file: string, content: string): Promise<void> => {
    const path = join(folder, trialFolder, file);
    await writeFileAtomic(path, content).catch(cannotWrite(path));
  };
  const log = (tag: string, timed: TimedHistogram | null): Promise<void> =>
    timed === null
      ? Promise.resolve()
      : write(`${tag}.hlog`, hlogOf(timed, { tag, startUnixMillis: windowStartUnixMillis }));
  await Promise.all([
    log('ack', latencies.ack),
    log('service', latencies.service),
    log('endToEnd', latencies.endToEnd),
    log('scheduleLag', latencies.scheduleLag),
    // of one group alone it would be the trial's own once more
    ...(groups.length > 1 ? groups.map(({ group, endToEnd }) => log(groupTag(group), endToEnd)) : []),
  ]);
  const content = `${JSON.stringify(storedTrial(measurement))}\n`;
  await write('trial.json', content);
  return { file: join(trialFolder, 'trial.json'), sha256: createHash('sha256').update(content).digest('hex') };
}

/** `latest` points to the newest run; where links fail, a text file LATEST names it. */
async function pointLatest(scenarioFolder: string, runId: string): Promise<void> {
  const temporary = join(scenarioFolder, `.latest-${randomBytes(4).toString('hex')}`);
  try {
    await symlink(runId, temporary);
    await rename(temporary, join(scenarioFolder, 'latest'));
  } catch {
    await rm(temporary, { force: true });
    await writeFileAtomic(join(scenarioFolder, 'LATEST'), `${runId}\n`).catch(cannotWrite(scenarioFolder));
  }
}

/** The name of the newest run of a scenario's folder; null where there is none. */
export async function latestRunId(scenarioFolder: string): Promise<string | null> {
  try {
    return (await readFile(join(scenarioFolder, 'LATEST'), 'utf8')).trim();
  } catch {
    return readlink(join(scenarioFolder, 'latest')).then(basename, () => null);
  }
}
