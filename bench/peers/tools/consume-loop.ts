/** A driver's consumer reading a filled topic, in a program of its own. */
import { join } from 'node:path';
import { runChild, tailOf } from '../child.ts';
import { flagsOf } from '../flags.ts';
import { timeoutSecondsOf } from '../settings.ts';
import { type Figures, type Job, nothingElse } from './tool.ts';

/** What the program prints. */
export interface ConsumeReport {
  readonly messages: number;
  /** From the first delivery on, without it. */
  readonly messagesPerSecond: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** Messages that bear no stamp of Highwater's. */
  readonly unstamped: number;
  /** Offsets that were passed over. */
  readonly skippedOffsets: number;
  /** Sequence numbers below a producer's highest that never came; null where only a part of the topic was read. */
  readonly missing: number | null;
}

const program = join(import.meta.dirname, '..', 'consume-loop.ts');

/** What a report tells against its run. */
export function faultsOf({ duplicated, reordered, unstamped, skippedOffsets, missing }: ConsumeReport): string[] {
  const counts = { duplicated, reordered, unstamped, 'offsets skipped': skippedOffsets, missing: missing ?? 0 };
  return Object.entries(counts).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]));
}

/** Reads messages of the job's topic with a driver, in a child process. */
export async function readTopic(driver: string, job: Job): Promise<Figures> {
  const { brokers, topic, messages, filled, seconds, folder, signal } = job;
  const args = [program, ...flagsOf('--', { driver, brokers, topic, messages, filled })];
  const ended = await runChild(process.execPath, args, { folder, signal, timeoutSeconds: timeoutSecondsOf(seconds) });
  if (ended.exitCode !== 0) throw new Error(`the loop ended with ${ended.exitCode}: ${tailOf(ended.stderr)}`);
  const report = JSON.parse(ended.stdout) as ConsumeReport;
  return {
    ...nothingElse,
    messagesPerSecond: report.messagesPerSecond,
    cpuMicrosPerMessage: (ended.cpuSeconds * 1e6) / report.messages,
    faults: faultsOf(report),
  };
}
