/** `cluster`: a local Apache Kafka that goes on running between runs. */
import { readFile } from 'node:fs/promises';
import {
  defaultKafkaVersion,
  exitCodes,
  findKeptCluster,
  HarnessError,
  type KeptCluster,
  type KeptState,
  startKeptCluster,
  stopKeptCluster,
} from '../../src/index.ts';
import { defineCommand } from '../command.ts';
import { commonOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly action: 'up' | 'down' | 'status' | 'logs';
  readonly brokers: string;
  readonly kafka: string;
  readonly lines: string;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Starts, stops or shows the kept cluster. `status` and `logs` end with 3 where none runs. */
export async function clusterCommand(flags: Flags, terminal: Terminal): Promise<number> {
  switch (flags.action) {
    case 'up':
      return await up(flags, terminal);
    case 'down':
      return down(await stopKeptCluster(), flags, terminal);
    case 'status':
      return status(await findKeptCluster(), flags, terminal);
    case 'logs':
      return await logs(await findKeptCluster(), flags, terminal);
  }
}

async function up(flags: Flags, terminal: Terminal): Promise<number> {
  const brokers = countOf('brokers', flags.brokers, 32);
  if (!/^\d+\.\d+\.\d+$/.test(flags.kafka)) {
    throw new HarnessError('usage', `--kafka ${flags.kafka} is not a release.`, {
      hint: `Write it like ${defaultKafkaVersion}.`,
    });
  }
  const onProgress = (text: string): void => terminal.error(`cluster     ${text}`);
  const kept = await startKeptCluster({ brokers, version: flags.kafka }, flags.quiet ? {} : { onProgress });
  return status({ state: 'running', kept, failure: null }, flags, terminal);
}

/** @throws HarnessError `usage` for what is no count */
function countOf(flag: string, text: string, most: number): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new HarnessError('usage', `--${flag} ${text} is not a count from 1 to ${most}.`, {
    hint: 'Where a cluster is, says the flag --brokers of `run`.',
  });
}

const addressesOf = ({ brokers }: KeptState): string => brokers.map(({ address }) => address).join(',');

/** What may be told of the state: its token is the keeper's alone. */
function shownOf(found: KeptCluster): Record<string, unknown> {
  if (found.state === 'none' || found.kept === null) return { state: found.state };
  const { kafkaVersion, clusterId, startedAt, pid, brokers } = found.kept;
  const failure = found.state === 'running' ? found.failure : null;
  return {
    state: found.state,
    kafkaVersion,
    clusterId,
    startedAt,
    pid,
    failure,
    addresses: addressesOf(found.kept),
    brokers,
  };
}

function status(found: KeptCluster, { json }: Flags, terminal: Terminal): number {
  const isWell = found.state === 'running' && found.failure === null;
  if (json) terminal.print(JSON.stringify(shownOf(found), null, 2));
  else if (found.state !== 'running') terminal.print(absentText(found, terminal));
  else terminal.print(runningText(found, terminal));
  return isWell ? exitCodes.ok : exitCodes.environment;
}

function runningText({ kept, failure }: KeptCluster & { state: 'running' }, terminal: Terminal): string {
  const count = kept.brokers.length === 1 ? 'one broker' : `${kept.brokers.length} brokers`;
  const head = `Apache Kafka ${kept.kafkaVersion}, ${count}, since ${kept.startedAt}`;
  return [
    `${terminal.sign(failure === null ? 'good' : 'bad')} ${head}`,
    ...(failure === null ? [] : [`  ${failure}`]),
    `  use    --brokers ${addressesOf(kept)}`,
    '  stop   highwater cluster down',
  ].join('\n');
}

function absentText(found: Exclude<KeptCluster, { state: 'running' }>, terminal: Terminal): string {
  if (found.state === 'none') return 'No cluster is kept. `highwater cluster up` starts one.';
  const since = found.kept === null ? 'its state file cannot be read' : `it was started ${found.kept.startedAt}`;
  return `${terminal.sign('warning')} The cluster that was kept is gone (${since}): the host was started anew, or its processes were killed.\n  \`highwater cluster down\` clears up after it, \`highwater cluster up\` starts another.`;
}

function down(found: KeptCluster, { json }: Flags, terminal: Terminal): number {
  if (json) terminal.print(JSON.stringify({ was: found.state, state: 'none' }));
  else if (found.state === 'none') terminal.print('No cluster was kept.');
  else {
    const what =
      found.state === 'running'
        ? `stopped ${addressesOf(found.kept)}, its data removed`
        : 'cleared up after a cluster that was gone';
    terminal.print(`${terminal.sign('good')} ${what}`);
  }
  return exitCodes.ok;
}

async function logs(found: KeptCluster, flags: Flags, terminal: Terminal): Promise<number> {
  const lines = countOf('lines', flags.lines, 1e6);
  if (found.state !== 'running') return status(found, flags, terminal);
  const tails = await Promise.all(
    found.kept.brokers.map(async ({ id, logFile }) => {
      const text = (await readFile(logFile, 'utf8').catch(() => '')).trimEnd();
      return { id, logFile, lines: text === '' ? [] : text.split('\n').slice(-lines) };
    }),
  );
  if (flags.json) terminal.print(JSON.stringify(tails, null, 2));
  else
    for (const { id, logFile, lines: tail } of tails)
      terminal.print(
        [`broker ${id}   ${logFile}`, ...(tail.length === 0 ? ['  it logged nothing from WARN on'] : tail)].join('\n'),
      );
  return exitCodes.ok;
}

const options = {
  ...commonOptions,
  brokers: { type: 'string', default: '1', describe: 'up: how many' },
  kafka: { type: 'string', default: defaultKafkaVersion, describe: 'up: the release of Apache Kafka' },
  lines: { type: 'string', default: '50', describe: 'logs: how many of each broker, from the end' },
} as const;

export const cluster = defineCommand({
  usage: 'cluster <action>',
  describe: 'keep a local Apache Kafka running between runs: up, down, status, logs',
  positionals: { action: { choices: ['up', 'down', 'status', 'logs'], demandOption: true } },
  options,
  // HIGHWATER_BROKERS says where a cluster is, and not how many brokers it has
  notFromEnvironment: ['brokers'],
  run: clusterCommand,
});
