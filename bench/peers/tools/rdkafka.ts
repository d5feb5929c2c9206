/** librdkafka's rdkafka_performance, as a producer. */
import { execFile } from 'node:child_process';
import { runChild, tailOf } from '../child.ts';
import { flagsOf } from '../flags.ts';
import { settings, timeoutSecondsOf } from '../settings.ts';
import { findProgram } from './find.ts';
import { type Figures, type Job, nothingElse, type Tool } from './tool.ts';

/** Requests in flight are left unbounded, as they are by default: each holds one batch, where other clients send several at once. */
const properties = [
  // the program sets a linger of a second itself
  `linger.ms=${settings.lingerMillis}`,
  `batch.size=${settings.batchSizeBytes}`,
  // its default is reached long before a batch is full
  'batch.num.messages=100000',
  'queue.buffering.max.messages=1000000',
];

/** The summary that rdkafka_performance prints when it ends. */
export function parseRdkafkaPerformance(output: string): {
  readonly delivered: number;
  readonly failed: number;
  readonly perSecond: number;
} {
  const match =
    /^% \d+ messages produced .*, (\d+) delivered \(offset -?\d+, (\d+) failed\) in \d+ms: (\d+) msgs\/s/m.exec(output);
  if (match === null) throw new Error(`rdkafka_performance printed ${JSON.stringify(output)}`);
  return { delivered: Number(match[1]), failed: Number(match[2]), perSecond: Number(match[3]) };
}

/** `librdkafka version 2.15.0 (0x020f00ff)` in the help text → 2.15.0. */
export const versionIn = (help: string): string => /librdkafka version (\S+)/.exec(help)?.[1] ?? 'unknown';

/** The help comes with an exit code that is not 0, and on either stream. */
const helpOf = (program: string): Promise<string> =>
  new Promise(resolve => execFile(program, (_error, stdout, stderr) => resolve(stdout + stderr)));

async function produce(program: string, { brokers, topic, messages, seconds, folder, signal }: Job): Promise<Figures> {
  const flags = flagsOf('-', {
    b: brokers,
    t: topic,
    s: settings.valueBytes,
    c: messages,
    a: settings.acks,
  });
  const args = ['-P', '-q', ...flags, ...properties.flatMap(property => ['-X', property])];
  const ended = await runChild(program, args, { folder, signal, timeoutSeconds: timeoutSecondsOf(seconds) });
  if (ended.exitCode !== 0)
    throw new Error(`rdkafka_performance ended with ${ended.exitCode}: ${tailOf(ended.stderr)}`);
  const { delivered, failed, perSecond } = parseRdkafkaPerformance(ended.stdout);
  return {
    ...nothingElse,
    messagesPerSecond: perSecond,
    cpuMicrosPerMessage: (ended.cpuSeconds * 1e6) / delivered,
    faults: failed > 0 ? [`${failed} messages failed`] : [],
  };
}

export const rdkafkaTool: Tool = {
  id: 'rdkafka_performance',
  title: 'rdkafka_performance (librdkafka)',
  comparison: 'produce',
  ownTopics: null,
  verifies: false,
  async prepare(surroundings) {
    const program = await findProgram('rdkafka_performance', surroundings);
    return { version: versionIn(await helpOf(program)), run: job => produce(program, job) };
  },
};
