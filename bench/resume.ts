/** Finds the run that `--resume` means, gives it the flags that it began with, and refuses to go on with anything else. */
import {
  earlierTrials,
  type EarlierTrials,
  factChanges,
  type FactChange,
  findRun,
  HarnessError,
  hostClassOf,
  isInvalid,
  listRuns,
  type Plan,
  planDifferences,
  type PlanRecord,
  readRun,
  readScenario,
  type StoredRun,
  trialsLeft,
} from '../src/index.ts';
import type { ScenarioFlags } from './scenario-options.ts';

/** A run that is to go on. */
export interface Resumption {
  readonly run: StoredRun;
  readonly earlier: EarlierTrials;
}

/** Flags that decide which trials are run, and what each measures. */
export interface PlanningFlags extends ScenarioFlags {
  readonly against?: string | undefined;
  readonly extend: boolean;
}

/** Those of a run that begins with the run alone. */
interface ResumeFlags extends PlanningFlags {
  readonly scenario: readonly string[];
  readonly out: string;
  readonly resume?: string | undefined;
  readonly name?: string | undefined;
  readonly label?: readonly string[] | undefined;
}

const planning = [
  'repeat',
  'duration',
  'warmup',
  'rate',
  'driver',
  'seed',
  'cells',
  'skip',
  'brokers',
  'cluster',
  'against',
  'extend',
] as const satisfies readonly (keyof PlanningFlags)[];

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);

/** The flags that a run keeps for those who resume it. What is secret among `--set` is left out, and must be given again. */
export function keptFlags(
  flags: PlanningFlags,
  publicSettings: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const set = flags.set.filter(setting => setting.slice(0, setting.indexOf('=')) in publicSettings);
  const given = planning.map(name => [name, flags[name]] as const).filter(([, value]) => isGiven(value));
  return { ...Object.fromEntries(given), ...(set.length === 0 ? {} : { set }) };
}

/**
 * The run that `--resume` names, or the latest one of the scenario that is not finished; null without the flag.
 * @throws HarnessError `usage` where there is none, or nothing of it is left to do
 */
export async function openResumption(flags: ResumeFlags): Promise<Resumption | null> {
  const { resume, scenario, name, label = [], out } = flags;
  if (resume === undefined) return null;
  const [path = '', ...others] = scenario;
  if (others.length > 0) {
    throw new HarnessError('usage', `--resume goes on with one run, and ${scenario.length} scenarios are given.`, {
      hint: 'Resume them one after the other.',
    });
  }
  if (name !== undefined || label.length > 0) {
    throw new HarnessError('usage', `--${name === undefined ? 'label' : 'name'} is given when a run begins.`, {
      hint: 'A run that is resumed keeps its own: leave it out.',
    });
  }
  return resume === '' ? latestUnfinished(path, out) : openRun(await findRun(resume, out));
}

async function openRun(folder: string): Promise<Resumption> {
  const run = await readRun(folder, { logs: 'leave' });
  const earlier = earlierTrials(run, isInvalid);
  if (isUnfinished(run, earlier)) return { run, earlier };
  throw new HarnessError('usage', `Nothing of ${folder} is left to do: all its trials are done.`, {
    hint: `\`highwater show ${run.header.runId}\` shows it.`,
  });
}

/** A run that was killed between its last trial and its end has reports to be written. */
const isUnfinished = ({ finishedAt, header }: StoredRun, earlier: EarlierTrials): boolean =>
  finishedAt === null || trialsLeft(header.order, earlier).length > 0;

async function latestUnfinished(path: string, out: string): Promise<Resumption> {
  const { scenario } = await readScenario(path, { env: process.env, cwd: process.cwd(), overrides: {} });
  const runs = (await listRuns(out)).filter(run => run.scenario === scenario.name);
  for (const { folder } of runs.toReversed()) {
    const run = await readRun(folder, { logs: 'leave' });
    const earlier = earlierTrials(run, isInvalid);
    if (isUnfinished(run, earlier)) return { run, earlier };
  }
  throw new HarnessError('usage', `No run of ${scenario.name} under ${out} is unfinished.`, {
    hint: runs.length === 0 ? 'It was never run there: leave --resume out.' : 'To run it anew, leave --resume out.',
  });
}

/** The flags with those in place that the run began with; what is given now comes first, and must come to the same. */
export function withFlagsOf<T extends PlanningFlags>(flags: T, resumption: Resumption | null): T {
  if (resumption === null) return flags;
  const { header, flags: before } = resumption.run;
  const taken = [...planning, 'set' as const].filter(name => name in before && !isGiven(flags[name]));
  const seed = flags.seed ?? String(header.seed);
  return { ...flags, ...Object.fromEntries(taken.map(name => [name, before[name]])), seed };
}

/** @throws HarnessError `usage` with all differences between the run's plan and what would be run now */
export function refuseOtherPlan({ run }: Resumption, now: PlanRecord): void {
  const { folder, plan, header } = run;
  if (plan === null) {
    throw new HarnessError('usage', `${folder} cannot be resumed: it does not say from what it was planned.`, {
      hint: 'It was begun by a version of Highwater that did not keep that. Run the scenario anew.',
    });
  }
  if (plan.hash === now.hash) return;
  const lines = planDifferences(plan, now).map(line => `  ${line}`);
  const shown =
    lines.length > mostShown ? [...lines.slice(0, mostShown), `  and ${lines.length - mostShown} more`] : lines;
  throw new HarnessError(
    'usage',
    [`${header.runId} was planned from something else. Nothing was run.`, ...shown].join('\n'),
    { hint: 'Trials of two plans are no one run: put it back as it was, or leave --resume out.' },
  );
}

const mostShown = 20;

/**
 * In what host, program and brokers are not what they were before the run was interrupted.
 * @throws HarnessError `usage` where it is another class of hosts, or another kind of cluster
 */
export function changesSince({ run }: Resumption, environment: Readonly<Record<string, unknown>>): FactChange[] {
  const before = run.lastEnvironment;
  if (Object.keys(before).length === 0) return [];
  const [old, now] = [hostClassOf(before), hostClassOf(environment)];
  const differing = (Object.keys(old) as (keyof typeof old)[]).filter(part => old[part] !== now[part]);
  if (differing.length === 0) return factChanges(before, environment);
  const lines = differing.map(part => `  ${part}: ${old[part] ?? '–'}, now ${now[part] ?? '–'}`);
  throw new HarnessError('usage', [`${run.header.runId} was begun on another class of hosts.`, ...lines].join('\n'), {
    hint: 'Trials of two hosts are no one run: resume it where it began, or leave --resume out.',
  });
}

/** The trials of the plan that are still to be run, in its order. */
export const orderLeft = ({ order, extension = [] }: Plan, { earlier }: Resumption): Plan['order'] =>
  trialsLeft([...order, ...(earlier.isExtended ? extension : [])], earlier);

/** What of a run is not finished, and how it was begun. */
export interface Unfinished {
  /** `run` is the program's default. */
  readonly command: 'run' | 'capacity';
  readonly path: string;
  readonly runId: string;
  readonly out: string;
}

/** How a run that is not finished is gone on with, as its user would type it. */
export function resumeCommand({ command, path, runId, out }: Unfinished, environment = process.env): string {
  const program = environment['npm_lifecycle_event'] === undefined ? `npx highwater ${command}` : throughNpm[command];
  const folder = out === 'reports' ? '' : ` --out ${quoted(out)}`;
  return `${program} ${quoted(path)}${folder} --resume ${runId}`;
}

const throughNpm = { run: 'npm run bench --', capacity: 'npm run bench -- capacity' } as const;

const quoted = (word: string): string => (/^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
