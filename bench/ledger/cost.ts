/** Shows what the delivery ledger costs wire's consumer: it reads one filled topic with and without it, round by round in random order. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openCluster, whole } from '../../src/index.ts';
import { runChild, tailOf } from '../peers/child.ts';
import { fillTopic } from '../peers/fill.ts';
import { flagsOf } from '../peers/flags.ts';
import { settings, timeoutSecondsOf } from '../peers/settings.ts';
import { median, shuffled } from '../peers/stats.ts';
import { formatTable } from '../peers/table.ts';
import { openTopics } from '../peers/topics.ts';
import type { ReaderReport, Way } from './reader.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    messages: { type: 'string', default: '3000000' },
    'fill-seconds': { type: 'string', default: '10' },
  },
});
const ways: readonly Way[] = ['count', 'stamps', 'latencies', 'ledger'];
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
const say = (line: string): void => console.error(line);

const folder = await mkdtemp(join(tmpdir(), 'highwater-ledger-'));
try {
  await using cluster = await openCluster({ kind: 'local', brokers: 1, version: '4.3.1', config: {} });
  const brokers = cluster.brokers.join(',');
  await using topics = await openTopics(brokers);
  const topic = 'ledger-cost';
  const messages = Number(values.messages);
  const run = { brokers, folder, signal: stop.signal, seconds: Number(values['fill-seconds']) };
  await fillTopic(topic, messages, { ...run, topics, onProgress: say });

  const read = async (way: Way): Promise<ReaderReport> => {
    const flags = flagsOf('--', { brokers, topic, partitions: settings.partitions, messages, way });
    const args = [join(import.meta.dirname, 'reader.ts'), ...flags];
    const ended = await runChild(process.execPath, args, { ...run, timeoutSeconds: timeoutSecondsOf(run.seconds) });
    if (ended.exitCode !== 0) throw new Error(`the reader ended with ${ended.exitCode}: ${tailOf(ended.stderr)}`);
    return JSON.parse(ended.stdout) as ReaderReport;
  };

  const reports = new Map(ways.map(way => [way, [] as ReaderReport[]]));
  await read('count');
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const way of shuffled(ways)) {
      const report = await read(way);
      reports.get(way)?.push(report);
      const entered = report.entered === null ? '' : `, ${whole(report.entered)} entered`;
      say(`round ${round}, ${way}: ${whole(report.messagesPerSecond)}/s${entered}`);
    }
  }
  const ratesOf = (way: Way): number[] => (reports.get(way) ?? []).map(({ messagesPerSecond }) => messagesPerSecond);
  /** The rate against another way's, round by round. */
  const shareOf = (way: Way, of: Way): number => {
    const others = ratesOf(of);
    return median(ratesOf(way).map((rate, round) => rate / (others[round] as number)));
  };
  const rows = ways.map(way => [
    way,
    whole(median(ratesOf(way))),
    shareOf(way, 'count').toFixed(3),
    median((reports.get(way) ?? []).map(report => report.cpuMicrosPerMessage)).toFixed(3),
  ]);
  console.log(formatTable(['each message is', 'messages/s', 'of counting alone', 'CPU µs/message'], rows));
  const cost = 1 - shareOf('ledger', 'latencies');
  console.log(
    `\nThe ledger takes ${(cost * 100).toFixed(1)} % of the throughput of a consumer that measures latencies without it.`,
  );
  console.log(`Medians of ${values.rounds} rounds in random order, ${whole(messages)} messages of 100 bytes each.`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
