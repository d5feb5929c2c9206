/** What a chart is to a report: a finding, a drawing, and the same numbers as a table. */
import type { StoredRun } from '../../results/read.ts';
import type { Result } from '../../results/schema.ts';
import type { Table } from '../table.ts';

/** What figures are drawn from: the result document, and the distributions and seconds behind it. */
export interface FigureSource {
  readonly result: Result;
  readonly run: StoredRun;
}

/** The sections of a report that hold figures, in their order. */
export const figureSections = [
  'latency',
  'throughput',
  'time',
  'trade-off',
  'capacity',
  'comparison',
  'integrity',
  'partitions',
  'resources',
] as const;

export type FigureSection = (typeof figureSections)[number];

/** One chart of a report. */
export interface Figure {
  /** Unique in the report, fit for an HTML id. */
  readonly id: string;
  /** The finding in words, as the chart shows it. */
  readonly title: string;
  /** One sentence on how to read the chart. */
  readonly help: string;
  /** A whole `<svg>` element; text is escaped, colours are `var(--name, #colour)` in presentation attributes. */
  readonly svg: string;
  /** The numbers that the chart shows: its accessible version. */
  readonly table: Table;
}

/** A kind of chart: one file in this folder. */
export interface FigureKind {
  readonly section: FigureSection;
  /** Whether it holds for a search, whose trials have a rate each: most figures sum trials of one load up. */
  readonly isOfSearches?: true;
  /** The figures of a run; none where the run has nothing of the kind. */
  figures(source: FigureSource): Figure[];
}
