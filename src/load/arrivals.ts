/** Turns a rate over time into the due time of every message. Pure: knows no clock, so a slow broker cannot bend the schedule. Hot. */
import { HarnessError } from '../support/errors.ts';
import type { Random } from '../support/random.ts';

/** A stretch of the schedule, over all producers together; the rate changes evenly from one to the other. */
export interface RateSegment {
  /** Infinity for the last. */
  readonly forMicros: number;
  readonly fromPerSecond: number;
  readonly toPerSecond: number;
}

/** One producer's due times, in order. */
export interface Arrivals {
  /** When the next message is due, in µs since the trial's common start; Infinity when none comes any more. */
  nextDueMicros(): number;
}

/** Whose share of the schedule is meant. */
export interface ArrivalsSettings {
  readonly segments: readonly RateSegment[];
  /** Index of the producer, below `producers`. */
  readonly producer: number;
  readonly producers: number;
}

/** A segment with its place in time, and in the count of messages that came before. */
interface Piece {
  readonly startMicros: number;
  /** Messages due before the piece; rarely whole where segments differ in rate. */
  readonly firstMessage: number;
  /** Messages due before the piece's end. */
  readonly endMessage: number;
  readonly fromPerSecond: number;
  /** Change of the rate; 0 for a constant one. */
  readonly perSecondPerSecond: number;
}

/**
 * Due times lie on a grid of 2⁻¹⁰ µs, about a nanosecond: what is due at a window's edge by the exact formula is due there in
 * floating point too, not an ulp before it. Exact for schedules of up to 100 days.
 */
const gridPerMicro = 1_024;
const onGrid = (micros: number): number => Math.floor(micros * gridPerMicro + 0.5) / gridPerMicro;

/** Above the error of sums and products of doubles, far below what a rate could mean: a count so near to a whole number is one. */
const countTolerance = 2 ** -45;

function wholeIfNearly(count: number): number {
  const whole = Math.round(count);
  return Math.abs(count - whole) <= whole * countTolerance ? whole : count;
}

/** Messages due in the first `seconds` of a stretch that begins at that rate. */
function messagesWithin(seconds: number, fromPerSecond: number, perSecondPerSecond: number): number {
  if (perSecondPerSecond !== 0) return fromPerSecond * seconds + (perSecondPerSecond * seconds * seconds) / 2;
  return fromPerSecond === 0 ? 0 : fromPerSecond * seconds;
}

function piecesOf(segments: readonly RateSegment[]): Piece[] {
  const pieces: Piece[] = [];
  let startMicros = 0;
  let firstMessage = 0;
  for (const { forMicros, fromPerSecond, toPerSecond } of segments) {
    if (startMicros === Infinity) throw new HarnessError('bug', 'A schedule goes on after an endless segment.');
    if (forMicros === Infinity && fromPerSecond !== toPerSecond) {
      throw new HarnessError('bug', `An endless segment cannot ramp from ${fromPerSecond}/s to ${toPerSecond}/s.`);
    }
    const seconds = forMicros / 1e6;
    const perSecondPerSecond = fromPerSecond === toPerSecond ? 0 : (toPerSecond - fromPerSecond) / seconds;
    const messages = messagesWithin(seconds, fromPerSecond, perSecondPerSecond);
    const endMessage = wholeIfNearly(firstMessage + messages);
    if (messages > 0) pieces.push({ startMicros, firstMessage, endMessage, fromPerSecond, perSecondPerSecond });
    startMicros += forMicros;
    firstMessage = endMessage;
  }
  return pieces;
}

/** When the cumulative count reaches `message`, which lies within the piece. Multiplied or inverted, never summed: no drift. */
function dueWithin(piece: Piece, message: number): number {
  const since = message - piece.firstMessage;
  if (piece.perSecondPerSecond === 0) return onGrid(piece.startMicros + (since * 1e6) / piece.fromPerSecond);
  if (since <= 0) return onGrid(piece.startMicros);
  // since = a·t + s·t²/2 solved for t by the form that subtracts no near-equal numbers, whatever the sign of s;
  // at the end of a ramp to zero the root may come out a hair below zero
  const { fromPerSecond, perSecondPerSecond } = piece;
  const root = Math.sqrt(Math.max(0, fromPerSecond * fromPerSecond + 2 * perSecondPerSecond * since));
  return onGrid(piece.startMicros + (2e6 * since) / (fromPerSecond + root));
}

/** Due times of messages whose place in the cumulative count only grows. */
class Inversion {
  readonly #pieces: readonly Piece[];
  #at = 0;

  constructor(segments: readonly RateSegment[]) {
    this.#pieces = piecesOf(segments);
  }

  dueMicros(message: number): number {
    let piece = this.#pieces[this.#at];
    while (piece !== undefined && message >= piece.endMessage) piece = this.#pieces[++this.#at];
    return piece === undefined ? Infinity : dueWithin(piece, message);
  }
}

class UniformArrivals implements Arrivals {
  readonly #inversion: Inversion;
  readonly #producers: number;
  #message: number;

  constructor({ segments, producer, producers }: ArrivalsSettings) {
    this.#inversion = new Inversion(segments);
    this.#producers = producers;
    this.#message = producer;
  }

  nextDueMicros(): number {
    const message = this.#message;
    this.#message = message + this.#producers;
    return this.#inversion.dueMicros(message);
  }
}

class PoissonArrivals implements Arrivals {
  readonly #inversion: Inversion;
  readonly #producers: number;
  readonly #random: Random;
  #message = 0;

  constructor({ segments, producers, random }: ArrivalsSettings & { readonly random: Random }) {
    this.#inversion = new Inversion(segments);
    this.#producers = producers;
    this.#random = random;
  }

  nextDueMicros(): number {
    this.#message -= Math.log(1 - this.#random.next()) * this.#producers;
    return this.#inversion.dueMicros(this.#message);
  }
}

/**
 * Evenly spaced messages: the schedule's message i is due when the cumulative rate reaches i, the first at 0, and belongs to
 * producer `i mod producers`. While the rate is 0 nothing is due.
 */
export function uniformArrivals(settings: ArrivalsSettings): Arrivals {
  return new UniformArrivals(settings);
}

/**
 * Messages of independent senders: each producer has a Poisson process of its own with `1/producers` of the rate, a running sum
 * of exponential steps through the inverse of the cumulative rate (Çinlar's method), so ramps and steps bend it exactly.
 */
export function poissonArrivals(settings: ArrivalsSettings & { readonly random: Random }): Arrivals {
  return new PoissonArrivals(settings);
}

/** How many messages the segments make due in [from, to): the mean of Poisson arrivals; uniform ones differ by less than one. */
export function expectedCount(segments: readonly RateSegment[], fromMicros: number, toMicros: number): number {
  return countBefore(segments, toMicros) - countBefore(segments, fromMicros);
}

function countBefore(segments: readonly RateSegment[], micros: number): number {
  let startMicros = 0;
  let count = 0;
  for (const { forMicros, fromPerSecond, toPerSecond } of segments) {
    if (startMicros >= micros) break;
    const seconds = Math.min(forMicros, micros - startMicros) / 1e6;
    const perSecondPerSecond = fromPerSecond === toPerSecond ? 0 : ((toPerSecond - fromPerSecond) * 1e6) / forMicros;
    count = wholeIfNearly(count + messagesWithin(seconds, fromPerSecond, perSecondPerSecond));
    startMicros += forMicros;
  }
  return count;
}

/** A stage of a load: the rate is held, or goes evenly from where it is to `perSecond`. */
export interface RateStage {
  readonly kind: 'hold' | 'ramp';
  readonly forMicros: number;
  readonly perSecond: number;
}

/**
 * The segments of a whole trial: warm-up, the stages, and the last rate without end, because the load stays on until every
 * message of the window has its outcome. Warm-up runs at the rate at which the stages begin; where they begin with a ramp,
 * which starts at 0, at that ramp's target.
 */
export function segmentsOf(warmupMicros: number, stages: readonly [RateStage, ...RateStage[]]): RateSegment[] {
  const segments: RateSegment[] = [];
  const append = (forMicros: number, fromPerSecond: number, toPerSecond: number): void => {
    if (forMicros > 0) segments.push({ forMicros, fromPerSecond, toPerSecond });
  };
  append(warmupMicros, stages[0].perSecond, stages[0].perSecond);
  let perSecond = 0;
  for (const stage of stages) {
    append(stage.forMicros, stage.kind === 'ramp' ? perSecond : stage.perSecond, stage.perSecond);
    perSecond = stage.perSecond;
  }
  append(Infinity, perSecond, perSecond);
  return segments.reduce<RateSegment[]>(joined, []);
}

/** Appends a segment, as part of the one before where both hold the same rate: one formula then serves both. */
function joined(segments: RateSegment[], next: RateSegment): RateSegment[] {
  const last = segments.at(-1);
  const isConstant = (segment: RateSegment): boolean => segment.fromPerSecond === segment.toPerSecond;
  if (!last || !isConstant(last) || !isConstant(next) || last.toPerSecond !== next.fromPerSecond)
    return [...segments, next];
  return [...segments.slice(0, -1), { ...last, forMicros: last.forMicros + next.forMicros }];
}
