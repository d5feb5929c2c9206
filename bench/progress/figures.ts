/** Says what of a running trial is shown, wherever it is: columns of figures, times, and whether the generator keeps up. */
import { duration, type LiveFigures, type LiveSpan, millis, whole } from '../../src/index.ts';

interface FigureColumn {
  readonly heading: string;
  /** Columns of the highest rank are the first to be left out where there is no room. */
  readonly rank: number;
  readonly isLatency: boolean;
  readonly textOf: (span: LiveSpan) => string;
}

const orNone = (value: number | null | undefined, textOf: (value: number) => string): string =>
  value === null || value === undefined ? '–' : textOf(value);

const of = (heading: string, rank: number, value: (span: LiveSpan) => number | null): FigureColumn => ({
  heading,
  rank,
  isLatency: false,
  textOf: span => orNone(value(span), whole),
});

const percentile = (heading: string, rank: number, name: keyof NonNullable<LiveSpan['latency']>): FigureColumn => ({
  heading,
  rank,
  isLatency: true,
  textOf: span => orNone(span.latency?.[name], millis),
});

/** Rates in messages a second, latencies in ms. */
export const figureColumns: readonly FigureColumn[] = [
  of('target/s', 6, span => span.targetPerSecond),
  of('sent/s', 1, span => span.sentPerSecond),
  of('acked/s', 2, span => span.ackedPerSecond),
  of('consumed/s', 3, span => span.consumedPerSecond),
  percentile('p50', 8, 'p50Micros'),
  percentile('p99', 5, 'p99Micros'),
  percentile('p99.9', 9, 'p999Micros'),
  percentile('max', 10, 'maxMicros'),
  of('lag', 4, span => span.unread),
  of('failed', 7, span => span.failed),
];

/** How late the generator may be, and how busy, before it is pointed at; what a trial is worth is judged at its end (`docs/validity.md`). */
const mostBehindMicros = 1_000;
const mostWork = 0.6;

export const isGeneratorSound = ({ behindMicros, workFraction }: LiveFigures): boolean =>
  (behindMicros ?? 0) <= mostBehindMicros && (workFraction ?? 0) <= mostWork;

/** `behind schedule 38 µs`, `busiest worker 41 % busy`. */
export function generatorFacts({ behindMicros, workFraction }: LiveFigures, words: 'short' | 'long'): string[] {
  const [behind, busy] = words === 'long' ? ['behind schedule', 'busiest worker '] : ['behind', ''];
  return [
    behindMicros === null ? 'no schedule to keep' : `${behind} ${duration(behindMicros)}`,
    ...(workFraction === null ? [] : [`${busy}${Math.round(workFraction * 100)} % busy`]),
  ];
}

/** `8:12`, `1:02:05`. */
export function clock(micros: number): string {
  const all = Math.round(micros / 1e6);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes, seconds] = [Math.floor(all / 3_600), Math.floor((all % 3_600) / 60), all % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}
