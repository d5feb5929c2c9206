/** `validate` and `plan`: what a scenario means, without running anything. */
import { bytes, duration, HarnessError, type Plan, resolveDocument, whole } from '../../src/index.ts';
import { planScenario, type ScenarioFlags } from '../scenario-options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends ScenarioFlags {
  readonly json: boolean;
}

/** Checks files; all of them, also where one is wrong. Exit code 0 or 2. */
export async function validateCommand(
  flags: Flags & { readonly scenario: readonly string[] },
  terminal: Terminal,
): Promise<number> {
  let exitCode = 0;
  for (const path of flags.scenario) {
    try {
      const { plan, file } = await planScenario(path, flags);
      terminal.print(`${terminal.sign('good')} ${path}: ${shapeOf(plan)}`);
      for (const { file: name, line, column, message } of file.warnings)
        terminal.print(`${terminal.sign('warning')} ${name}:${line}:${column}  ${message}`);
      for (const { code, message } of plan.warnings) terminal.print(`${terminal.sign('warning')} ${code}: ${message}`);
    } catch (error) {
      if (!(error instanceof HarnessError) || error.reason !== 'usage') throw error;
      terminal.error(`${terminal.sign('bad')} ${error.message}${error.hint === undefined ? '' : `\n  ${error.hint}`}`);
      exitCode = error.exitCode;
    }
  }
  return exitCode;
}

/** Shows what would be run. */
export async function planCommand(flags: Flags & { readonly scenario: string }, terminal: Terminal): Promise<number> {
  const { plan, file } = await planScenario(flags.scenario, flags);
  if (flags.json) {
    terminal.print(JSON.stringify(plan, null, 2));
    return 0;
  }
  const { cells, order, seed, referenceCell, estimate, warnings } = plan;
  terminal.print(
    [
      shapeOf(plan),
      `seed ${seed} · about ${bytes(estimate.diskBytes)} of the brokers' disks at a time · ${whole(estimate.messages)} messages`,
      '',
      'Cells',
      ...cells.map(({ id, label }) => `  ${id}   ${label}${id === referenceCell ? '   (reference)' : ''}`),
      '',
      'Order',
      ...[...Map.groupBy(order, ({ block }) => block)].map(
        ([block, slots]) => `  block ${block}: ${slots.map(({ cell }) => cell).join(', ')}`,
      ),
      '',
      'Resolved scenario',
      ...resolveDocument(file.raw)
        .trimEnd()
        .split('\n')
        .map(line => `  ${line}`),
      ...warnings.map(({ code, message }) => `${terminal.sign('warning')} ${code}: ${message}`),
    ].join('\n'),
  );
  return 0;
}

/** `6 cells × 5 trials, about 12 m 30 s`. */
export function shapeOf({ cells, repeat, estimate }: Plan): string {
  return `${cells.length} ${cells.length === 1 ? 'cell' : 'cells'} × ${repeat} ${repeat === 1 ? 'trial' : 'trials'}, ${estimate.isLeast ? 'at least' : 'about'} ${duration(estimate.durationMicros)}`;
}
