/** `validate`: whether scenarios can be run, without running them. */
import { HarnessError, type Plan, ScenarioError } from '../../src/index.ts';
import { defineCommand } from '../command.ts';
import { commonOptions, scenarioFiles, scenarioOptions } from '../options.ts';
import { type PlannedScenario, planScenario, type ScenarioFlags } from '../scenario-options.ts';
import type { Terminal } from '../terminal.ts';
import { shapeOf } from './plan.ts';

interface Flags extends ScenarioFlags {
  readonly scenario: readonly string[];
  readonly json: boolean;
}

/** What a file came to. */
type Validated = { readonly path: string } & (
  | ({ readonly isValid: true } & PlannedScenario)
  | { readonly isValid: false; readonly error: HarnessError }
);

/** Checks files; all of them, also where one is wrong. Exit code 0 or 2. */
async function validateCommand(flags: Flags, terminal: Terminal): Promise<number> {
  const all: Validated[] = [];
  for (const path of flags.scenario) {
    const one = await validated(path, flags);
    all.push(one);
    if (!flags.json) tell(one, terminal);
  }
  if (flags.json) terminal.print(JSON.stringify(all.map(documentOf), null, 2));
  const wrong = all.find(one => !one.isValid);
  return wrong === undefined || wrong.isValid ? 0 : wrong.error.exitCode;
}

async function validated(path: string, flags: Flags): Promise<Validated> {
  try {
    return { path, isValid: true, ...(await planScenario(path, flags)) };
  } catch (error) {
    if (!(error instanceof HarnessError) || error.reason !== 'usage') throw error;
    return { path, isValid: false, error };
  }
}

function tell(one: Validated, terminal: Terminal): void {
  if (!one.isValid) {
    const { message, hint } = one.error;
    terminal.error(`${terminal.sign('bad')} ${message}${hint === undefined ? '' : `\n  ${hint}`}`);
    return;
  }
  terminal.print(`${terminal.sign('good')} ${one.path}: ${shapeOf(one.plan)}`);
  for (const { file, line, column, message } of one.file.warnings)
    terminal.print(`${terminal.sign('warning')} ${file}:${line}:${column}  ${message}`);
  for (const { code, message } of one.plan.warnings) terminal.print(`${terminal.sign('warning')} ${code}: ${message}`);
}

function documentOf(one: Validated): object {
  const { path, isValid } = one;
  if (!one.isValid) {
    const { error } = one;
    const problems = error instanceof ScenarioError ? error.problems.map(placed) : [{ message: error.message }];
    return { path, isValid, problems };
  }
  const { cells, repeat, estimate, warnings }: Plan = one.plan;
  return {
    path,
    isValid,
    cells: cells.length,
    repeat,
    estimate,
    warnings: [...one.file.warnings.map(placed), ...warnings],
  };
}

const placed = ({ file, line, column, code, message, hint }: ScenarioError['problems'][number]) => ({
  file,
  line,
  column,
  code,
  message,
  hint,
});

export const validate = defineCommand({
  usage: 'validate <scenario..>',
  describe: 'check scenario files; nothing is run',
  positionals: { scenario: scenarioFiles },
  options: { ...commonOptions, ...scenarioOptions },
  run: validateCommand,
});
