/** Renders a history for the terminal: a table of all series, then each as a chart with its changes of level. */
import { createColors } from 'picocolors';
import {
  type History,
  type HistoryChange,
  type HistorySeries,
  type SkipReason,
  worryingAutocorrelation,
} from '../analysis/history.ts';
import { change, metricText } from './numbers.ts';
import { type TextOptions, tableText } from './text.ts';

export interface HistoryTextOptions extends TextOptions {
  readonly columns: number;
}

/** Below this many points no change of level can have been seen twice. */
const fewestPoints = 5;
const fewestInChart = 2;
const chartRows = 5;

const skipWords: Readonly<Record<SkipReason, string>> = {
  'other-settings': 'with other settings',
  'other-host-class': 'on another class of host',
  'no-such-cell': 'without this cell',
  incomplete: 'not complete',
  invalid: 'with too few valid trials',
  'no-data': 'without data',
};

/** The history as lines of text, without a trailing newline. */
export function renderHistory(history: History, options: HistoryTextOptions): string {
  const colors = createColors(options.color);
  const { scenario, runs, series, hostClass } = history;
  const { cores, ...others } = hostClass;
  const host = [...Object.values(others), cores === null ? null : `${cores} cores`]
    .filter(part => part !== null)
    .join(', ');
  return [
    `${colors.bold(scenario)}   ${runsText(runs)}; compared are those like the newest: ${host}`,
    '',
    tableText({
      title: '',
      note: null,
      columnsOfWords: 2,
      rows: [['cell', 'metric', 'runs', 'newest', 'level', 'since', 'change'], ...series.map(summaryRow)],
    }),
    ...series.flatMap(one => ['', ...seriesLines(one, options)]),
  ].join('\n');
}

const runsText = (count: number): string => `${count} ${count === 1 ? 'run' : 'runs'}`;

function summaryRow(series: HistorySeries): string[] {
  const { label, metric, points, changes } = series;
  const newest = points.at(-1);
  const last = changes.findLast(({ confirmed }) => confirmed);
  return [
    label,
    metric,
    String(points.length),
    newest === undefined ? '–' : valueText(metric, newest),
    newest === undefined ? '–' : metricText(metric, levelOf(series)),
    last === undefined ? '–' : dayOf(last.from.startedAt),
    last === undefined ? '–' : change(last.after / last.before),
  ];
}

/** Where the series is now: the mean since its last confirmed change. */
function levelOf({ points, changes }: HistorySeries): number {
  const level = points.slice(changes.findLast(({ confirmed }) => confirmed)?.index ?? 0);
  return level.reduce((sum, { value }) => sum + value, 0) / level.length;
}

const valueText = (metric: string, { value, censored }: HistorySeries['points'][number]): string =>
  (censored ? '≥ ' : '') + metricText(metric, value);

const dayOf = (time: string): string => time.slice(0, 16).replace('T', ' ');

function seriesLines(series: HistorySeries, options: HistoryTextOptions): string[] {
  const colors = createColors(options.color);
  const { label, metric, points, lag1Autocorrelation } = series;
  const warning = colors.yellow(options.unicode ? '⚠' : 'warn');
  const skipped = Object.entries(series.skipped).map(
    ([reason, count]) => `${count} ${skipWords[reason as SkipReason]}`,
  );
  return [
    colors.bold(`${label}   ${metric}`) + colors.dim(`   ${runsText(points.length)}`),
    ...(points.length < fewestInChart ? [] : chartOf(series, options)),
    ...series.changes.map(one => `  ${changeText(one, metric, options)}`),
    ...(points.length < fewestPoints
      ? [
          `  ${points.length === 0 ? 'no data: ' : ''}a change of level can be told from chance from ${fewestPoints} runs on`,
        ]
      : []),
    ...(lag1Autocorrelation !== null && lag1Autocorrelation >= worryingAutocorrelation
      ? [
          `  ${warning} a run's value tells of the next one's (lag-1 autocorrelation ${lag1Autocorrelation.toFixed(2)}): changes are less sure than they look`,
        ]
      : []),
    ...(skipped.length === 0 ? [] : [`  left out: ${skipped.join(', ')}`]),
  ];
}

function changeText(one: HistoryChange, metric: string, { color, unicode }: HistoryTextOptions): string {
  const colors = createColors(color);
  const signs = unicode ? { better: '✓', worse: '✗', neither: '=' } : { better: 'ok', worse: 'FAIL', neither: '=' };
  const paint = { better: colors.green, worse: colors.red, neither: colors.dim };
  const sign = one.confirmed ? paint[one.direction](signs[one.direction]) : colors.yellow('?');
  const { lastBefore, from, before, after } = one;
  const commits = `between ${lastBefore.commit ?? lastBefore.runId} and ${from.commit ?? from.runId}`;
  const also = one.news.length === 0 ? '' : `; also new: ${one.news.join(', ')}`;
  const unsure = one.confirmed ? '' : ', seen once: the next run will tell';
  const word = one.direction === 'neither' ? '' : `${one.direction} `;
  const text = `${word}${change(after / before)}, ${metricText(metric, before)} → ${metricText(metric, after)}, ${commits} (${dayOf(from.startedAt)})${also}${unsure}`;
  return `${sign} ${unicode ? text : text.replaceAll('→', '->')}`;
}

/** The newest points that fit, one column each, between the least and the greatest; marks below show where levels begin. */
function chartOf({ metric, points, changes }: HistorySeries, { unicode, columns }: HistoryTextOptions): string[] {
  const all = points.map(({ value }) => value);
  const [top, bottom] = [Math.max(...all), Math.min(...all)];
  const [topText, bottomText] = [metricText(metric, top), metricText(metric, bottom)];
  const width = Math.max(topText.length, bottomText.length);
  const hidden = Math.max(0, all.length - Math.max(10, columns - width - 5));
  const values = all.slice(hidden);
  const rowOf = (value: number): number =>
    top === bottom ? Math.floor(chartRows / 2) : Math.round(((top - value) / (top - bottom)) * (chartRows - 1));
  const labels = new Map([
    [rowOf(bottom), bottomText],
    [rowOf(top), topText],
  ]);
  const [dot, wall, mark] = unicode ? ['•', '│', '▲'] : ['*', '|', '^'];
  const rows = Array.from({ length: chartRows }, (_, row) => {
    const label = labels.get(row) ?? '';
    const marks = values.map(value => (rowOf(value) === row ? dot : ' ')).join('');
    return `  ${label.padStart(width)} ${wall}${marks}`.trimEnd();
  });
  const confirmed = new Map(changes.map(one => [one.index - hidden, one.confirmed]));
  const markers = values.map((_, i) => (confirmed.has(i) ? (confirmed.get(i) ? mark : '?') : ' ')).join('');
  return [...rows, ...(markers.trim() === '' ? [] : [`  ${' '.repeat(width)}  ${markers}`.trimEnd()])];
}
