/** `agent`: makes load on this host for a run that is led from another one. */
import { type ExitReason, exitCodeOf, HarnessError, parseDuration, serveFleet } from '../../src/index.ts';
import { defineCommand } from '../command.ts';
import { commonOptions } from '../options.ts';
import { listenForStop } from '../signals.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly control: string;
  readonly fleet: string;
  readonly id: string;
  readonly topicPrefix: string;
  readonly wait: string;
  readonly quiet: boolean;
}

/** Serves one run; ends with 0 when that is over, with 3 where none comes, or it goes without a word. */
export async function agentCommand(flags: Flags, terminal: Terminal): Promise<number> {
  using stop = listenForStop(terminal);
  await serveFleet({
    brokers: flags.control.split(','),
    fleet: flags.fleet,
    agent: idOf(flags),
    prefix: flags.topicPrefix,
    waitMillis: waitOf(flags),
    onProgress: text => (flags.quiet ? undefined : terminal.error(`fleet       ${text}`)),
    signal: stop.signal,
  });
  const why = stop.reason();
  const reasons: ExitReason[] = why === null ? [] : [why];
  return exitCodeOf(reasons);
}

/** @throws HarnessError `usage` */
function idOf({ id }: Flags): number {
  if (/^\d{1,5}$/.test(id)) return Number(id);
  throw new HarnessError('usage', `--id ${id} is not the number of an agent.`, {
    hint: 'They count from 0 to one less than fleet.agents.',
  });
}

/** @throws HarnessError `usage` */
function waitOf({ wait }: Flags): number {
  const micros = parseDuration(wait);
  if (micros !== undefined) return micros / 1e3;
  throw new HarnessError('usage', `--wait ${wait} is not a duration.`, { hint: 'Write it like 10m.' });
}

export const agent = defineCommand({
  usage: 'agent',
  describe: 'make load on this host for a run that is led from another one',
  options: {
    ...commonOptions,
    control: {
      type: 'string',
      demandOption: true,
      describe: 'host:port,… of the control cluster, as the run names it',
    },
    fleet: { type: 'string', demandOption: true, describe: 'the scenario’s name' },
    id: { type: 'string', demandOption: true, describe: 'its number in the fleet, from 0' },
    'topic-prefix': { type: 'string', default: 'highwater.', describe: 'the scenario’s cluster.prefix' },
    wait: { type: 'string', default: '10m', describe: 'how long it waits for a run' },
  },
  run: agentCommand,
});
