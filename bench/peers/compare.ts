/** Compares Highwater with other load tools on one local broker: interleaved rounds, medians, as a table in Markdown. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Cluster, exitCodes, fetchJars, findJava, HarnessError, messageOf, openCluster } from '../../src/index.ts';
import { fillTopic } from './fill.ts';
import { describeMachine } from './machine.ts';
import { isNamed, type Options, readOptions } from './options.ts';
import { type Contest, type Entrant, holdContest } from './rounds.ts';
import { settings } from './settings.ts';
import { renderComparison } from './table.ts';
import { tools } from './tools/index.ts';
import { type Comparison, NotFound, type Surroundings, type Tool } from './tools/tool.ts';
import { openTopics } from './topics.ts';

const kafkaVersion = '4.3.1';
// what is removed is gone at once: every run writes a gigabyte
const brokerSettings = { 'log.segment.delete.delay.ms': 1_000 };

const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Field {
  readonly entrants: readonly Entrant[];
  readonly missing: readonly string[];
}

/** Those of the tools that are here, and of the others why not. */
async function findTools(wanted: readonly Tool[], surroundings: Surroundings): Promise<Field> {
  const entrants: Entrant[] = [];
  const missing: string[] = [];
  for (const tool of wanted) {
    try {
      entrants.push({ tool, ...(await tool.prepare(surroundings)) });
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
      missing.push(`${tool.title}: ${error.message}`);
    }
  }
  return { entrants, missing };
}

interface Course {
  readonly options: Options;
  readonly surroundings: Surroundings;
  readonly cluster: Cluster;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** One comparison, from looking for its tools to its table. */
async function compare(comparison: Comparison, course: Course): Promise<string> {
  const { options, surroundings, cluster, folder, signal } = course;
  const wanted = tools.filter(tool => tool.comparison === comparison && isNamed(tool.id, options.tools));
  const { entrants, missing } = await findTools(wanted, surroundings);
  for (const reason of missing) say(reason);
  const brokers = cluster.brokers.join(',');
  await using topics = await openTopics(brokers);
  const common = { brokers, seconds: options.seconds, folder, signal, topics, onProgress: say };
  const topic = 'peers-filled';
  const isFilled = comparison === 'consume' && entrants.length > 0;
  const filled = isFilled ? { topic, messages: await fillTopic(topic, options.filled, common) } : null;
  const partitions = comparison === 'both' ? settings.partitionsOfBoth : settings.partitions;
  const contest: Contest = { ...common, comparison, entrants, rounds: options.rounds, partitions, filled };
  const rows = await holdContest(contest);
  if (isFilled) await topics.remove(topic);
  return renderComparison({ comparison, rows, references: options.references, missing });
}

async function main(args: readonly string[], signal: AbortSignal): Promise<void> {
  const options = readOptions(args, [...new Set(tools.map(({ id }) => id))]);
  const [java, jarsFolder] = await Promise.all([
    findJava({ onProgress: say }),
    fetchJars(kafkaVersion, { onProgress: say }),
  ]);
  const surroundings = { folders: options.folders.map(folder => resolve(folder)), java, jarsFolder, kafkaVersion };
  const folder = await mkdtemp(join(tmpdir(), 'highwater-peers-'));
  try {
    const source = { kind: 'local', brokers: 1, version: kafkaVersion, config: brokerSettings } as const;
    await using cluster = await openCluster(source, { onProgress: say, signal });
    const course = { options, surroundings, cluster, folder, signal };
    const parts = [await describeMachine({ java, kafkaVersion, ...options })];
    for (const comparison of options.only) parts.push(await compare(comparison, course));
    const report = `${parts.join('\n\n')}\n`;
    console.log(report);
    if (options.markdown !== null) await writeFile(options.markdown, report);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
try {
  await main(process.argv.slice(2), stop.signal);
} catch (error) {
  if (stop.signal.aborted) process.exitCode = exitCodes.interrupted;
  else if (error instanceof HarnessError) {
    say(`${error.message}\n  ${error.hint ?? ''}`);
    process.exitCode = error.exitCode;
  } else {
    say(messageOf(error));
    process.exitCode = exitCodes.bug;
  }
}
