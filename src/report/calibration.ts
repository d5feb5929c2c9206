/** Renders a calibration: a table of how noisy each metric is and what that lets be found, and one line for other reports. */
import { createColors } from 'picocolors';
import type { Calibration, CellCalibration, MetricCalibration } from '../results/calibration.ts';
import type { Line } from './model.ts';
import { percent } from './numbers.ts';
import type { Table } from './table.ts';
import { signs, tableText, type TextOptions } from './text.ts';

/** Neighbours that are this alike are no longer as good as independent. */
const worryingAutocorrelation = 0.2;

/** The calibration as lines of text, without a trailing newline. */
export function renderCalibration(calibration: Calibration, { color, unicode }: TextOptions): string {
  const colors = createColors(color);
  const paint = { good: colors.green, bad: colors.red, warning: colors.yellow, open: colors.yellow, equal: colors.dim };
  const ofStyle = signs[unicode ? 'unicode' : 'ascii'];
  const line = ({ sign, text }: Line): string => paint[sign](`${ofStyle[sign]} `) + text;
  return calibration.cells
    .map(cell => {
      const { title, note, ...table } = cellTable(calibration, cell);
      return [
        colors.bold(title) + colors.dim(` · ${note ?? ''}`),
        tableText({ title, note, ...table }),
        ...warningLines(cell).map(line),
      ].join('\n');
    })
    .join('\n\n');
}

function cellTable({ repeat, blocks }: Calibration, { cell, metrics }: CellCalibration): Table {
  const found = metrics[0]?.blocksToFind ?? [];
  const heading = [
    'metric',
    'noise',
    'delta',
    `found by ${repeat} blocks`,
    'by 10',
    ...found.map(({ effect }) => `blocks for ${percent(effect)}`),
    'itself',
  ];
  const rows = metrics.map(metric => [
    metric.role === 'primary' ? `${metric.metric} (primary)` : metric.metric,
    share(metric.variation),
    percent(metric.delta),
    metric.foundByScenario === null ? '–' : rounded(metric.foundByScenario),
    metric.foundByTen === null ? '–' : rounded(metric.foundByTen),
    ...metric.blocksToFind.map(one => (one.blocks === null ? '–' : String(one.blocks))),
    metric.verdict ?? '–',
  ]);
  return {
    title: `${cell} against itself`,
    note: `${blocks} blocks; noise: variation between trials of a block; found: with 90 % power, one row alone; –: five blocks are the fewest, and no change up to delta is called`,
    rows: [heading, ...rows],
    columnsOfWordsAtEnd: 1,
  };
}

const share = (value: number): string => `${(value * 100).toFixed(1)} %`;
/** Rounded up, for a smaller change might be missed. */
const rounded = (value: number): string => share(Math.ceil(value * 1_000 - 1e-3) / 1_000);

function warningLines({ metrics }: CellCalibration): Line[] {
  const moved = metrics.filter(({ verdict }) => verdict === 'worse' || verdict === 'better');
  const alike = metrics.filter(({ lag1Autocorrelation: r }) => r !== null && r >= worryingAutocorrelation);
  const tooFew = metrics.every(({ foundByScenario }) => foundByScenario === null);
  return [
    ...moved.map(({ metric, verdict, role }): Line => ({
      sign: role === 'primary' ? 'bad' : 'warning',
      text: `${metric} came out ${verdict} against itself: chance does that once in twenty such runs; if it does it again, the host or the cluster treats equals unequally`,
    })),
    ...alike.map(({ metric, lag1Autocorrelation }): Line => ({
      sign: 'warning',
      text: `${metric}: neighbouring trials are alike (autocorrelation ${(lag1Autocorrelation ?? 0).toFixed(2)}): something drifts, and the noise of other days may be larger`,
    })),
    ...(tooFew && metrics.length > 0
      ? [{ sign: 'warning', text: 'The scenario’s own repeat is below 5: its comparisons decide nothing.' } as const]
      : []),
  ];
}

const dayMillis = 86_400_000;
/** The change of which the line tells. */
const tellingEffect = 0.1;

/** `calibrated 3 days ago: ack.p99 has a noise of 2.1 %, 5 blocks find 10 %`; null where nothing primary was calibrated. */
export function calibrationLine({ at, cells }: Calibration, now: Date): string | null {
  const [first] = cells.flatMap(({ metrics }) => metrics).filter(({ role }) => role === 'primary');
  if (first === undefined) return null;
  const days = Math.floor((now.getTime() - Date.parse(at)) / dayMillis);
  const when = days <= 0 ? 'today' : days === 1 ? 'yesterday' : `${days} days ago`;
  return `calibrated ${when}: ${first.metric} has a noise of ${share(first.variation)}, ${foundWords(first)}`;
}

function foundWords({ blocksToFind }: MetricCalibration): string {
  const blocks = blocksToFind.find(({ effect }) => effect === tellingEffect)?.blocks ?? null;
  return blocks === null
    ? `no number of blocks finds ${percent(tellingEffect)}`
    : `${blocks} blocks find ${percent(tellingEffect)}`;
}
