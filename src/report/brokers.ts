/** A table of what the brokers had to do in each cell, on average, and what was at its end. */
import { limitingResource } from '../analysis/limiting-resource.ts';
import type { Cell, Result, Trial } from '../results/schema.ts';
import { orNone } from './generator.ts';
import { resourceWords } from './limits.ts';
import { bytes, percent, threeDigits } from './numbers.ts';
import { countingTrials, type Table } from './table.ts';

/** `broker-1` → `broker 1`; others as they are. */
export const brokerLabel = (name: string): string => name.replace(/^broker-(\d+)$/, 'broker $1');

type Means = NonNullable<Trial['brokers']>['brokers'][number]['means'];

/** One row a cell; none where no broker told anything. */
export function brokerTables({ cells }: Result): Table[] {
  const rows = cells.flatMap(cell => {
    const trials = countingTrials(cell).filter(({ brokers }) => brokers !== undefined);
    return trials.length === 0 ? [] : [rowOf(cell, trials)];
  });
  if (rows.length === 0) return [];
  return [
    {
      title: 'Brokers',
      note: 'a broker over the window, mean of brokers and trials; –: not told; docs/brokers.md',
      rows: [['cell', 'CPU cores', 'of', 'written', 'in', 'out', 'handlers idle', 'disk busy', 'at its end'], ...rows],
      columnsOfWordsAtEnd: 1,
    },
  ];
}

function rowOf({ label }: Cell, trials: readonly Trial[]): string[] {
  const brokers = trials.flatMap(trial => trial.brokers?.brokers ?? []);
  const hosts = trials.flatMap(trial => trial.brokers?.hosts ?? []);
  const mean = (of: typeof brokers, name: keyof Means): number | null => {
    const values = of.flatMap(({ means }) => means[name] ?? []);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const rate = (name: keyof Means): string => orNone(mean(brokers, name), value => `${bytes(value)}/s`);
  const cores = [...new Set(brokers.flatMap(one => one.cores ?? []))];
  return [
    label,
    orNone(mean(brokers, 'cpuCores'), threeDigits),
    cores.length === 0 ? '–' : cores.join(', '),
    rate('writtenBytesPerSecond'),
    rate('receivedBytesPerSecond'),
    rate('sentBytesPerSecond'),
    orNone(mean(brokers, 'handlersIdle'), percent),
    orNone(mean(hosts, 'diskBusy'), percent),
    endText(trials),
  ];
}

/** What was at its end; where trials differ, each with how many they are. */
function endText(trials: readonly Trial[]): string {
  const found = Map.groupBy(trials, trial => {
    const resource = limitingResource(trial);
    return resource === null ? 'not told' : resourceWords[resource];
  });
  return [...found].map(([text, { length }]) => (found.size === 1 ? text : `${text} (${length})`)).join(', ');
}
