/** Prepares the table that answers a run's question: a row for each cell, what was measured and what follows from it. */
import { matches } from '../../analysis/checks.ts';
import type { Cell, Comparison, Result } from '../../results/schema.ts';
import { signOfVerdict } from '../comparisons.ts';
import { estimateText, intervalNote, maxText } from '../latency.ts';
import { fateText, labelOf, type Line } from '../model.ts';
import { change, whole } from '../numbers.ts';
import { countingTrials } from '../table.ts';
import { demandText, effectText, verdictText } from '../words.ts';
import { bestCell } from './best.ts';
import { headlineLatency, latencyWords } from './headline.ts';

/** A figure of the table. */
export interface AnswerFigure {
  /** Without its interval, as people read it; `–` where there is none. */
  readonly text: string;
  readonly interval: string | null;
  /** By which rows are sorted; null sorts last. */
  readonly value: number | null;
  readonly isBest: boolean;
}

/** A line of the table, with what is said more quietly. */
export interface AnswerLine extends Line {
  readonly note?: string;
}

export interface AnswerRow {
  readonly cell: string;
  readonly label: string;
  /** What all figures of the row must be read with; null for a cell of valid trials alone. */
  readonly flag: Line | null;
  readonly figures: readonly AnswerFigure[];
  readonly checks: readonly Line[];
  readonly comparisons: readonly AnswerLine[];
}

export interface AnswersTable {
  readonly note: string;
  /** Of the figures. */
  readonly headings: readonly string[];
  readonly rows: readonly AnswerRow[];
  readonly hasChecks: boolean;
  /** `check` unless given. */
  readonly checksHeading?: string;
  readonly hasComparisons: boolean;
  readonly hasBest: boolean;
}

const statistics = { p50: 'p50', p99: 'p99', p999: 'p99.9' } as const;

/** A column of figures. */
interface Column {
  readonly heading: string;
  readonly figure: (cell: Cell) => Omit<AnswerFigure, 'isBest'>;
  /** The metric by which one cell can be the best. */
  readonly metric: string | null;
}

export function answersOf(result: Result): AnswersTable {
  const latency = headlineLatency(result);
  const columns = columnsOf(result, latency);
  const best = columns.map(({ metric }) => (metric === null ? null : bestCell(result, metric)));
  const rows = result.cells.map((cell): AnswerRow => ({
    cell: cell.id,
    label: cell.label || cell.id,
    flag: flagOf(cell, result),
    figures: columns.map((column, i) => ({ ...column.figure(cell), isBest: best[i] === cell.id })),
    checks: checkLines(result, cell),
    comparisons: comparedLines(result, cell),
  }));
  const summaries = result.cells.flatMap(({ summary }) => Object.values(summary));
  return {
    note: `latencies in ms, ${latency}: ${latencyWords[latency]}; ${intervalNote(summaries)}`,
    headings: columns.map(({ heading }) => heading),
    rows,
    hasChecks: rows.some(({ checks }) => checks.length > 0),
    hasComparisons: rows.some(({ comparisons }) => comparisons.length > 0),
    hasBest: best.some(one => one !== null),
  };
}

function columnsOf(result: Result, latency: string): Column[] {
  const shown = Object.keys(statistics).map(statistic => `${latency}.${statistic}`);
  const deciding = [
    ...new Set(result.comparisons.filter(({ role }) => role === 'primary').map(({ metric }) => metric)),
  ];
  const more = deciding.filter(metric => /^(?:ack|endToEnd|service)\.p/.test(metric) && !shown.includes(metric));
  return [
    { heading: 'messages/s', figure: throughputOf, metric: 'ackedPerSecond' },
    ...shown.map(metric => latencyColumn(metric, statisticText(metric))),
    { heading: 'max', figure: cell => maximumOf(cell, latency), metric: `${latency}.max` },
    ...more.map(metric => latencyColumn(metric, `${metric.split('.')[0]} ${statisticText(metric)}`)),
    { heading: 'lost', figure: cell => fateOf(cell, 'lost'), metric: null },
    { heading: 'dup', figure: cell => fateOf(cell, 'duplicated'), metric: null },
  ];
}

const statisticText = (metric: string): string => {
  const statistic = metric.split('.')[1] ?? metric;
  return statistics[statistic as keyof typeof statistics] ?? statistic;
};

function latencyColumn(metric: string, heading: string): Column {
  const figure = (cell: Cell): Omit<AnswerFigure, 'isBest'> => {
    const [text = '–', interval = null] = estimateText(cell.summary[metric]).split(/ (?=\[)/);
    return { text, interval, value: cell.summary[metric]?.estimate ?? null };
  };
  return { heading, figure, metric };
}

/** Acknowledged messages; of a cell that has none, those that were read. */
function throughputOf({ summary, trials }: Cell): Omit<AnswerFigure, 'isBest'> {
  const { ackedPerSecond: acked, consumedPerSecond: consumed } = summary;
  const isUnacknowledged = trials.every(({ totals }) => totals.acked === 0);
  const shown = isUnacknowledged ? consumed : acked;
  if (shown === undefined || trials.length === 0) return { text: '–', interval: null, value: null };
  return { text: whole(shown.estimate), interval: isUnacknowledged ? 'read' : null, value: shown.estimate };
}

function maximumOf(cell: Cell, latency: string): Omit<AnswerFigure, 'isBest'> {
  const greatest = countingTrials(cell).flatMap(trial => trial[`${latency}Micros` as 'ackMicros']?.max ?? []);
  return { text: maxText(cell, latency), interval: null, value: greatest.length === 0 ? null : Math.max(...greatest) };
}

function fateOf(cell: Cell, fate: 'lost' | 'duplicated'): Omit<AnswerFigure, 'isBest'> {
  const text = fateText(cell, fate);
  return { text, interval: null, value: text === '–' ? null : Number(text.replaceAll(',', '')) };
}

function flagOf(cell: Cell, { repeat }: Result): Line | null {
  const blocks = new Set(countingTrials(cell).map(({ block }) => block)).size;
  if (blocks < repeat) return { sign: 'bad', text: `${blocks} of ${repeat} trials count` };
  const degraded = countingTrials(cell).filter(({ validity }) => validity === 'degraded').length;
  return degraded === 0 ? null : { sign: 'warning', text: `${degraded} of ${countingTrials(cell).length} degraded` };
}

function checkLines({ checks }: Result, cell: Cell): Line[] {
  const own = checks.filter(({ where }) => cell.side !== 'against' && matches(where, cell.factors));
  if (own.length === 0) return [];
  const missed = own.filter(({ failed }) => failed.includes(cell.id));
  const open = own.filter(({ failed, verdict }) => verdict === 'no-data' && !failed.includes(cell.id));
  const held = own.length - missed.length - open.length;
  const withoutPlace = (check: (typeof own)[number]): string => demandText({ ...check, where: {} });
  return [
    ...missed.map(check => {
      const text = `${withoutPlace(check)}${check.verdict === 'no-data' ? ': no data' : ''}`;
      return { sign: 'bad', text } as const;
    }),
    ...open.map(check => ({ sign: 'open', text: `${withoutPlace(check)}: not judged` }) as const),
    ...(held === 0
      ? []
      : [{ sign: 'good', text: held === own.length ? `${held} of ${held}` : `${held} more` } as const]),
  ];
}

function comparedLines(result: Result, cell: Cell): AnswerLine[] {
  const lineOf = (comparison: Comparison, other: string): AnswerLine => {
    const { verdict, ratio, metric } = comparison;
    const text = verdict === 'inconclusive' || ratio === null ? verdictText(comparison) : `${verdict} ${change(ratio)}`;
    const [, interval] = /(\[.*\])/.exec(effectText(comparison)) ?? [];
    const effect =
      verdict === 'inconclusive' && ratio !== null
        ? `${effectText(comparison)} `
        : interval === undefined
          ? ''
          : `${interval} `;
    return { sign: signOfVerdict[verdict], text, note: `${metric} ${effect}against ${other}` };
  };
  const own = result.comparisons
    .filter(({ role, b }) => role === 'primary' && b === cell.id)
    .map(one => lineOf(one, result.against?.name ?? labelOf(result, one.a)));
  const gated = (result.gate?.comparisons ?? [])
    .filter(({ b }) => b === cell.id)
    .map(one => lineOf(one, result.gate?.baseline ?? 'the baseline'));
  const isReference = result.comparisons.some(({ a }) => a === cell.id);
  const reference = own.length === 0 && isReference ? [{ sign: 'equal', text: 'reference' } as const] : [];
  return [...reference, ...own, ...gated];
}
