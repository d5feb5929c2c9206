/** Reads and plans a scenario as the flags ask. */
import { access } from 'node:fs/promises';
import {
  chooseCells,
  didYouMean,
  expandPlan,
  HarnessError,
  type Plan,
  publicOverrides,
  readScenario,
  type ScenarioFile,
} from '../src/index.ts';

/** Flags that change what a scenario says. */
export interface ScenarioFlags {
  readonly set: readonly string[];
  readonly repeat: string | undefined;
  readonly duration: string | undefined;
  readonly warmup: string | undefined;
  readonly rate: string | undefined;
  readonly driver: string | undefined;
  readonly seed: string | undefined;
  readonly cells: readonly string[];
  readonly skip: readonly string[];
  readonly brokers: string | undefined;
  readonly cluster: string | undefined;
}

export interface PlannedScenario {
  readonly file: ScenarioFile;
  readonly plan: Plan;
  /** What the command line put in place of the file's settings, without what is secret. */
  readonly overridden: Readonly<Record<string, string>>;
}

const commands = [
  'run',
  'validate',
  'plan',
  'show',
  'list',
  'history',
  'calibrate',
  'compare',
  'gate',
  'baseline',
  'schema',
];

/** Two letters that changed places are the usual slip in a word as short as these. */
const lettersOf = (word: string): string => word.split('').toSorted().join('');
const meantCommand = (word: string): string | undefined =>
  commands.find(command => lettersOf(command) === lettersOf(word)) ?? didYouMean(word, commands);

/** @throws HarnessError `usage` with all that is wrong with the file or the flags */
export async function planScenario(path: string, flags: ScenarioFlags): Promise<PlannedScenario> {
  await requireFile(path);
  const overridden = overridesOf(flags);
  const file = await readScenario(path, {
    env: process.env,
    cwd: process.cwd(),
    overrides: overridden,
    ...(flags.cluster === undefined ? {} : { clusterFile: flags.cluster }),
    ...(flags.brokers === undefined ? {} : { brokers: flags.brokers.split(',') }),
  });
  const plan = await expandPlan(file);
  const chosen = chooseCells(plan, { only: flags.cells, skip: flags.skip });
  return { file, plan: chosen, overridden: publicOverrides(overridden) };
}

async function requireFile(path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const meant = /[./\\]/.test(path) ? undefined : meantCommand(path);
  throw new HarnessError('usage', `No scenario file "${path}".`, {
    hint:
      meant === undefined
        ? 'Shipped scenarios lie in scenarios/; `highwater list scenarios` shows them.'
        : `Did you mean the command "${meant}"?`,
  });
}

function overridesOf({ set, duration, warmup, rate, driver, repeat, seed }: ScenarioFlags): Record<string, string> {
  const named = { 'load.measure': duration, 'load.warmup': warmup, 'load.rate': rate, driver, repeat, seed };
  const given = Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries([...given, ...set.map(splitSetting)]);
}

function splitSetting(setting: string): [string, string] {
  const at = setting.indexOf('=');
  if (at > 0) return [setting.slice(0, at), setting.slice(at + 1)];
  throw new HarnessError('usage', `--set ${setting} names no value.`, {
    hint: 'Write it like --set producers.linger=10ms.',
  });
}
