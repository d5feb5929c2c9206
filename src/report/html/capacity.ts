/** Prepares what a page says first of a search for capacity: what the answer is worth, and the answers of all cells in a table. */
import type { CapacityResult } from '../../results/capacity.ts';
import type { Cell, Result } from '../../results/schema.ts';
import { capacityLine, searchesLine } from '../capacity.ts';
import { labelOf } from '../model.ts';
import { duration, whole } from '../numbers.ts';
import type { AnswerFigure, AnswerRow, AnswersTable } from './answers.ts';
import type { Standing } from './standing.ts';

type Judged = Omit<Standing, 'marks'>;

/** What came of a search that was stopped. */
export const partOfSearch = (result: Result, capacity: CapacityResult): Judged => ({
  kind: 'partial',
  sign: 'warning',
  word: 'PARTIAL',
  why: searchesLine(result, capacity).text,
});

/** What the answer of a search is worth that came to its end, and of which nothing failed. */
export function standingOfSearch({ searches = [] }: Result, capacity: CapacityResult): Judged {
  const all = searches.length > 1 ? searches : [capacity];
  const confirmed = all.filter(({ kind }) => kind === 'capacity');
  if (confirmed.length === all.length) return { kind: 'pass', sign: 'good', word: 'CONFIRMED', why: whyConfirmed(all) };
  const why =
    all.length > 1
      ? `${confirmed.length} of ${all.length} capacities are confirmed`
      : capacity.kind === 'at-least'
        ? 'the generator was at its end before the cluster'
        : 'every rate was tried in a single trial, which holds the capacity about every second time';
  const isBound = all.every(({ kind }) => kind === 'at-least');
  return { kind: 'open', sign: 'open', word: isBound ? 'LOWER BOUND' : 'UNCONFIRMED', why };
}

function whyConfirmed(all: readonly CapacityResult[]): string {
  const trials = all.reduce((sum, { probes }) => sum + probes.filter(({ stage }) => stage === 'confirm').length, 0);
  const by = `by ${trials} trials at rates about ${all.length > 1 ? 'the capacities' : 'it'}`;
  const [only] = all;
  return only?.sustainedPerSecond == null || all.length > 1
    ? by
    : `${by}; ${whole(only.sustainedPerSecond)}/s was held for ${duration(only.settings.soakMicros)}`;
}

const none: AnswerFigure = { text: '–', interval: null, value: null, isBest: false };

const figure = (perSecond: number | null, interval: string | null = null): AnswerFigure =>
  perSecond === null ? none : { text: whole(perSecond), interval, value: perSecond, isBest: false };

/** A row for each cell that was searched. */
export function answersOfSearches(result: Result, capacity: CapacityResult): AnswersTable {
  const searches = result.searches ?? [capacity];
  return {
    note: 'messages/s; without a capacity the bounds are those of single trials, or of the generator',
    headings: ['capacity', 'at least', 'at most', 'held', 'trials'],
    rows: searches.map(search => rowOf(result, search)),
    hasChecks: true,
    checksHeading: 'answer',
    hasComparisons: false,
    hasBest: false,
  };
}

function rowOf(result: Result, search: CapacityResult): AnswerRow {
  const { kind, estimate, low, high, sustainedPerSecond, probes } = search;
  const isConfirmed = kind === 'capacity';
  const interval = isConfirmed && low !== null && high !== null ? `[${whole(low)}–${whole(high)}]` : null;
  const trials: AnswerFigure = { text: String(probes.length), interval: null, value: probes.length, isBest: false };
  return {
    cell: search.cell,
    label: labelOf(result, search.cell),
    flag: flagOf(result.cells.find(({ id }) => id === search.cell)),
    figures: [
      figure(estimate, interval),
      isConfirmed ? none : figure(low),
      isConfirmed ? none : figure(high),
      figure(sustainedPerSecond),
      trials,
    ],
    checks: [capacityLine(search)],
    comparisons: [],
  };
}

/** A search is made of many trials: that some did not count is no more than a remark. */
function flagOf(cell: Cell | undefined): AnswerRow['flag'] {
  const trials = cell?.trials ?? [];
  const sound = trials.filter(({ validity }) => validity === 'valid').length;
  return sound === trials.length
    ? null
    : { sign: 'warning', text: `${sound} of ${trials.length} trials, attempts counted, are free of findings` };
}
