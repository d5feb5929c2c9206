/** Go's clients, each behind a program `bench-<client>` that prints one line of JSON. */
import { runChild, tailOf } from '../child.ts';
import { flagsOf } from '../flags.ts';
import { settings, timeoutSecondsOf, warmupMessagesOf } from '../settings.ts';
import { findProgram } from './find.ts';
import { type Figures, type Job, nothingElse, type Tool } from './tool.ts';

const clients = ['franz-go', 'sarama', 'kafka-go'] as const;

/** What such a program prints, as far as it is read here. */
export interface GoReport {
  readonly version: string;
  readonly messages: number;
  /** From the creation of the client on. */
  readonly msgs_per_s: number;
  /** A consumer's from its first delivery on. */
  readonly steady_msgs_per_s?: number;
  readonly errors?: number;
  readonly first_error?: string;
  readonly send_to_ack_ms?: { readonly p99: number } | null;
}

/** The last line of the output. */
export function parseGoReport(output: string): GoReport {
  const line = output.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`it printed ${JSON.stringify(output)}`);
  return JSON.parse(line) as GoReport;
}

const produceFlags = ({ messages }: Job): string[] =>
  flagsOf('-', {
    size: settings.valueBytes,
    acks: settings.acks,
    linger: `${settings.lingerMillis}ms`,
    'batch-bytes': settings.batchSizeBytes,
    inflight: settings.inFlight,
    // a latency of every message would cost some of them more than the message
    sample: 16,
    warmup: warmupMessagesOf(messages),
  });

async function run(program: string, mode: 'produce' | 'consume', job: Job): Promise<Figures> {
  const { brokers, topic, messages, folder, signal } = job;
  const flags = flagsOf('-', { mode, brokers, topic, n: messages });
  const args = [...flags, ...(mode === 'produce' ? produceFlags(job) : [])];
  const ended = await runChild(program, args, { folder, signal, timeoutSeconds: timeoutSecondsOf(job.seconds) });
  if (ended.exitCode !== 0) throw new Error(`${program} ended with ${ended.exitCode}: ${tailOf(ended.stderr)}`);
  const report = parseGoReport(ended.stdout);
  const handled = report.messages + (mode === 'produce' ? warmupMessagesOf(messages) : 0);
  const p99Millis = report.send_to_ack_ms?.p99;
  return {
    ...nothingElse,
    messagesPerSecond: report.steady_msgs_per_s ?? report.msgs_per_s,
    cpuMicrosPerMessage: (ended.cpuSeconds * 1e6) / handled,
    p99Micros: p99Millis === undefined ? null : p99Millis * 1e3,
    faults: faultsOf(report, messages),
    version: report.version,
  };
}

function faultsOf({ errors = 0, first_error: first, messages }: GoReport, asked: number): string[] {
  if (errors > 0) return [`${errors} errors, the first: ${first}`];
  return messages < asked ? [`handled ${messages} of ${asked} messages`] : [];
}

export const goTools: readonly Tool[] = clients.flatMap(client =>
  (['produce', 'consume'] as const).map((comparison): Tool => ({
    id: client,
    title: `${client} (Go)`,
    comparison,
    ownTopics: null,
    verifies: false,
    async prepare(surroundings) {
      const program = await findProgram(`bench-${client}`, surroundings);
      return { version: null, run: job => run(program, comparison, job) };
    },
  })),
);
