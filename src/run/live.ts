/** Keeps the figures of a running trial, for people to watch. */
import { expectedCount, type RateSegment } from '../load/arrivals.ts';
import { Histogram } from '../measure/histogram.ts';
import type { Assignment } from '../plan/assignment.ts';
import { type Clock, hostClock } from '../support/clock.ts';
import type { LiveFigures, LiveLatency, LiveSpan } from './events.ts';
import type { WorkerProgress } from './protocol.ts';

/** A worker tells every second: of one that was not heard for so long nothing is known. */
const mostSilentMicros = 2_200_000;

export interface WatchedTrial {
  readonly assignments: readonly Assignment[];
  readonly isAcknowledged: boolean;
  readonly warmupMicros: number;
}

/** What a worker last told, and of which span. */
interface Told {
  readonly fromMicros: number;
  readonly toMicros: number;
  readonly progress: WorkerProgress;
}

const countNames = ['sent', 'acked', 'failed', 'consumed'] as const;
type Counts = Record<(typeof countNames)[number], number>;

/** What was told of the measured window. */
interface Window {
  fromMicros: number;
  toMicros: number;
  readonly counts: Counts;
  mostUnread: number | null;
}

type Latencies = Readonly<Record<'now' | 'window', LiveLatency | null>>;

export class LiveWatch {
  /** Messages that groups have not read yet; null where nobody has looked. */
  unread: () => number | null = () => null;
  /** The same by group. */
  unreadByGroup: () => Readonly<Record<string, number>> = () => ({});
  readonly #latencyOf: LiveFigures['latencyOf'];
  readonly #reads: boolean;
  readonly #assignments: readonly Assignment[];
  readonly #isAcknowledged: boolean;
  readonly #segments: readonly RateSegment[] | null;
  readonly #warmupMicros: number;
  readonly #clock: Clock;
  readonly #told = new Map<Assignment, Told>();
  readonly #recent = new Histogram();
  readonly #ofWindow = new Histogram();
  readonly #totals: Counts = { sent: 0, acked: 0, failed: 0, consumed: 0 };
  readonly #window: Window = {
    fromMicros: Infinity,
    toMicros: -Infinity,
    counts: { sent: 0, acked: 0, failed: 0, consumed: 0 },
    mostUnread: null,
  };
  #startMicros = Infinity;
  /** Percentiles are read from 23,000 buckets: only when something new was told. */
  #latencies: Latencies | null = null;

  constructor({ assignments, isAcknowledged, warmupMicros }: WatchedTrial, clock: Clock = hostClock) {
    const [load] = assignments.flatMap(one => (one.role === 'produce' ? one.load : []));
    this.#segments = load?.kind === 'open' ? load.segments : null;
    this.#assignments = assignments;
    this.#reads = assignments.some(({ role }) => role === 'consume');
    this.#latencyOf = this.#reads ? 'endToEnd' : this.#segments === null ? 'service' : 'ack';
    this.#isAcknowledged = isAcknowledged;
    this.#warmupMicros = warmupMicros;
    this.#clock = clock;
  }

  /** Sets the trial's common start, on the host's clock. */
  begin(startMicros: number): void {
    this.#startMicros = startMicros;
  }

  /** A worker has told what it did since it last told, or began. */
  add(assignment: Assignment, progress: WorkerProgress): void {
    const toMicros = this.#clock.nowMicros();
    // one that came later began less than a second ago
    const beganMicros = Math.max(this.#startMicros, toMicros - 1e6);
    const fromMicros = Math.min(this.#told.get(assignment)?.toMicros ?? beganMicros, toMicros);
    this.#told.set(assignment, { fromMicros, toMicros, progress });
    this.#latencies = null;
    for (const name of countNames) this.#totals[name] += progress[name];
    if (this.#isOfLatency(assignment)) for (const { data } of progress.latency) this.#ofWindow.add(data);
    if (fromMicros >= this.#startMicros + this.#warmupMicros) this.#addToWindow(progress, fromMicros, toMicros);
  }

  /** Null before anything was heard. */
  figures(): LiveFigures | null {
    const nowMicros = this.#clock.nowMicros();
    const heard = [...this.#told].filter(([, { toMicros }]) => nowMicros - toMicros <= mostSilentMicros);
    if (heard.length === 0) return null;
    this.#latencies ??= this.#readLatencies(heard);
    const progress = heard.map(([, one]) => one.progress);
    return {
      latencyOf: this.#latencyOf,
      now: this.#now(new Map(heard), this.#latencies.now),
      window: this.#windowSoFar(this.#latencies.window),
      totals: {
        ...this.#totals,
        acked: this.#isAcknowledged ? this.#totals.acked : null,
        consumed: this.#reads ? this.#totals.consumed : null,
      },
      unreadByGroup: this.unreadByGroup(),
      inFlight: progress.reduce((sum, { inFlight }) => sum + inFlight, 0),
      behindMicros: greatest(progress.map(({ behindMicros }) => behindMicros)),
      workFraction: greatest(progress.map(({ workFraction }) => workFraction)),
    };
  }

  #isOfLatency({ role }: Assignment): boolean {
    return (role === 'consume') === this.#reads;
  }

  #addToWindow(progress: WorkerProgress, fromMicros: number, toMicros: number): void {
    const window = this.#window;
    window.fromMicros = Math.min(window.fromMicros, fromMicros);
    window.toMicros = Math.max(window.toMicros, toMicros);
    for (const name of countNames) window.counts[name] += progress[name];
    window.mostUnread = greatest([window.mostUnread, this.unread()]);
  }

  #readLatencies(heard: readonly (readonly [Assignment, Told])[]): Latencies {
    this.#recent.reset();
    for (const [assignment, { progress }] of heard) {
      if (this.#isOfLatency(assignment)) for (const { data } of progress.latency) this.#recent.add(data);
    }
    return { now: latencyIn(this.#recent), window: latencyIn(this.#ofWindow) };
  }

  #now(heard: ReadonlyMap<Assignment, Told>, latency: LiveLatency | null): LiveSpan {
    const told = [...heard.values()];
    const knows = (asked: Assignment['role']): boolean =>
      this.#assignments.every(one => one.role !== asked || heard.has(one));
    const rate = (name: keyof Counts): number | null =>
      knows(name === 'consumed' ? 'consume' : 'produce')
        ? told.reduce((sum, one) => sum + perSecond(one.progress[name], one.fromMicros, one.toMicros), 0)
        : null;
    const toMicros = Math.max(...told.map(one => one.toMicros));
    return {
      targetPerSecond: this.#target(toMicros - 1e6, toMicros),
      ...this.#rates(rate),
      latency,
      unread: this.#reads ? this.unread() : null,
      failed: told.reduce((sum, { progress }) => sum + progress.failed, 0),
    };
  }

  #windowSoFar(latency: LiveLatency | null): LiveSpan | null {
    const { fromMicros, toMicros, counts, mostUnread } = this.#window;
    if (toMicros <= fromMicros) return null;
    return {
      targetPerSecond: this.#target(fromMicros, toMicros),
      ...this.#rates(name => perSecond(counts[name], fromMicros, toMicros)),
      latency,
      unread: this.#reads ? mostUnread : null,
      failed: counts.failed,
    };
  }

  #rates(rate: (name: keyof Counts) => number | null): Pick<LiveSpan, `${'sent' | 'acked' | 'consumed'}PerSecond`> {
    return {
      sentPerSecond: rate('sent'),
      ackedPerSecond: this.#isAcknowledged ? rate('acked') : null,
      consumedPerSecond: this.#reads ? rate('consumed') : null,
    };
  }

  #target(fromMicros: number, toMicros: number): number | null {
    if (this.#segments === null) return null;
    const from = Math.max(0, fromMicros - this.#startMicros);
    const to = Math.max(from, toMicros - this.#startMicros);
    if (to === from) return null;
    return perSecond(expectedCount(this.#segments, from, to), from, to);
  }
}

const perSecond = (count: number, fromMicros: number, toMicros: number): number =>
  toMicros > fromMicros ? (count * 1e6) / (toMicros - fromMicros) : 0;

function greatest(values: readonly (number | null)[]): number | null {
  const known = values.filter(value => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function latencyIn(histogram: Histogram): LiveLatency | null {
  const { count, maxMicros } = histogram;
  if (count === 0) return null;
  const percentile = (share: number): number | null =>
    count * (1 - share) < 1 ? null : histogram.percentileMicros(share);
  return { p50Micros: percentile(0.5), p99Micros: percentile(0.99), p999Micros: percentile(0.999), maxMicros };
}
