/** Prepares a result for every format: rows and sentences, rounded, with units. */
import type { Cell, Result } from '../results/schema.ts';
import { brokerTables } from './brokers.ts';
import { withCapacity } from './capacity.ts';
import type { FigureSection } from './figures/figure.ts';
import { comparisonLines, comparisonNote } from './comparisons.ts';
import { durabilityLines, durabilityTables } from './durability.ts';
import { faultTables } from './faults.ts';
import { generatorDetails, limitTables } from './generator.ts';
import { groupDetails, groupTables } from './groups.ts';
import { duration, metricText, threeDigits, whole } from './numbers.ts';
import { latencyTables } from './latency.ts';
import { orderLines } from './order.ts';
import { partitionDetails, partitionTables } from './partitions.ts';
import { calledText, resumedLines } from './runs.ts';
import { changedSettings, settingsInEffect } from './settings.ts';
import { backgroundLine, steadinessLine, warmupLine } from './steadiness.ts';
import { countingTrials, type Table } from './table.ts';
import { demandText, findingText, reasonsText, spanPlace, spanTally } from './words.ts';

/** A line with a sign in front: ✓ ✗ ⚠ ? =. */
export interface Line {
  readonly sign: 'good' | 'bad' | 'warning' | 'open' | 'equal';
  readonly text: string;
}

/** A table, and where in a long report it stands. */
export interface PlacedTable {
  readonly section: FigureSection | 'faults' | 'capacity' | 'consumers' | 'method';
  /** Details are for formats that can fold them away. */
  readonly rank: 'shown' | 'detail';
  readonly table: Table;
}

export interface ReportModel {
  readonly title: string;
  readonly question: string | null;
  readonly runId: string;
  /** Its name and labels, where it was given any. */
  readonly called: string | null;
  /** Where it was interrupted, and went on later. */
  readonly resumed: readonly Line[];
  /** Comes first: a report of an invalid run must not look like a result. */
  readonly validity: Line;
  /** Whether trials were steady while they were measured, and what of the brokers they covered; empty where none was assessed. */
  readonly steadiness: readonly Line[];
  /** What `warmup: auto` came to; null where no cell asked for it. */
  readonly warmup: Line | null;
  /** What was survived when brokers were broken on purpose; empty where none was. */
  readonly faults: readonly Line[];
  /** All tables; `tables` and `details` are the same without their places. */
  readonly placed: readonly PlacedTable[];
  readonly tables: readonly Table[];
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

export function modelOf(result: Result): ReportModel {
  const model = usualModel(result);
  return result.capacity === null ? model : withCapacity(model, result, result.capacity);
}

function usualModel(result: Result): ReportModel {
  const placed = placedTables(result);
  const ofRank = (wanted: PlacedTable['rank']): Table[] =>
    placed.filter(({ rank }) => rank === wanted).map(({ table }) => table);
  return {
    title: result.name,
    question: result.question,
    runId: result.runId,
    called: calledText(result),
    resumed: resumedLines(result),
    validity: validityLine(result),
    steadiness: [steadinessLine(result), backgroundLine(result)].filter(line => line !== null),
    warmup: warmupLine(result),
    faults: durabilityLines(result),
    placed,
    tables: ofRank('shown'),
    details: ofRank('detail'),
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

/** How a cell is called, by its id. */
export const labelOf = ({ cells }: Pick<Result, 'cells'>, id: string): string =>
  cells.find(cell => cell.id === id)?.label || id;

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

function placedTables(result: Result): PlacedTable[] {
  const place =
    (section: PlacedTable['section'], rank: PlacedTable['rank'] = 'shown') =>
    (table: Table): PlacedTable => ({ section, rank, table });
  return [
    ...durabilityTables(result).map(place('faults')),
    ...faultTables(result).map(table =>
      place('faults', table.rows.length - 1 > mostFaultsShown ? 'detail' : 'shown')(table),
    ),
    ...latencyTables(result).map(place('latency')),
    place('throughput')(throughputTable(result)),
    ...brokerTables(result).map(place('resources')),
    ...limitTables(result).map(place('resources')),
    ...partitionTables(result).map(place('partitions')),
    place('integrity')(deliveryTable(result)),
    ...groupTables(result).map(place('consumers')),
    ...changedSettings(result).map(place('method')),
    ...groupDetails(result).map(place('consumers', 'detail')),
    ...partitionDetails(result).map(place('partitions', 'detail')),
    ...generatorDetails(result).map(place('resources', 'detail')),
    ...settingsInEffect(result).map(place('method', 'detail')),
  ];
}

/** A list of more is folded away. */
const mostFaultsShown = 12;

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

/** How many messages of a cell met a fate, over all trials; `–` where nothing tells. */
export function fateText(cell: Cell, fate: (typeof fates)[number]): string {
  const counts = cell.trials.map(trial => trial.counts[fate]);
  if (counts.length === 0 || counts.some(one => one === null)) return '–';
  const isUnread =
    (fate === 'duplicated' || fate === 'reordered') && cell.trials.every(({ groups }) => groups.length === 0);
  return isUnread ? '–' : whole(counts.reduce<number>((sum, one) => sum + (one ?? 0), 0));
}

function deliveryTable({ cells }: Result): Table {
  return {
    title: 'Delivery',
    note: 'messages over all trials; reordered: within a partition',
    rows: [
      ['cell', 'failed', 'unresolved', 'not sent', 'lost', 'dup', 'reordered'],
      ...cells.map(cell => [cell.label, ...fates.map(fate => fateText(cell, fate))]),
    ],
  };
}

/** Findings of all trials, the same sentence once with how often it came; failures of trials first. */
function findingLines({ cells }: Result): Line[] {
  const failures = cells.flatMap(cell =>
    cell.failures.map((failure): Line => {
      const { block, message } = failure;
      const text = `${cell.label || cell.id}, block ${block}: ${message}`;
      return wasMadeUpFor(cell, block) ? { sign: 'warning', text: `${text} (run again)` } : { sign: 'bad', text };
    }),
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

/** Whether a trial that failed, or was stopped, was done after all. */
const wasMadeUpFor = ({ trials }: Cell, block: number): boolean => trials.some(trial => trial.block === block);

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
