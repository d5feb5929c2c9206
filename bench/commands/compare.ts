/** `compare`: two runs, a run and a baseline, or two cells, metric by metric. */
import {
  comparisonModel,
  compareSides,
  type GateVerdict,
  judgeComparison,
  likenessOf,
  renderComparisonMarkdown,
  renderComparisonText,
  type RunComparison,
  sideOf,
} from '../../src/index.ts';
import { comparisonAnnotations } from '../annotations.ts';
import { calibratedLines } from '../calibrated.ts';
import { defineCommand } from '../command.ts';
import { type ComparingFlags, comparingOptions, failuresOf, openBoth } from '../comparing.ts';
import { tellGitHub } from '../github.ts';
import { commonOptions, compareOptions, reference } from '../options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends ComparingFlags {
  readonly a: string;
  readonly b: string;
  readonly json: boolean;
  readonly format: 'text' | 'markdown' | 'json';
  readonly all: boolean;
  readonly failOn?: string | undefined;
  readonly warnOnly: boolean;
}

/** Compares B with A. Exit code 0 unless `--fail-on` names what was found; 12 where nothing could be compared. */
export async function compareCommand(flags: Flags, terminal: Terminal): Promise<number> {
  const options = comparingOptions(flags);
  const failOn = flags.failOn === undefined ? [] : failuresOf(flags.failOn);
  const [a, b] = await openBoth(flags.a, flags.b, flags);
  const comparison = compareSides(sideOf(a), sideOf(b), options);
  const judged = judgeComparison(comparison, failOn);
  // a comparison that nobody asked to judge passes nothing
  const verdict = flags.failOn === undefined && judged.exitCode === 0 ? null : judged;
  print(comparison, verdict, flags, terminal);
  const isText = !flags.json && flags.format === 'text';
  if (isText) for (const line of await calibratedLines(likenessOf(b))) terminal.print(line);
  const markdown = renderComparisonMarkdown(comparisonModel(comparison, verdict), 'not the same');
  await tellGitHub(
    {
      annotations: verdict === null ? [] : comparisonAnnotations(comparison),
      markdown,
      verdict: judged.word,
      reports: [],
      asWarnings: flags.warnOnly || judged.exitCode === 0,
    },
    terminal,
  );
  return flags.warnOnly ? 0 : judged.exitCode;
}

function print(comparison: RunComparison, verdict: GateVerdict | null, flags: Flags, terminal: Terminal): void {
  const rows = flags.all ? 'all' : 'not the same';
  const model = comparisonModel(comparison, verdict);
  switch (flags.json ? 'json' : flags.format) {
    case 'json':
      terminal.print(JSON.stringify({ schemaVersion: 1, ...comparison, verdict }, null, 2));
      return;
    case 'markdown':
      terminal.print(renderComparisonMarkdown(model, rows).trimEnd());
      return;
    case 'text':
      terminal.print(renderComparisonText(model, { ...optionsOf(terminal), rows }));
  }
}

const optionsOf = ({ color, unicode, columns }: Terminal) => ({ color, unicode, columns });

export const compare = defineCommand({
  usage: 'compare <a> <b>',
  describe: 'compare two runs, a run and a baseline, or two cells (run@cell)',
  positionals: { a: reference, b: reference },
  options: { ...commonOptions, ...compareOptions },
  run: compareCommand,
});
