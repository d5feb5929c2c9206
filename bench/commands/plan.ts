/** `plan`: what a scenario means, without running anything. */
import { bytes, duration, type Plan, resolveDocument, whole } from '../../src/index.ts';
import { defineCommand } from '../command.ts';
import { commonOptions, scenarioFile, scenarioOptions } from '../options.ts';
import { planScenario, type ScenarioFlags } from '../scenario-options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends ScenarioFlags {
  readonly json: boolean;
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

export const plan = defineCommand({
  usage: 'plan <scenario>',
  describe: 'show what would be run: cells, order, duration, disk',
  positionals: { scenario: scenarioFile },
  options: { ...commonOptions, ...scenarioOptions },
  run: planCommand,
});
