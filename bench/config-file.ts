/** Reads what `--config FILE` says of flags: below the flags themselves and the environment, and below the scenario where that has the setting. */
import { readFile } from 'node:fs/promises';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Options } from 'yargs';
import { HarnessError, messageOf } from '../src/index.ts';
import { meantOf } from './flags.ts';

/** Flags that say what a scenario may say itself. */
export const scenarioDefaultNames = ['repeat', 'duration', 'warmup', 'driver', 'seed', 'brokers', 'cluster'] as const;

/** For settings that a scenario leaves out. */
export type ScenarioDefaults = Readonly<Partial<Record<(typeof scenarioDefaultNames)[number], string>>>;

type Value = string | number | boolean | readonly string[];

/** A config file's content. */
export interface Config {
  readonly flags: Readonly<Record<string, Value>>;
  readonly scenarioDefaults: ScenarioDefaults;
}

export const noConfig: Config = { flags: {}, scenarioDefaults: {} };

/** What it cannot say: these flags say where it is, or change a scenario in ways that belong in one. */
const elsewhere: Readonly<Record<string, string>> = {
  config: 'a config file names no other one',
  cwd: 'the config file is found from there',
  set: 'it belongs in the scenario',
  rate: 'it belongs in the scenario: other loads have none',
  resume: 'it is of one run',
};

/**
 * Reads a YAML map from flags to values. @throws HarnessError `usage` with the place of what is wrong
 */
export async function readConfig(path: string, options: Readonly<Record<string, Options>>): Promise<Config> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HarnessError('usage', `--config ${path} cannot be read: ${messageOf(cause)}.`, { cause });
  });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const refuse = (offset: number, sentence: string, hint: string): never => {
    const { line, col } = lines.linePos(offset);
    throw new HarnessError('usage', `${path}:${line}:${col}  ${sentence}`, { hint });
  };
  for (const { message, pos } of document.errors) refuse(pos[0], message.split('\n')[0] ?? '', 'Write YAML.');
  const { contents } = document;
  if (contents === null) return noConfig;
  if (!isMap(contents)) return refuse(0, 'a map from flags to values is wanted', 'Like: out: results');
  const values: Record<string, Value> = {};
  for (const { key, value } of contents.items) {
    const name = isScalar(key) ? String(key.value) : '';
    const at = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
    const option = options[name];
    if (option === undefined) {
      const meant = meantOf(name, Object.keys(options));
      refuse(
        at,
        `there is no flag "${name}"`,
        meant === undefined ? 'See highwater run --help.' : `Did you mean "${meant}"?`,
      );
    } else if (elsewhere[name] === undefined) {
      values[name] = valueOf(option, plainOf(value)) ?? refuse(at, `${name} takes ${kindOf(option)}`, 'Write it so.');
    } else refuse(at, `"${name}" cannot stand here: ${elsewhere[name]}`, 'Remove it.');
  }
  return split(values);
}

const plainOf = (node: unknown): unknown =>
  typeof node === 'object' && node !== null && 'toJSON' in node ? (node.toJSON as () => unknown)() : node;

const kindOf = ({ type, array }: Options): string =>
  array ? 'a list of texts' : type === 'boolean' ? 'true or false' : type === 'count' ? 'a count' : 'one value';

/** Undefined for a value of another kind than the option's. */
function valueOf({ type, array }: Options, value: unknown): Value | undefined {
  const isText = (one: unknown): one is string | number => typeof one === 'string' || typeof one === 'number';
  if (array) {
    const list = [value].flat();
    return list.every(isText) ? list.map(String) : undefined;
  }
  if (type === 'boolean') return typeof value === 'boolean' ? value : undefined;
  if (type === 'count') return typeof value === 'number' ? value : undefined;
  return isText(value) ? String(value) : undefined;
}

function split(values: Readonly<Record<string, Value>>): Config {
  const isOfScenario = (name: string): boolean => (scenarioDefaultNames as readonly string[]).includes(name);
  const entries = Object.entries(values);
  return {
    flags: Object.fromEntries(entries.filter(([name]) => !isOfScenario(name))),
    scenarioDefaults: Object.fromEntries(entries.filter(([name]) => isOfScenario(name))) as ScenarioDefaults,
  };
}
