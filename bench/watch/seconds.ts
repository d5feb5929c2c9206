/** Keeps the figures of the trial that is under way, second by second, in columns that a chart can draw. */
import type { LiveFigures, RunEvent } from '../../src/index.ts';

type ProgressEvent = Extract<RunEvent, { type: 'trial-progress' }>;

/** More are forgotten: the trial's whole course stands in its report. */
export const mostSeconds = 1_200;

/** One array for each line, all of one length; null is "no data". */
export interface Columns {
  /** Seconds of the measured window; those of the warm-up are negative. */
  readonly second: number[];
  readonly targetPerSecond: (number | null)[];
  readonly sentPerSecond: (number | null)[];
  readonly ackedPerSecond: (number | null)[];
  readonly consumedPerSecond: (number | null)[];
  readonly p50Micros: (number | null)[];
  readonly p99Micros: (number | null)[];
  /** By group: messages that it has not read. */
  readonly lag: Readonly<Record<string, (number | null)[]>>;
}

interface Second {
  readonly second: number;
  readonly figures: LiveFigures;
}

export class Seconds {
  readonly #groups: readonly string[];
  #kept: Second[] = [];
  /** How many had been forgotten. */
  #forgotten = 0;

  /** Of a trial that these groups read. */
  constructor(groups: readonly string[]) {
    this.#groups = groups;
  }

  /** Takes a second's figures in, once; returns whether there was anything new. */
  take({ phase, elapsedMicros, plannedMicros, figures }: ProgressEvent): boolean {
    if (figures === null || (phase !== 'warmup' && phase !== 'measure')) return false;
    const warmupSeconds = phase === 'warmup' ? (plannedMicros ?? 0) / 1e6 : 0;
    const second = Math.floor(elapsedMicros / 1e6 - warmupSeconds);
    const last = this.#kept.at(-1)?.second ?? -Infinity;
    if (second <= last) return false;
    this.#kept.push({ second, figures });
    if (this.#kept.length > mostSeconds) {
      this.#kept.shift();
      this.#forgotten++;
    }
    return true;
  }

  /** How many seconds there have been. */
  get count(): number {
    return this.#forgotten + this.#kept.length;
  }

  /** Those from the so-many-th on. */
  columnsFrom(first: number): Columns {
    const kept = this.#kept.slice(Math.max(0, first - this.#forgotten));
    const of = (value: (figures: LiveFigures) => number | null): (number | null)[] =>
      kept.map(({ figures }) => rounded(value(figures)));
    return {
      second: kept.map(({ second }) => second),
      targetPerSecond: of(({ now }) => now.targetPerSecond),
      sentPerSecond: of(({ now }) => now.sentPerSecond),
      ackedPerSecond: of(({ now }) => now.ackedPerSecond),
      consumedPerSecond: of(({ now }) => now.consumedPerSecond),
      p50Micros: of(({ now }) => now.latency?.p50Micros ?? null),
      p99Micros: of(({ now }) => now.latency?.p99Micros ?? null),
      lag: Object.fromEntries(this.#groups.map(name => [name, of(({ unreadByGroup }) => unreadByGroup[name] ?? null)])),
    };
  }
}

const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value));
