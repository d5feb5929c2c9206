/** What tables of a report are, and which trials their figures come from. */
import type { Cell } from '../results/schema.ts';

/** A table; the first row is the heading. */
export interface Table {
  readonly title: string;
  readonly note: string | null;
  readonly rows: readonly (readonly string[])[];
  /** How many columns hold words; the rest are numbers, which stand below each other. 1 unless said. */
  readonly columnsOfWords?: number;
}

/** On which side the texts of each column begin. */
export function alignments({ rows: [heading = []], columnsOfWords = 1 }: Table): ('left' | 'right')[] {
  return heading.map((_, i) => (i < columnsOfWords ? 'left' : 'right'));
}

/** Figures come from trials that are not invalid; counts of messages from all. */
export const countingTrials = ({ trials }: Cell): Cell['trials'] =>
  trials.filter(({ validity }) => validity !== 'invalid');
