/** `gate`: whether a run passes, by exit code: its checks, its losses, its validity, and whether it is worse than a baseline. */
import {
  againstComparison,
  compareSides,
  conclude,
  type GateReport,
  judgeGate,
  likenessOf,
  openReference,
  type Referred,
  renderGateMarkdown,
  renderGateText,
  HarnessError,
  sideOf,
} from '../../src/index.ts';
import { gateAnnotations } from '../annotations.ts';
import { calibratedLines } from '../calibrated.ts';
import { defineCommand } from '../command.ts';
import { baselinesFolder, type ComparingFlags, comparingOptions, failuresOf, openBaselineFor } from '../comparing.ts';
import { tellGitHub } from '../github.ts';
import { commonOptions, gateOptions, reference } from '../options.ts';
import type { Terminal } from '../terminal.ts';

/** Flags of whatever gates. */
export interface GateFlags extends ComparingFlags {
  readonly baseline?: string | undefined;
  readonly failOn?: string | undefined;
}

interface Flags extends GateFlags {
  readonly run: string;
  readonly json: boolean;
  readonly format: 'text' | 'markdown' | 'json';
  readonly all: boolean;
  readonly warnOnly: boolean;
}

/** Judges a stored run; without a baseline that it can be compared with the exit code is 12 at least. */
export async function gateCommand(flags: Flags, terminal: Terminal): Promise<number> {
  const run = await openReference(flags.run, { reports: flags.out, baselines: baselinesFolder });
  const report = await gateReport(run, flags);
  const rows = flags.all ? 'all' : 'not the same';
  switch (flags.json ? 'json' : flags.format) {
    case 'json':
      terminal.print(jsonOf(report));
      break;
    case 'markdown':
      terminal.print(renderGateMarkdown(report, rows).trimEnd());
      break;
    case 'text': {
      const { color, unicode, columns } = terminal;
      terminal.print(renderGateText(report, { color, unicode, columns, rows }));
      for (const line of await calibratedLines(likenessOf(run))) terminal.print(line);
    }
  }
  await tellGitHub(
    {
      annotations: gateAnnotations(report, null),
      markdown: renderGateMarkdown(report, 'not the same'),
      verdict: report.verdict.word,
      reports: [],
      asWarnings: flags.warnOnly || report.verdict.exitCode === 0,
    },
    terminal,
  );
  return flags.warnOnly ? 0 : report.verdict.exitCode;
}

/**
 * A run's own conclusions, held against the setting that it was run alternately with; where there is none, or a baseline is named, against
 * that: the one that was opened already, else the one that the flags name.
 * @throws HarnessError `usage` where something else than a run is to be judged
 */
export async function gateReport(run: Referred, flags: GateFlags, opened: Referred | null = null): Promise<GateReport> {
  if (run.kind !== 'run' || run.cell !== null) {
    throw new HarnessError('usage', `${run.reference} is no run: a gate judges whole runs.`, {
      hint: 'Name a run; what it is held against goes with --baseline.',
    });
  }
  const options = comparingOptions(flags);
  const failOn = failuresOf(flags.failOn);
  const result = conclude(run.run);
  const own = flags.baseline === undefined && opened === null ? againstComparison(run.run, result) : null;
  if (own !== null) {
    refuseOtherRules(own.a.reference, flags);
    return {
      result,
      comparison: own,
      missing: null,
      verdict: judgeGate({ reasons: result.reasons, comparison: own, failOn }),
    };
  }
  const { referred, missing } =
    opened === null ? await openBaselineFor(run, flags.baseline, flags.out) : { referred: opened, missing: null };
  const comparison = referred === null ? null : compareSides(sideOf(referred), sideOf(run), options);
  return { result, comparison, missing, verdict: judgeGate({ reasons: result.reasons, comparison, failOn }) };
}

/** A run of two settings was judged when it was run, by the rules that its scenario declared beforehand. */
function refuseOtherRules(against: string, { delta, metric = [], confidence, strict }: GateFlags): void {
  if (delta === undefined && metric.length === 0 && confidence === undefined && strict !== true) return;
  throw new HarnessError('usage', `The run was held against ${against} by the rules of its scenario.`, {
    hint: 'Leave out --delta, --metric, --confidence and --strict, or name a --baseline; compare.delta and compare.primary belong in the scenario.',
  });
}

function jsonOf({ result, comparison, missing, verdict }: GateReport): string {
  const { name, runId, reasons, checks } = result;
  return JSON.stringify(
    {
      schemaVersion: 1,
      name,
      runId,
      verdict: verdict.word,
      exitCode: verdict.exitCode,
      reasons: verdict.reasons,
      ownReasons: reasons,
      checks,
      missing,
      comparison,
    },
    null,
    2,
  );
}

export const gate = defineCommand({
  usage: 'gate <run>',
  describe: 'judge a stored run by exit code: checks, losses, validity, and a baseline',
  positionals: { run: reference },
  options: { ...commonOptions, ...gateOptions },
  run: gateCommand,
});
