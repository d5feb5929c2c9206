/** Puts what is over of a run into the rows of a table. */
import { findingText, millis, type StoredTrial, whole } from '../../src/index.ts';
import type { JudgedTrial } from '../progress/course.ts';
import { firstLatency, type Said } from '../progress/words.ts';

/** A trial that was measured, or what else happened. */
export interface EndedRow {
  readonly name: string;
  readonly sign: Said['sign'];
  /** What it is worth; null for what was not measured. */
  readonly validity: string | null;
  /** As `endedHeadings` has them; none for what was not measured. */
  readonly figures: readonly string[];
  /** What must be known of it. */
  readonly notes: readonly string[];
}

export const endedHeadings = ['acked/s', 'latency', 'p50', 'p99', 'p99.9', 'max', 'lost'] as const;

/** What is told in words alone: a pilot, a failure, a trial that is run again. */
export const saidRow = ({ sign, text }: Said): EndedRow => ({
  name: text.replace(/ {2,}/g, ' '),
  sign,
  validity: null,
  figures: [],
  notes: [],
});

export function measuredRow(name: string, { sign }: Said, { stored, validity, because }: JudgedTrial): EndedRow {
  const { counts, rates, serviceMicros, findings } = stored;
  return {
    name,
    sign,
    validity,
    figures: [
      // at acks 0 nothing is acknowledged
      serviceMicros === null ? '–' : whole(rates.ackedPerSecond),
      ...latencyTexts(stored),
      counts.lost === null ? '–' : whole(counts.lost),
    ],
    notes: [...because, ...findings].map(finding => findingText(finding)),
  };
}

/** In ms. */
function latencyTexts(stored: JudgedTrial['stored']): string[] {
  const { name, latency } = firstLatency(stored);
  if (latency === null) return ['–', '–', '–', '–', '–'];
  const { p50, p99, p999, max, censored } = latency;
  return [
    stored.isOpenLoop ? name : `${name}, closed loop`,
    percentileText(latency, 0.5, p50),
    percentileText(latency, 0.99, p99),
    percentileText(latency, 0.999, p999),
    `${censored > 0 ? '≥ ' : ''}${millis(max)}`,
  ];
}

/** `–` where no message lies beyond it: then it would be the maximum by another name. A lower bound says that it is one. */
function percentileText(
  { count, censored }: NonNullable<StoredTrial['ackMicros']>,
  share: number,
  micros: number,
): string {
  const beyond = count * (1 - share);
  if (beyond < 1) return '–';
  return `${censored > beyond ? '≥ ' : ''}${millis(micros)}`;
}
