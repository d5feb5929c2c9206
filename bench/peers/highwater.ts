/** Runs a scenario through Highwater's program, and takes its result document apart. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../../src/index.ts';
import { runChild, tailOf } from './child.ts';
import { timeoutSecondsOf } from './settings.ts';

type Trial = Result['cells'][number]['trials'][number];

/** What a run through the program gives. */
export interface ScenarioFigures {
  readonly ackedPerSecond: number;
  readonly consumedPerSecond: number;
  readonly messagesPerBatch: number | null;
  /** From send to acknowledgement. */
  readonly serviceP99Micros: number | null;
  /** The workers' threads in the measured window, over the messages acknowledged in it. */
  readonly workerCpuMicrosPerMessage: number | null;
  /** Acknowledged over all attempts, warm-up included. */
  readonly ackedInAll: number;
  readonly faults: readonly string[];
}

/** The last trial is the one that counts: those before it were invalid and were run again. */
export function figuresOf(result: Result): ScenarioFigures {
  const trials = result.cells.flatMap(cell => cell.trials);
  const trial = trials.at(-1);
  if (trial === undefined) {
    const why = result.cells.flatMap(({ failures }) => failures.map(({ message }) => message));
    throw new Error(`no trial was finished: ${[...why, ...result.reasons].join('; ')}`);
  }
  const { cpuSeconds } = trial.generator;
  return {
    ackedPerSecond: trial.rates.ackedPerSecond,
    consumedPerSecond: trial.rates.consumedPerSecond,
    messagesPerBatch: trial.batches?.messagesPerBatch ?? null,
    serviceP99Micros: trial.serviceMicros?.p99 ?? null,
    workerCpuMicrosPerMessage: cpuSeconds === null ? null : (cpuSeconds * 1e6) / trial.counts.acked,
    ackedInAll: trials.reduce((sum, { totals }) => sum + totals.acked, 0),
    faults: faultsOf(trial, result),
  };
}

/** Whatever keeps a trial from being proof: its validity, its counts, its losses. */
function faultsOf({ validity, findings, counts, totals, groups }: Trial, { reasons }: Result): string[] {
  const resolved = counts.acked + counts.failed + counts.unresolved + counts.notSent;
  const mostAppended = totals.acked + totals.failed + totals.unresolved + totals.retries;
  const lost = counts.lost ?? 0;
  const told = [
    validity === 'valid' ? [] : [`${validity}: ${findings.map(({ code }) => code).join(', ')}`],
    reasons.length === 0 ? [] : [`the run ended with: ${reasons.join(', ')}`],
    counts.scheduled === resolved ? [] : [`${counts.scheduled} messages were scheduled, ${resolved} have an outcome`],
    counts.failed + counts.unresolved === 0 ? [] : [`${counts.failed + counts.unresolved} failed or unresolved`],
    totals.appended >= totals.acked && totals.appended <= mostAppended ? [] : ['the end offsets do not agree'],
    groups.length > 0 && counts.lost === null ? ['losses were not counted'] : [],
    lost + counts.duplicated + counts.reordered === 0
      ? []
      : [`${lost} lost, ${counts.duplicated} duplicated, ${counts.reordered} reordered`],
  ];
  return told.flat();
}

export interface ScenarioRun {
  readonly brokers: string;
  readonly seconds: number;
  readonly folder: string;
  readonly signal: AbortSignal;
}

const program = join(import.meta.dirname, '..', 'highwater.js');

/** The document that a run of the scenario prints, with the CPU of its whole process. */
export async function runScenario(
  scenario: string,
  { brokers, seconds, folder, signal }: ScenarioRun,
): Promise<{ readonly result: Result; readonly cpuSeconds: number }> {
  const file = join(folder, 'scenario.yaml');
  await writeFile(file, scenario);
  const args = [program, 'run', file, '--brokers', brokers, '--json', '--quiet', '--out', join(folder, 'reports')];
  const options = { folder, signal, timeoutSeconds: timeoutSecondsOf(seconds) };
  const { stdout, stderr, exitCode, cpuSeconds } = await runChild(process.execPath, args, options);
  // a run that is not valid ends with another code and prints its result all the same
  if (!stdout.startsWith('{')) throw new Error(`highwater ended with ${exitCode}: ${tailOf(stderr)}`);
  return { result: JSON.parse(stdout) as Result, cpuSeconds };
}
