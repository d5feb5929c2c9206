/** Tables of the generator: what limited loads without a schedule, and the signals by which trials are judged. */
import type { Cell, Result, Trial } from '../results/schema.ts';
import { duration, percent, threeDigits } from './numbers.ts';
import { countingTrials, type Table } from './table.ts';

/** Who ended what closed loops could still do; nothing where all loads had schedules. */
export function limitTables({ cells }: Result): Table[] {
  const rows = cells.flatMap(cell => {
    const closed = countingTrials(cell).filter(({ isOpenLoop, generator }) => !isOpenLoop && 'limitedBy' in generator);
    return closed.length === 0 ? [] : [[cell.label, workText(closed), limitText(closed)]];
  });
  if (rows.length === 0) return [];
  return [
    {
      title: 'Limited by',
      note: 'loads without a schedule: what kept them from doing more; work: of the busiest producing worker',
      rows: [['cell', 'work', 'limited by'], ...rows],
      columnsOfWordsAtEnd: 1,
    },
  ];
}

function workText(trials: readonly Trial[]): string {
  const known = trials.flatMap(({ generator }) => generator.workFraction ?? []);
  return known.length === 0 ? '–' : percent(Math.max(...known));
}

/** `broker`; where trials differ, each with how many they are. */
function limitText(trials: readonly Trial[]): string {
  const limits = Map.groupBy(trials, ({ generator }) => generator.limitedBy ?? 'not known');
  const texts = [...limits].map(([limit, { length }]) => (limits.size === 1 ? limit : `${limit} (${length})`));
  return texts.join(', ');
}

export const orNone = (value: number | null | undefined, text: (value: number) => string): string =>
  value === null || value === undefined ? '–' : text(value);

/** A trial within its cell: `3`, or `3, attempt 2`. */
export const attemptText = ({ block, attempt }: Pick<Trial, 'block' | 'attempt'>): string =>
  attempt === 1 ? `${block}` : `${block}, attempt ${attempt}`;

/** The signals of every trial; results of before they were kept have no such table. */
export function generatorDetails({ cells }: Result): Table[] {
  const rows = cells.flatMap(cell =>
    cell.trials.flatMap(trial => (trial.generator.brokers === undefined ? [] : [signalsOf(cell, trial)])),
  );
  if (rows.length === 0) return [];
  return [
    {
      title: 'Generator: the signals of validity',
      note: 'docs/validity.md says what they mean; –: not measured, or of no meaning there',
      rows: [
        [
          'cell',
          'block',
          'validity',
          'lag p99',
          'turn gap p99.9',
          'max',
          'work',
          'of consumers',
          'headroom',
          'in line for a CPU',
          'CPU pressure',
          'neighbours',
          'throttled',
          'stolen',
          'GC',
          'GC max',
        ],
        ...rows,
      ],
      columnsOfWords: 3,
    },
  ];
}

function signalsOf({ label }: Cell, trial: Trial): string[] {
  const { generator, generatorLagMicros, validity, windowMicros } = trial;
  return [
    label,
    attemptText(trial),
    validity,
    orNone(generatorLagMicros?.p99, duration),
    orNone(generator.turnGapMicros?.p999, duration),
    orNone(generator.turnGapMicros?.max, duration),
    orNone(generator.workFraction, percent),
    orNone(generator.consumerWorkFraction, percent),
    orNone(generator.headroom, ratio => `${threeDigits(ratio)}×`),
    orNone(generator.runQueueShare, percent),
    orNone(generator.cpuPressureAvg10, percent),
    orNone(generator.neighbourShare, percent),
    orNone(generator.throttledShare, percent),
    orNone(generator.stealShare, percent),
    percent(generator.gcPauseTotalMicros / windowMicros),
    duration(generator.gcPauseMaxMicros),
  ];
}
