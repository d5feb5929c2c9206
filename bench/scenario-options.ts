/** Reads and plans a scenario as the flags ask. */
import { access } from 'node:fs/promises';
import {
  chooseCells,
  expandPlan,
  HarnessError,
  type Plan,
  publicOverrides,
  readScenario,
  type ScenarioFile,
} from '../src/index.ts';
import type { ScenarioDefaults } from './config-file.ts';

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
  /** Of a config file: for what the scenario leaves out. */
  readonly scenarioDefaults?: ScenarioDefaults | undefined;
}

export interface PlannedScenario {
  readonly file: ScenarioFile;
  readonly plan: Plan;
  /** What the command line put in place of the file's settings, without what is secret. */
  readonly overridden: Readonly<Record<string, string>>;
}

/** @throws HarnessError `usage` with all that is wrong with the file or the flags */
export async function planScenario(path: string, flags: ScenarioFlags): Promise<PlannedScenario> {
  await requireFile(path);
  const asGiven = await read(path, flags);
  const completed = withDefaults(flags, asGiven.raw);
  const file = completed === flags ? asGiven : await read(path, completed);
  const overridden = overridesOf(completed);
  const plan = await expandPlan(file);
  const chosen = chooseCells(plan, { only: flags.cells, skip: flags.skip });
  return { file, plan: chosen, overridden: publicOverrides(overridden) };
}

const read = (path: string, flags: ScenarioFlags): Promise<ScenarioFile> =>
  readScenario(path, {
    env: process.env,
    cwd: process.cwd(),
    overrides: overridesOf(flags),
    ...(flags.cluster === undefined ? {} : { clusterFile: flags.cluster }),
    ...(flags.brokers === undefined ? {} : { brokers: flags.brokers.split(',') }),
  });

/** The flags with a config file's defaults for what neither they nor the scenario say. */
function withDefaults(flags: ScenarioFlags, raw: ScenarioFile['raw']): ScenarioFlags {
  const { scenarioDefaults = {} } = flags;
  const load = (raw['load'] ?? {}) as Readonly<Record<string, unknown>>;
  const said: Readonly<Record<keyof ScenarioDefaults, unknown>> = {
    repeat: raw['repeat'],
    seed: raw['seed'],
    driver: raw['driver'],
    duration: load['measure'],
    warmup: load['warmup'],
    brokers: raw['cluster'],
    cluster: raw['cluster'],
  };
  const missing = Object.entries(scenarioDefaults).filter(
    ([name]) => said[name as keyof ScenarioDefaults] === undefined,
  );
  return missing.length === 0 ? flags : { ...flags, ...Object.fromEntries(missing) };
}

async function requireFile(path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  throw new HarnessError('usage', `No scenario file "${path}".`, {
    hint: 'Shipped scenarios lie in scenarios/; `highwater list scenarios` shows them.',
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
