/** Keeps a run on disk while it goes on: a new folder, a journal, and each trial's files as soon as it is done. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { orderKept } from '../partition/strategies.ts';
import { levelOfTwoLooks } from '../plan/looks.ts';
import type { Cell, Plan, TrialSlot } from '../plan/plan.ts';
import type { FoundWarmup, TrialPlace } from '../run/events.ts';
import type { TimedHistogram, TrialMeasurement } from '../run/measurement.ts';
import { adviceOf, type SerializedError } from '../support/errors.ts';
import { writeFileAtomic } from '../support/files.ts';
import { askedOf } from './asked.ts';
import { hlogOf } from './hlog.ts';
import { cannotWrite, openJournal, type Journal } from './journal.ts';
import type { Result } from './schema.ts';
import { groupTag } from './spans.ts';
import { storedTrial } from './trial.ts';

export interface StoreOptions {
  /** The folder of all scenarios' folders. */
  readonly under: string;
  readonly runId: string;
  /** The scenario file as it was given. */
  readonly source: string;
  /** The scenario with every default in place and secrets masked. */
  readonly resolved: string;
  readonly overridden: Readonly<Record<string, string>>;
}

/** What a journal's first line says of the run: all that the result document needs besides trials and environment. */
export type RunHeader = Pick<
  Result,
  | 'name'
  | 'question'
  | 'tags'
  | 'runId'
  | 'seed'
  | 'repeat'
  | 'order'
  | 'referenceCell'
  | 'warnings'
  | 'overridden'
  | 'pairs'
  | 'against'
  | 'looks'
> & {
  readonly cells: readonly CellHeader[];
  readonly checks: readonly unknown[];
  readonly compare: { readonly primary: readonly string[]; readonly delta: Readonly<Record<string, number>> };
  /** By cell: what integrity depends on. */
  readonly promises: Readonly<Record<string, CellPromise>>;
};

/** What is known of a cell before it is run. */
export type CellHeader = Pick<
  Result['cells'][number],
  'id' | 'label' | 'factors' | 'side' | 'partitioning' | 'hasKeys' | 'asked'
>;

/** What a cell's settings promise of delivery. */
export interface CellPromise {
  readonly acks: 0 | 1 | 'all';
  readonly idempotence: boolean;
  readonly maxInFlightRequests: number;
  readonly simulated: boolean;
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
  const journal = await openJournal(join(folder, 'journal.ndjson'));
  await journal.append({ type: 'run-start', run: headerOf(plan, options) });
  await pointLatest(scenarioFolder, options.runId);
  return storeIn(folder, journal);
}

function storeIn(folder: string, journal: Journal): Store {
  return {
    folder,
    environment: environment => journal.append({ type: 'environment', environment: { ...environment } }),
    warmup: ({ asked, micros, pilots }) =>
      journal.append({
        type: 'warmup',
        warmup: { asked, micros, pilots: pilots.map(one => ({ ...one, unsettled: [...one.unsettled] })) },
      }),
    async trialDone(measurement) {
      const { file, sha256 } = await writeTrial(folder, measurement, 'done');
      await journal.append({ type: 'trial-done', ...placeOf(measurement), file, sha256 });
    },
    trialFailed: (trial, error) =>
      journal.append({ type: 'trial-failed', ...placeOf(trial), message: adviceOf(error) }),
    async trialAborted(trial, measurement) {
      const file = measurement === null ? null : (await writeTrial(folder, measurement, 'aborted')).file;
      await journal.append({ type: 'trial-aborted', ...placeOf(trial), file });
    },
    extended: order => journal.append({ type: 'extended', order: order.map(slot => ({ ...slot })) }),
    end: reasons => journal.append({ type: 'run-end', reasons: [...reasons] }),
    async write(name, content) {
      const path = join(folder, name);
      await writeFileAtomic(path, content).catch(cannotWrite(path));
      return path;
    },
    [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose](),
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

function headerOf(plan: Plan, { runId, overridden }: StoreOptions): RunHeader {
  const { scenario, seed, repeat, order, referenceCell, warnings } = plan;
  return {
    name: scenario.name,
    question: scenario.question ?? null,
    tags: scenario.tags,
    runId,
    seed,
    repeat,
    order: [...order],
    referenceCell,
    warnings: [...warnings],
    overridden: { ...overridden },
    cells: plan.cells.map(cellHeader),
    checks: scenario.checks,
    compare: { primary: scenario.compare.primary, delta: scenario.compare.delta },
    ...designOf(plan),
    promises: Object.fromEntries(
      plan.cells.map(({ id, scenario: { producers } }) => [
        id,
        {
          acks: producers.acks,
          idempotence: producers.idempotence,
          maxInFlightRequests: producers.maxInFlightRequests,
          simulated: producers.driver.name === 'simulated',
        },
      ]),
    ),
  };
}

/** What is compared, and how often it is looked at. */
function designOf({ pairs, against, extension }: Plan): Pick<RunHeader, 'pairs' | 'against' | 'looks'> {
  return {
    ...(pairs === undefined ? {} : { pairs: pairs.map(pair => ({ ...pair })) }),
    ...(against === undefined
      ? {}
      : { against: { ...against, newCells: [...against.newCells], goneCells: [...against.goneCells] } }),
    ...(extension === undefined ? {} : { looks: { planned: 2, taken: 1, level: levelOfTwoLooks } }),
  };
}

function cellHeader({ id, label, factors, side, scenario }: Cell): CellHeader {
  const { strategy, by } = scenario.producers.partitioning;
  return {
    id,
    label,
    factors: { ...factors },
    ...(side === undefined ? {} : { side }),
    partitioning: { strategy, by, keeps: orderKept(strategy) },
    hasKeys: hasKeys(scenario),
    asked: askedOf(scenario),
  };
}

/** Whether messages have keys; lines of a payload file may. */
const hasKeys = ({ messages }: Cell['scenario']): boolean =>
  messages.content.kind === 'file' || messages.keys.kind !== 'none';

/** Writes a trial's files; later attempts and aborted ones stand beside the first. */
async function writeTrial(
  folder: string,
  measurement: TrialMeasurement,
  state: 'done' | 'aborted',
): Promise<{ file: string; sha256: string }> {
  const { cell, block, attempt, latencies, groups, windowStartUnixMillis } = measurement;
  const name = [
    block,
    ...(attempt > 1 ? [`attempt-${attempt}`] : []),
    ...(state === 'aborted' ? ['aborted'] : []),
  ].join('.');
  const trialFolder = join('trials', cell, name);
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
