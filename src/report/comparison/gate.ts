/** Renders what a gate came to: the run's validity, its checks, its comparison with the baseline, and the verdict last and first. */
import { createColors } from 'picocolors';
import type { RunComparison } from '../../analysis/compare-runs.ts';
import type { GateVerdict } from '../../analysis/gate.ts';
import type { Result } from '../../results/schema.ts';
import { escaped } from '../formats/markdown.ts';
import { type Line, modelOf } from '../model.ts';
import { signs } from '../text.ts';
import { renderComparisonMarkdown } from './markdown.ts';
import { comparisonModel, verdictLine } from './model.ts';
import { type ComparisonTextOptions, renderComparisonText } from './text.ts';

export interface GateReport {
  readonly result: Result;
  /** Null where there is no baseline; `missing` says which. */
  readonly comparison: RunComparison | null;
  readonly missing: string | null;
  readonly verdict: GateVerdict;
}

/** The gate as lines of text, without a trailing newline. */
export function renderGateText(report: GateReport, options: ComparisonTextOptions): string {
  const colors = createColors(options.color);
  const paint = { good: colors.green, bad: colors.red, warning: colors.yellow, open: colors.yellow, equal: colors.dim };
  const ofStyle = signs[options.unicode ? 'unicode' : 'ascii'];
  const line = ({ sign, text }: Line): string => paint[sign](`${ofStyle[sign]} `) + text;
  const { result, comparison, verdict } = report;
  return [
    ...ownLines(report).map(line),
    ...(comparison === null ? [] : ['', renderComparisonText(comparisonModel(comparison, null), options)]),
    '',
    line(verdictLine(verdict, result.against?.name)),
  ].join('\n');
}

/** The gate as Markdown, short enough for a comment on a pull request. */
export function renderGateMarkdown(report: GateReport, rows: ComparisonTextOptions['rows']): string {
  const line = ({ sign, text }: Line): string => `- ${signs.unicode[sign]} ${escaped(text)}`;
  const { result, comparison, verdict } = report;
  const { sign, text } = verdictLine(verdict, result.against?.name);
  return [
    `**${signs.unicode[sign]} ${escaped(text)}**`,
    '',
    ...ownLines(report).slice(0, 100).map(line),
    '',
    ...(comparison === null ? [] : [renderComparisonMarkdown(comparisonModel(comparison, null), rows)]),
  ].join('\n');
}

/** What is to be said of the run itself, and of a baseline that is not there. */
function ownLines({ result, missing }: GateReport): Line[] {
  const { validity, checks } = modelOf(result);
  return [
    validity,
    ...checks,
    ...(missing === null ? [] : [{ sign: 'open', text: `no baseline: ${missing}` } as const]),
  ];
}
