/** The trials of a run as CSV (RFC 4180): a row for each, units in the columns' names, an empty field where there is no data. */
import type { Cell, Latency, Result, Trial } from '../../results/schema.ts';
import type { ReportFormat, ReportSource } from '../render.ts';

type Field = string | number | null;

const latencies = ['ack', 'service', 'endToEnd', 'scheduleLag'] as const;
const statistics = ['p50', 'p90', 'p95', 'p99', 'p999', 'p9999', 'mean', 'max'] as const;
const countNames = [
  'scheduled',
  'sent',
  'acked',
  'failed',
  'unresolved',
  'notSent',
  'consumed',
  'lost',
  'duplicated',
  'reordered',
] as const;

function render(result: Result): string {
  const factors = [...new Set(result.cells.flatMap(cell => Object.keys(cell.factors)))];
  const rows = result.cells.flatMap(cell => cell.trials.map(trial => rowOf(result, { cell, trial, factors })));
  return [headings(factors), ...rows].map(line).join('');
}

const headings = (factors: readonly string[]): string[] => [
  'run',
  'scenario',
  'cell',
  ...factors,
  'block',
  'attempt',
  'validity',
  'startedAt',
  'windowMicros',
  ...countNames,
  'offeredPerSecond',
  'ackedPerSecond',
  'ackedBytesPerSecond',
  'consumedPerSecond',
  ...latencies.flatMap(name => [
    ...statistics.map(statistic => `${name}.${statistic}Micros`),
    `${name}.count`,
    `${name}.censored`,
  ]),
];

interface Row {
  readonly cell: Cell;
  readonly trial: Trial;
  readonly factors: readonly string[];
}

function rowOf({ runId, name }: Result, { cell, trial, factors }: Row): Field[] {
  const { offeredPerSecond, ackedPerSecond, ackedBytesPerSecond, consumedPerSecond } = trial.rates;
  return [
    runId,
    name,
    cell.id,
    ...factors.map(factor => (cell.factors[factor] === undefined ? null : String(cell.factors[factor]))),
    trial.block,
    trial.attempt,
    trial.validity,
    trial.startedAt,
    trial.windowMicros,
    ...countNames.map(count => trial.counts[count]),
    offeredPerSecond,
    ackedPerSecond,
    ackedBytesPerSecond,
    consumedPerSecond,
    ...latencies.flatMap(latency => latencyFields(trial[`${latency}Micros`])),
  ];
}

const latencyFields = (latency: Latency): Field[] => [
  ...statistics.map(statistic => latency?.[statistic] ?? null),
  latency?.count ?? null,
  latency?.censored ?? null,
];

const line = (fields: readonly Field[]): string => `${fields.map(quoted).join(',')}\r\n`;

function quoted(field: Field): string {
  const text = field === null ? '' : String(field);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export default {
  file: 'trials.csv',
  written: 'on request',
  render: ({ result }: Pick<ReportSource, 'result'>) => render(result),
} satisfies ReportFormat;
