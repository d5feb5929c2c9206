/** Tells GitHub Actions what came of it: annotations on stderr, a summary, and outputs for later steps. Elsewhere it does nothing. */
import { appendFile, stat } from 'node:fs/promises';
import { type Annotation, workflowCommands } from './annotations.ts';
import type { Terminal } from './terminal.ts';

export interface Outcome {
  readonly annotations: readonly Annotation[];
  readonly markdown: string;
  /** For `steps.<id>.outputs.verdict`. */
  readonly verdict: string;
  /** Paths of reports, for `steps.<id>.outputs.report`. */
  readonly reports: readonly string[];
  /** Nothing is to fail: nothing is called an error. */
  readonly asWarnings: boolean;
}

/** GitHub refuses a summary beyond 1 MiB whole. */
const mostSummaryBytes = 900_000;

/** The runner reads its commands from stderr too, so that stdout stays what it is. */
export async function tellGitHub(outcome: Outcome, terminal: Terminal, environment = process.env): Promise<void> {
  if (environment['GITHUB_ACTIONS'] !== 'true') return;
  const { annotations, markdown, verdict, reports, asWarnings } = outcome;
  const told = asWarnings ? annotations.map(one => ({ ...one, level: 'warning' as const })) : annotations;
  for (const command of workflowCommands(told)) terminal.command(command);
  const { GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output } = environment;
  // what cannot be told must not change what is true: the exit code stands
  await Promise.all([
    ...(summary ? [appendSummary(summary, markdown)] : []),
    ...(output ? [appendFile(output, `verdict=${verdict}\nreport=${reports.map(oneLine).join(' ')}\n`)] : []),
  ]).catch((error: unknown) => {
    terminal.error(`${terminal.sign('warning')} GitHub's files cannot be written: ${String(error)}`);
  });
}

const oneLine = (text: string): string => text.replaceAll(/[\r\n]/g, ' ');

async function appendSummary(path: string, markdown: string): Promise<void> {
  const used = await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
  await appendFile(path, cutTo(`${markdown.trimEnd()}\n\n`, mostSummaryBytes - used));
}

/** The text in so many bytes of UTF-8 at most, cut between lines. */
export function cutTo(text: string, mostBytes: number): string {
  if (Buffer.byteLength(text) <= mostBytes) return text;
  const note = '\n\n… cut: the whole report lies in the folder of the run.\n';
  const room = mostBytes - Buffer.byteLength(note);
  if (room <= 0) return '';
  const kept = Buffer.from(text).subarray(0, room).toString('utf8');
  return `${kept.slice(0, Math.max(0, kept.lastIndexOf('\n')))}${note}`;
}
