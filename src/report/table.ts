/** What tables of a report are, and which trials their figures come from. */
import type { Cell } from '../results/schema.ts';

/** A table; the first row is the heading. */
export interface Table {
  readonly title: string;
  readonly note: string | null;
  readonly rows: readonly (readonly string[])[];
  /** How many columns hold words; the rest are numbers, which stand below each other. 1 unless said. */
  readonly columnsOfWords?: number;
  /** How many columns at the end hold words, too. 0 unless said. */
  readonly columnsOfWordsAtEnd?: number;
}

/** On which side the texts of each column begin. */
export function alignments({
  rows: [heading = []],
  columnsOfWords = 1,
  columnsOfWordsAtEnd = 0,
}: Table): ('left' | 'right')[] {
  const firstAtEnd = heading.length - columnsOfWordsAtEnd;
  return heading.map((_, i) => (i < columnsOfWords || i >= firstAtEnd ? 'left' : 'right'));
}

/** Figures come from trials that are not invalid; counts of messages from all. */
export const countingTrials = ({ trials }: Cell): Cell['trials'] =>
  trials.filter(({ validity }) => validity !== 'invalid');
