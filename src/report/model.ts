/** Prepares a result for every format: rows and sentences, rounded, with units. */
import type { Cell, Result, Summary } from '../results/schema.ts';
import { comparisonLines, comparisonNote } from './comparisons.ts';
import { generatorDetails, limitTables } from './generator.ts';
import { groupDetails, groupTables } from './groups.ts';
import { duration, metricText, millis, threeDigits, whole } from './numbers.ts';
import { orderLines } from './order.ts';
import { partitionDetails, partitionTables } from './partitions.ts';
import { changedSettings, settingsInEffect } from './settings.ts';
import { backgroundLine, steadinessLine, warmupLine } from './steadiness.ts';
import { countingTrials, type Table } from './table.ts';
import { demandText, findingText, reasonsText, spanPlace, spanTally } from './words.ts';

/** A line with a sign in front: ✓ ✗ ⚠ ? =. */
export interface Line {
  readonly sign: 'good' | 'bad' | 'warning' | 'open' | 'equal';
  readonly text: string;
}

export interface ReportModel {
  readonly title: string;
  readonly question: string | null;
  readonly runId: string;
  /** Comes first: a report of an invalid run must not look like a result. */
  readonly validity: Line;
  /** Whether trials were steady while they were measured, and what of the brokers they covered; empty where none was assessed. */
  readonly steadiness: readonly Line[];
  /** What `warmup: auto` came to; null where no cell asked for it. */
  readonly warmup: Line | null;
  readonly tables: readonly Table[];
  /** For formats that can fold them away. */
  readonly details: readonly Table[];
  /** In which order messages were read. */
  readonly order: readonly Line[];
  readonly checks: readonly Line[];
  readonly comparisons: readonly Line[];
  /** How they were judged. */
  readonly comparisonNote: string | null;
  readonly findings: readonly Line[];
  readonly warnings: readonly string[];
  readonly conclusion: Line;
  readonly environment: readonly (readonly [string, string])[];
}

/** The latencies that a report shows, the headline first. */
const shown = [
  { name: 'ack', title: 'ack: due to acknowledged' },
  { name: 'endToEnd', title: 'endToEnd: due to the consumer’s handler' },
  { name: 'service', title: 'service: sent to acknowledged' },
] as const;

export function modelOf(result: Result): ReportModel {
  return {
    title: result.name,
    question: result.question,
    runId: result.runId,
    validity: validityLine(result),
    steadiness: [steadinessLine(result), backgroundLine(result)].filter(line => line !== null),
    warmup: warmupLine(result),
    tables: tablesOf(result),
    details: [
      ...groupDetails(result),
      ...partitionDetails(result),
      ...generatorDetails(result),
      ...settingsInEffect(result),
    ],
    order: orderLines(result),
    checks: result.checks.map(check => {
      const worst =
        check.worst === null
          ? ''
          : `   worst ${labelOf(result, check.worst.cell)}: ${metricText(check.metric, check.worst.value)}${spanPlace(check)}`;
      const tally = spanTally(check);
      const passed = check.cells - check.failed.length;
      const verdict = check.verdict === 'no-data' ? 'no data' : `${passed} of ${check.cells} cells`;
      return {
        sign: check.verdict === 'pass' ? 'good' : 'bad',
        text: `${demandText(check)}   ${verdict}${tally === '' ? '' : `, ${tally}`}${worst}`,
      };
    }),
    comparisons: comparisonLines(result, id => labelOf(result, id)),
    comparisonNote: comparisonNote(result),
    findings: findingLines(result),
    warnings: result.warnings.map(({ code, message }) => `${code}: ${message}`),
    conclusion: conclusionLine(result),
    environment: Object.entries(result.environment).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  };
}

const labelOf = ({ cells }: Result, id: string): string => cells.find(cell => cell.id === id)?.label || id;

/** How many blocks the cells have together, however often a trial was run again. */
const blocksOf = (cells: readonly Cell['trials'][]): number =>
  cells.reduce((sum, trials) => sum + new Set(trials.map(({ block }) => block)).size, 0);

function validityLine({ cells, repeat }: Result): Line {
  const trials = cells.flatMap(cell => cell.trials);
  const asked = cells.length * repeat;
  const count = (validity: string): number => trials.filter(trial => trial.validity === validity).length;
  const lags = trials.flatMap(({ scheduleLagMicros }) => scheduleLagMicros?.p99 ?? []);
  const lag = lags.length === 0 ? '' : ` (worst scheduleLag p99 ${duration(Math.max(...lags))})`;
  const blocks = blocksOf(cells.map(cell => cell.trials));
  const again = trials.length - blocks;
  const parts = [
    `${blocks} of ${asked} trials${again === 0 ? '' : ` (${again} run again)`}`,
    ...(['valid', 'degraded', 'invalid'] as const).filter(one => count(one) > 0).map(one => `${count(one)} ${one}`),
  ];
  const validBlocks = blocksOf(cells.map(countingTrials));
  const isSound = count('degraded') + count('invalid') === 0;
  const sign = validBlocks < asked ? 'bad' : isSound ? 'good' : 'warning';
  return { sign, text: `${parts.join(', ')}${lag}` };
}

function tablesOf(result: Result): Table[] {
  const latencies = shown.flatMap(({ name, title }) => {
    const hasAny = result.cells.some(cell => cell.trials.some(trial => trial[`${name}Micros`] !== null));
    const isHeadlineThere =
      name === 'service' && result.cells.every(cell => cell.trials.every(trial => trial.ackMicros !== null));
    return hasAny && !isHeadlineThere ? [latencyTable(result, name, title)] : [];
  });
  return [
    ...latencies,
    throughputTable(result),
    ...limitTables(result),
    ...partitionTables(result),
    deliveryTable(result),
    ...groupTables(result),
    ...changedSettings(result),
  ];
}

function latencyTable(result: Result, name: string, title: string): Table {
  const isClosed = result.cells.some(cell => cell.trials.some(trial => !trial.isOpenLoop));
  const summaries = result.cells.flatMap(cell => Object.values(cell.summary));
  const labels = isClosed && name !== 'ack' ? ' (closed loop, not a latency claim)' : '';
  const rows = result.cells.map(cell => [
    cell.label,
    ...['p50', 'p99', 'p999'].map(statistic => estimateText(cell.summary[`${name}.${statistic}`])),
    maxText(cell, name),
  ]);
  return {
    title: `${title}, ms${labels}`,
    note: intervalNote(summaries),
    rows: [['cell', 'p50', 'p99', 'p99.9', 'max'], ...rows],
  };
}

function intervalNote(summaries: readonly Summary[]): string {
  if (summaries.length > 0 && summaries.every(({ trials }) => trials === 1)) return 'of one trial: no interval';
  const isRange = summaries.some(({ interval }) => interval === 'range');
  return `mean of the trials on a log scale ${isRange ? '[least–greatest trial: too few for an interval]' : '[95 % CI]'}`;
}

function estimateText(summary: Summary | undefined): string {
  if (summary === undefined) return '–';
  const bound = summary.censored ? '≥ ' : '';
  const hasInterval = summary.low !== null && summary.high !== null && summary.trials > 1 && !summary.censored;
  if (!hasInterval) return bound + millis(summary.estimate);
  return `${millis(summary.estimate)} [${millis(summary.low ?? 0)}–${millis(summary.high ?? 0)}]`;
}

function maxText(cell: Cell, name: string): string {
  const latencies = countingTrials(cell).flatMap(trial => trial[`${name}Micros` as 'ackMicros'] ?? []);
  if (latencies.length === 0) return '–';
  const bound = latencies.some(({ censored }) => censored > 0) ? '≥ ' : '';
  return bound + millis(Math.max(...latencies.map(({ max }) => max)));
}

const meanOf = (numbers: readonly number[]): number | null =>
  numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

function throughputTable({ cells }: Result): Table {
  const figure = (cell: Cell, metric: string, text: (value: number) => string): string => {
    const summary = cell.summary[metric];
    return summary === undefined ? '–' : text(summary.estimate);
  };
  // a pump that spins until the next message is due uses a whole core, whatever a message costs
  const cpu = (cell: Cell): string => {
    const telling = countingTrials(cell).filter(trial => trial.generator.pacing === 'nap' || !trial.isOpenLoop);
    const cost = meanOf(telling.flatMap(({ generator }) => generator.cpuMicrosPerMessage ?? []));
    return cost === null ? '–' : cost.toFixed(1);
  };
  const isRead = (cell: Cell): boolean => cell.trials.some(({ groups }) => groups.length > 0);
  const heading = [
    'cell',
    'offered/s',
    'acked/s',
    'acked MB/s',
    'consumed/s',
    'msg/batch',
    'bytes/batch',
    'CPU µs/msg',
  ];
  return {
    title: 'Throughput',
    note: 'over the window, mean of the trials; MB: of values alone; a batch’s bytes: before compression',
    rows: [
      heading,
      ...cells.map(cell => [
        cell.label,
        figure(cell, 'offeredPerSecond', whole),
        figure(cell, 'ackedPerSecond', whole),
        figure(cell, 'ackedBytesPerSecond', value => threeDigits(value / 1e6)),
        isRead(cell) ? figure(cell, 'consumedPerSecond', whole) : '–',
        figure(cell, 'messagesPerBatch', value => value.toFixed(1)),
        figure(cell, 'bytesPerBatch', whole),
        cpu(cell),
      ]),
    ],
  };
}

const fates = ['failed', 'unresolved', 'notSent', 'lost', 'duplicated', 'reordered'] as const;

function deliveryTable({ cells }: Result): Table {
  const total = (cell: Cell, fate: (typeof fates)[number]): string => {
    const counts = cell.trials.map(trial => trial.counts[fate]);
    if (counts.length === 0 || counts.some(one => one === null)) return '–';
    const isUnread =
      (fate === 'duplicated' || fate === 'reordered') && cell.trials.every(({ groups }) => groups.length === 0);
    return isUnread ? '–' : whole(counts.reduce<number>((sum, one) => sum + (one ?? 0), 0));
  };
  return {
    title: 'Delivery',
    note: 'messages over all trials; reordered: within a partition',
    rows: [
      ['cell', 'failed', 'unresolved', 'not sent', 'lost', 'dup', 'reordered'],
      ...cells.map(cell => [cell.label, ...fates.map(fate => total(cell, fate))]),
    ],
  };
}

/** Findings of all trials, the same sentence once with how often it came; failures of trials first. */
function findingLines({ cells }: Result): Line[] {
  const failures = cells.flatMap(cell =>
    cell.failures.map(({ block, message }): Line => ({
      sign: 'bad',
      text: `${cell.label}, block ${block}: ${message}`,
    })),
  );
  const findings = cells.flatMap(cell => {
    const byCode = Map.groupBy(
      cell.trials.flatMap(trial =>
        trial.findings.filter(({ code }) => code !== notMeasured).map(finding => ({ finding, block: trial.block })),
      ),
      ({ finding }) => finding.code,
    );
    return [...byCode.values()].map((same): Line => {
      const first = same[0] as (typeof same)[number];
      const also = same.length === 1 ? '' : ` (and in ${same.length - 1} more)`;
      const isBad = same.some(({ finding }) => finding['validity'] === 'invalid' || finding.code === 'delivery-broken');
      return {
        sign: isBad ? 'bad' : 'warning',
        text: `${cell.label}, block ${first.block}: ${findingText(first.finding)}${also}`,
      };
    });
  });
  return [...failures, ...findings, ...unmeasuredLines(cells)];
}

const notMeasured = 'not-measured';

/** What a system does not tell, it tells of no trial: one line for all. */
function unmeasuredLines(cells: readonly Cell[]): Line[] {
  const findings = cells.flatMap(({ trials }) => trials.flatMap(trial => trial.findings));
  const signals = new Set(
    findings.filter(({ code }) => code === notMeasured).flatMap(finding => finding['signals'] as string[]),
  );
  return signals.size === 0
    ? []
    : [{ sign: 'warning', text: findingText({ code: notMeasured, signals: [...signals] }) }];
}

function conclusionLine({ exitCode, reasons, against }: Result): Line {
  if (exitCode === 0) return { sign: 'good', text: 'PASS' };
  return { sign: 'bad', text: `FAIL  ${reasonsText(reasons, against?.name)}    exit ${exitCode}` };
}
