/** Shows how messages lie over partitions, and which order the strategy keeps. */
import { type Spread, spreadOf } from '../analysis/partitions.ts';
import { mean } from '../analysis/stats.ts';
import type { Cell, Result } from '../results/schema.ts';
import { whole } from './numbers.ts';
import { countingTrials, type Table } from './table.ts';

/** With more partitions a table of all of them fits no page, and a few of them no terminal. */
const mostListed = 50;
const mostListedInShort = 12;

/** Up front, where cells differ in how they choose partitions, or in how many there are. */
export const partitionTables = (result: Result): Table[] =>
  isFactor(result) ? [spreadTable(result), ...listed(result, mostListedInShort)] : [];

/** For those who look closer; what stands up front is not repeated. */
export const partitionDetails = (result: Result): Table[] => {
  if (!result.cells.some(cell => spreadsOf(cell).length > 0)) return [];
  if (!isFactor(result)) return [spreadTable(result), ...listed(result, mostListed)];
  return listed(result, mostListedInShort).length > 0 ? [] : listed(result, mostListed);
};

function isFactor({ cells }: Result): boolean {
  const ways = new Set(cells.map(({ partitioning }) => JSON.stringify(partitioning)));
  const counts = new Set(cells.flatMap(({ trials }) => trials.map(({ partitions }) => partitions.length)));
  return ways.size > 1 || counts.size > 1;
}

const spreadsOf = (cell: Cell): Spread[] => countingTrials(cell).flatMap(trial => spreadOf(trial) ?? []);

/** Messages by partition, the mean of the trials; empty where no trial tells. */
function meanMessages(spreads: readonly Spread[]): number[] {
  const [first] = spreads;
  return first === undefined ? [] : first.messages.map((_, i) => mean(spreads.map(({ messages }) => messages[i] ?? 0)));
}

function spreadTable({ cells }: Result): Table {
  return {
    title: 'Partitions',
    note: 'messages, mean of the trials; skew: the fullest partition against the mean one (1 is even); CV: standard deviation against the mean',
    columnsOfWords: 3,
    rows: [
      ['cell', 'strategy', 'keeps', 'partitions', 'least', 'most', 'skew', 'CV'],
      ...cells.map(cell => [cell.label, ...strategyOf(cell), ...spreadFigures(cell)]),
    ],
  };
}

function strategyOf({ partitioning }: Cell): string[] {
  if (partitioning === undefined) return ['–', '–'];
  const { strategy, by, keeps } = partitioning;
  return [by === 'client' ? `${strategy}, by the client` : strategy, keeps];
}

function spreadFigures(cell: Cell): string[] {
  const spreads = spreadsOf(cell);
  if (spreads.length === 0) return ['–', '–', '–', '–', '–'];
  const least = mean(spreads.map(({ messages }) => Math.min(...messages)));
  const most = mean(spreads.map(({ messages }) => Math.max(...messages)));
  return [
    String(spreads[0]?.messages.length),
    whole(least),
    whole(most),
    mean(spreads.map(({ skew }) => skew)).toFixed(2),
    `${(mean(spreads.map(({ variation }) => variation)) * 100).toFixed(1)} %`,
  ];
}

/** Every partition's messages; no table where one of the cells has more partitions than that. */
function listed({ cells }: Result, most: number): Table[] {
  const rows = cells.map(cell => ({ label: cell.label, messages: meanMessages(spreadsOf(cell)) }));
  const columns = Math.max(0, ...rows.map(({ messages }) => messages.length));
  if (columns === 0 || columns > most) return [];
  const numbers = Array.from({ length: columns }, (_, i) => i);
  return [
    {
      title: 'Messages per partition',
      note: `acknowledged in the window, mean of the trials${manyTopics(cells) ? '; topic by topic' : ''}`,
      rows: [
        ['cell', ...numbers.map(String)],
        ...rows.map(({ label, messages }) => [
          label,
          ...numbers.map(i => (messages[i] === undefined ? '–' : whole(messages[i]))),
        ]),
      ],
    },
  ];
}

const manyTopics = (cells: readonly Cell[]): boolean =>
  cells.some(({ trials: [first] }) => new Set(first?.partitions.map(({ topic }) => topic)).size > 1);
