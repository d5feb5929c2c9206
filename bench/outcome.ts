/** What follows a run: it is held against its baseline, reported, and told to the CI system. */
import {
  type ExitReason,
  exitCodeOf,
  type FigureSource,
  type GateReport,
  likenessOf,
  loadFormats,
  looksText,
  modelOf,
  openReference,
  type Referred,
  renderGateMarkdown,
  renderGateText,
  renderReports,
  renderText,
  reportSource,
  type ReportModel,
  type Result,
  type ScenarioFile,
  type Store,
  withGate,
} from '../src/index.ts';
import { type Annotation, gateAnnotations, type Places, runAnnotations } from './annotations.ts';
import { calibratedLines } from './calibrated.ts';
import { gateReport } from './commands/gate.ts';
import { baselinesFolder } from './comparing.ts';
import { tellGitHub } from './github.ts';
import type { Terminal } from './terminal.ts';

export interface OutcomeFlags {
  readonly out: string;
  readonly json: boolean;
  readonly gate: boolean;
  readonly baseline?: string | undefined;
  readonly warnOnly: boolean;
}

type StoredReference = Extract<Referred, { readonly kind: 'run' }>;

/** A run that is over. */
interface EndedRun {
  readonly result: Result;
  readonly run: StoredReference;
  readonly store: Store;
  readonly file: ScenarioFile;
  /** The run that it is to be held against, where one was named. */
  readonly otherRun: Referred | null;
  /** The reports to be written; null for those that every run has. */
  readonly formats: readonly string[] | null;
  readonly flags: OutcomeFlags;
  readonly terminal: Terminal;
}

export interface RunOutcome {
  /** With what the gate found, where there was one. */
  readonly result: Result;
  readonly files: readonly string[];
  readonly verdict: string;
  readonly markdown: string;
  readonly annotations: readonly Annotation[];
}

/** Gates the run where that is asked, writes its reports, and prints them unless one document is all that is wanted. */
export async function settleRun({
  result: own,
  run,
  store,
  file,
  otherRun,
  formats,
  flags,
  terminal,
}: EndedRun): Promise<RunOutcome> {
  const isCompared = own.against !== undefined || flags.gate || flags.baseline !== undefined;
  const report = isCompared ? await gateReport(run, flags, otherRun) : null;
  const result = flags.gate && report !== null ? withGate(own, report.verdict, report.comparison) : own;
  const source = { result, run: run.run };
  const files = await renderReports(source, (name, content) => store.write(name, content), formats);
  if (!flags.json) {
    terminal.print(renderText(shownModel(result), terminal));
    if (report !== null) terminal.print(comparedText(report, flags, terminal));
    if (result.comparisons.length > 0) for (const line of await calibratedLines(likenessOf(run))) terminal.print(line);
    for (const path of files) terminal.print(`  ${path}`);
  }
  const places = placesOf(file);
  return {
    result,
    files,
    verdict: flags.gate && report !== null ? report.verdict.word : result.exitCode === 0 ? 'pass' : 'fail',
    markdown: await markdownOf(source, report),
    annotations:
      flags.gate && report !== null ? gateAnnotations({ ...report, result }, places) : runAnnotations(result, places),
  };
}

/** Pairs of two settings are shown in a table of their own. */
function shownModel(result: Result): ReportModel {
  const model = modelOf(result);
  return result.against === undefined ? model : { ...model, comparisons: [] };
}

/** Reads back what a run has stored. */
export async function reopened({ folder }: Store, { out }: Pick<OutcomeFlags, 'out'>): Promise<StoredReference> {
  const referred = await openReference(folder, { reports: out, baselines: baselinesFolder });
  if (referred.kind === 'run') return referred;
  throw new Error(`${folder} was to be a run.`);
}

/** The comparison, with a verdict only where one is asked for. */
function comparedText(report: GateReport, { gate }: OutcomeFlags, { color, unicode, columns }: Terminal): string {
  const text = renderGateText(report, { color, unicode, columns, rows: 'not the same' });
  const looks = report.result.looks === undefined ? '' : `\n${looksText(report.result.looks)}`;
  return `\n${gate ? text : text.split('\n').slice(0, -2).join('\n')}${looks}`;
}

async function markdownOf(source: FigureSource, report: GateReport | null): Promise<string> {
  const whole = (await loadFormats(['markdown'])).get('markdown')?.render(reportSource(source)) ?? '';
  return report === null ? whole : `${renderGateMarkdown(report, 'not the same')}\n${whole}`;
}

/** Where the scenario and each of its checks were written. */
function placesOf({ locate, scenario }: ScenarioFile): Places {
  return { scenario: locate([]), checks: scenario.checks.map((_, i) => locate(['checks', i])) };
}

/** The worst of several verdicts stands for all. */
const byWeight = ['fail', 'not comparable', 'inconclusive', 'pass'];

/** Tells the CI system of all runs together. */
export async function tellOfRuns(
  outcomes: readonly RunOutcome[],
  { warnOnly }: OutcomeFlags,
  terminal: Terminal,
): Promise<void> {
  if (outcomes.length === 0) return;
  await tellGitHub(
    {
      annotations: outcomes.flatMap(({ annotations }) => annotations),
      markdown: outcomes.map(({ markdown }) => markdown).join('\n'),
      verdict: byWeight.find(word => outcomes.some(({ verdict }) => verdict === word)) ?? 'fail',
      reports: outcomes.flatMap(({ files }) => files.filter(path => path.endsWith('.md'))),
      asWarnings: warnOnly,
    },
    terminal,
  );
}

/** With `--warn-only` nothing that was measured fails; what kept it from being measured still does. */
const beyondWarning: ReadonlySet<ExitReason> = new Set(['environment', 'interrupted', 'terminated']);

export function exitCodeOfRuns(reasons: readonly ExitReason[], { warnOnly }: OutcomeFlags): number {
  return exitCodeOf(warnOnly ? reasons.filter(reason => beyondWarning.has(reason)) : reasons);
}
