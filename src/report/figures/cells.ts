/** Finds what figures are made of: each cell's trials that count, with their distributions, under labels that differ. */
import type { RunTrial } from '../../results/read.ts';
import type { Cell, Result, Trial } from '../../results/schema.ts';
import { countingTrials } from '../table.ts';
import type { FigureSource } from './figure.ts';

export interface CellTrials {
  readonly cell: Cell;
  readonly label: string;
  /** The cell's place among all cells of the run: it keeps its colour in every chart. */
  readonly index: number;
  /** Without the invalid ones: those enter no line that looks like a result. */
  readonly trials: readonly CountedTrial[];
}

export interface CountedTrial {
  readonly trial: Trial;
  readonly stored: RunTrial;
}

/** Labels by cell id; the other setting's cells, which have the same labels, are named with it. */
export function labelsOf({ cells, against, name }: Result): (id: string) => string {
  const labels = new Map(
    cells.map(({ id, label, side }) => {
      const own = label === '' ? (cells.length === 1 ? name : id) : label;
      return [id, side === 'against' ? `${own} (${against?.name ?? side})` : own];
    }),
  );
  return id => labels.get(id) ?? id;
}

/** The cells that have trials that count, in the order of the result. */
export function countedCells({ result, run }: FigureSource): CellTrials[] {
  const labelOf = labelsOf(result);
  return result.cells.flatMap((cell, index) => {
    const trials = countingTrials(cell).flatMap(trial => {
      const stored = run.trials.find(
        one => one.cell === cell.id && one.trial.block === trial.block && one.trial.attempt === trial.attempt,
      );
      return stored === undefined ? [] : [{ trial, stored }];
    });
    return trials.length === 0 ? [] : [{ cell, label: labelOf(cell.id), index, trials }];
  });
}

/** What invalid trials leave out, as a sentence for a figure's reading help; empty where nothing was left out. */
export function leftOutText({ cells }: Result): string {
  const invalid = cells.flatMap(({ trials }) => trials).filter(({ validity }) => validity === 'invalid').length;
  if (invalid === 0) return '';
  return ` ${invalid} invalid ${invalid === 1 ? 'trial is' : 'trials are'} not shown.`;
}

/** An upper limit that a check sets. */
export interface UpperLimit {
  readonly micros: number;
  /** The levels of the cells that it is for; empty where it is for all. */
  readonly scope: string;
}

/** The upper limits that checks set to a metric of whole trials, each once. */
export function upperLimits({ checks }: Result, metric: string): UpperLimit[] {
  const limits = checks
    .filter(check => check.metric === metric && check.every === null)
    .flatMap(({ max, where }) => (max === null ? [] : [{ micros: max, scope: scopeText(where) }]));
  return [...new Map(limits.map(limit => [JSON.stringify(limit), limit])).values()];
}

const scopeText = (where: Readonly<Record<string, unknown>>): string =>
  Object.entries(where)
    .map(([factor, levels]) => `${factor.split('.').at(-1)} ${[levels].flat().join(', ')}`)
    .join(', ');

/** Whether a limit is near enough to what was measured to be drawn: a far one would press all else together. */
export const isNear = (limitMicros: number, values: readonly number[]): boolean =>
  limitMicros <= 5 * Math.max(...values) && limitMicros >= Math.min(...values) / 5;

/** Shortens what would not fit; the table has all of it. */
export const shortened = (text: string, most = 26): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;
