/** Chooses the next trial of a search for capacity from those before it, and says what came of them. Pure: the trials are all its state. */
import { seededRandom, shuffled } from '../support/random.ts';
import { type CapacityEstimate, estimateCapacity } from './estimate.ts';
import { isPassed, type Probe, type ProbeLimit, type ProbeRequest, type SearchStage } from './probe.ts';

/** How a search goes about it. */
export interface SearchSettings {
  readonly fromPerSecond: number;
  /** Half-width of the interval, as a share, at which the search ends. */
  readonly resolution: number;
  /** After which no trial but the soak is begun. */
  readonly budgetMicros: number;
  /** How long the answer is held; 0 for not at all. */
  readonly soakMicros: number;
  /** The window of trials that look for the first failure: long enough to see a rate fail that is far too high. */
  readonly bracketMicros: number;
  /** The window of the others; below 20 s a backlog's slope cannot be told from chance. */
  readonly measureMicros: number;
  /** What a trial takes besides its window, before any has been run. */
  readonly overheadMicros: number;
  readonly seed: number;
}

/** Why a search came to no rate, or to less than a capacity. */
export type SearchEnd =
  | { readonly kind: 'capacity'; readonly estimate: CapacityEstimate }
  /** The budget allowed for no confirmation: single trials only, which hold the true capacity about every second time. */
  | { readonly kind: 'unconfirmed'; readonly low: number; readonly high: number | null }
  /** The generator, or its client, was at its end before the cluster. */
  | { readonly kind: 'at-least'; readonly perSecond: number; readonly limitedBy: ProbeLimit }
  | { readonly kind: 'none'; readonly because: 'nothing-sustained' | 'undecided' | 'budget' };

/** A trial to run, or the end. */
export type SearchStep =
  | { readonly kind: 'probe'; readonly request: ProbeRequest }
  | ({ readonly kind: 'done' } & Found);

/** What a search has found. */
export interface Found {
  readonly end: SearchEnd;
  /** The highest rate that was held for the whole soak; null where there was none, or none was held. */
  readonly sustainedPerSecond: number | null;
  /** Whether the first rate of the search was sustained again at its end; null where it was not tried. */
  readonly returnsToBase: boolean | null;
}

const closeEnough = 1.05;
/** Rates of the confirmation are steps of 2 % from the candidate: two below, at it, and one above. */
const stepRatio = 1.02;
const levels = [-2, -1, 0, 1];
/** By how many of a block's four trials were sustained, which should be two: where the next block's levels lie. */
const moves = [-2, -1, 0, 0, 1];
const fewestBlocks = 3;
const mostBlocks = 12;
/** Of the interval's lower bound. */
const soakShare = 0.95;
const mostSoaks = 3;
/** After so many trials in a row that show nothing of the cluster. */
const mostUndecided = 3;
const lowestPerSecond = 1;

/** What is to be done after these trials, which are all of the search's, in order. */
export function nextStep(settings: SearchSettings, probes: readonly Probe[]): SearchStep {
  const bracket = bracketStep(settings, probes);
  if (bracket.kind !== 'bracketed') return withinBudget(bracket, settings, probes);
  const { low, high } = bracket;
  // a generator that was in the way once, below a rate that the cluster itself did not sustain, may not be so again
  if (high.limitedBy !== null && !probes.some(({ verdict }) => verdict === 'exceeded')) {
    return closing(atLeast(high.limitedBy, probes), settings, probes);
  }
  const confirming = confirmStep(settings, probes, { low, high: high.perSecond });
  return confirming.kind === 'probe' ? confirming : closing(confirming.end, settings, probes);
}

/** The rate that failed, and whether the cluster is what failed. */
interface Ceiling {
  readonly perSecond: number;
  readonly limitedBy: ProbeLimit | null;
}

type BracketStep = SearchStep | { readonly kind: 'bracketed'; readonly low: number; readonly high: Ceiling };

/** What is known where the generator ends the search: the highest rate of a trial that counts. */
function atLeast(limitedBy: ProbeLimit, probes: readonly Probe[]): SearchEnd {
  const sustained = probes.filter(({ verdict }) => verdict === 'sustained').map(({ ratePerSecond }) => ratePerSecond);
  if (sustained.length === 0) return { kind: 'none', because: 'undecided' };
  return { kind: 'at-least', perSecond: Math.max(...sustained), limitedBy };
}

const done = (end: SearchEnd): SearchStep => ({ kind: 'done', end, sustainedPerSecond: null, returnsToBase: null });

/** Doubles the rate up to the first failure, or halves it down to the first success; then halves the gap in ln(rate). */
function bracketStep(
  { fromPerSecond, bracketMicros, measureMicros }: SearchSettings,
  probes: readonly Probe[],
): BracketStep {
  const singles = probes.filter(({ stage }) => stage === 'bracket' || stage === 'bisect');
  let low: number | null = null;
  let high: Ceiling | null = null;
  let undecided = 0;
  for (const probe of singles) {
    const { ratePerSecond: perSecond, limitedBy } = probe;
    if (isPassed(probe)) low = perSecond;
    else if (probe.verdict !== 'undecided') high = { perSecond, limitedBy };
    // lower rates would show no more than these
    const isBlind = probe.verdict === 'undecided' || (low === null && limitedBy !== null);
    undecided = isBlind ? undecided + 1 : 0;
  }
  if (undecided >= mostUndecided) return done({ kind: 'none', because: 'undecided' });
  if (low === null && high === null) return ask('bracket', fromPerSecond, bracketMicros);
  if (high === null) return ask('bracket', (low as number) * 2, bracketMicros);
  if (low === null) {
    const halved = high.perSecond / 2;
    return halved < lowestPerSecond
      ? done({ kind: 'none', because: 'nothing-sustained' })
      : ask('bracket', halved, bracketMicros);
  }
  if (high.perSecond / low > closeEnough) return ask('bisect', Math.sqrt(low * high.perSecond), measureMicros);
  return { kind: 'bracketed', low, high };
}

const ask = (stage: SearchStage, perSecond: number, measureMicros: number) =>
  ({ kind: 'probe', request: { stage, ratePerSecond: rounded(perSecond), measureMicros } }) as const;

/** To five significant digits, far finer than any rate is known. */
const rounded = (perSecond: number): number => Number(perSecond.toPrecision(5));

/** Ends a search whose budget has no room for the next of its single trials. */
function withinBudget(step: SearchStep, settings: SearchSettings, probes: readonly Probe[]): SearchStep {
  if (step.kind === 'done' || hasTimeFor([step.request.measureMicros], settings, probes)) return step;
  const limited = probes.findLast(({ limitedBy }) => limitedBy !== null);
  const isOfCluster = limited === undefined || probes.some(({ verdict }) => verdict === 'exceeded');
  return done(isOfCluster ? unconfirmed(probes) : atLeast(limited.limitedBy ?? 'generator', probes));
}

/** The highest rate that was sustained in a single trial, and the lowest above it that the cluster did not sustain. */
function unconfirmed(probes: readonly Probe[]): SearchEnd {
  const ratesOf = (wanted: Probe['verdict']): number[] =>
    probes.filter(({ verdict }) => verdict === wanted).map(({ ratePerSecond }) => ratePerSecond);
  const low = Math.max(...ratesOf('sustained'));
  if (low === -Infinity) return { kind: 'none', because: 'budget' };
  const above = ratesOf('exceeded').filter(rate => rate > low);
  return { kind: 'unconfirmed', low, high: above.length === 0 ? null : Math.min(...above) };
}

/** Whether trials of these windows fit into what is left of the budget; the rest of a trial takes what it took so far. */
function hasTimeFor(
  windowsMicros: readonly number[],
  { budgetMicros, overheadMicros }: SearchSettings,
  probes: readonly Probe[],
): boolean {
  const spent = probes.reduce((sum, { tookMicros }) => sum + tookMicros, 0);
  const beside = probes.map(({ tookMicros, measureMicros }) => tookMicros - measureMicros);
  const each = beside.length === 0 ? overheadMicros : beside.reduce((a, b) => a + b, 0) / beside.length;
  return spent + windowsMicros.reduce((sum, window) => sum + window + each, 0) <= budgetMicros;
}

type ConfirmStep =
  | { readonly kind: 'probe'; readonly request: ProbeRequest }
  | { readonly kind: 'end'; readonly end: SearchEnd };

/** Blocks of trials at several rates about the candidate, in random order, until the interval is narrow enough. */
function confirmStep(
  settings: SearchSettings,
  probes: readonly Probe[],
  { low, high }: { readonly low: number; readonly high: number },
): ConfirmStep {
  const confirming = probes.filter(({ stage }) => stage === 'confirm');
  const blocks = Math.floor(confirming.length / levels.length);
  const within = confirming.length % levels.length;
  const centre = centreAfter(confirming, blocks);
  const nextOfBlock = (): ConfirmStep => {
    const order = shuffled(levels, seededRandom(settings.seed).fork(`block ${blocks}`));
    const level = centre + (order[within] as number);
    return ask('confirm', Math.sqrt(low * high) * stepRatio ** level, settings.measureMicros);
  };
  if (within > 0) return nextOfBlock();
  const estimate = estimateCapacity(confirming, Math.max(...probes.map(({ ackedPerSecond }) => ackedPerSecond)));
  const missing = Math.max(1, fewestBlocks - blocks);
  const isNarrow = estimate !== null && halfWidth(estimate) <= settings.resolution;
  const windows = Array.from({ length: missing * levels.length }, () => settings.measureMicros);
  const mayGoOn = blocks < mostBlocks && hasTimeFor(windows, settings, probes);
  if (mayGoOn && !(isNarrow && blocks >= fewestBlocks)) return nextOfBlock();
  if (estimate !== null && blocks >= fewestBlocks) return { kind: 'end', end: { kind: 'capacity', estimate } };
  return { kind: 'end', end: unconfirmed(probes) };
}

/** Half of an interval, as a share of its estimate. */
export const halfWidth = ({ perSecond, low, high }: CapacityEstimate): number => (high - low) / 2 / perSecond;

/** Where a block's levels lie, in steps from the candidate: moved after each block of which nearly all trials came out alike. */
function centreAfter(confirming: readonly Probe[], blocks: number): number {
  let centre = 0;
  for (let block = 0; block < blocks; block++) {
    const members = confirming.slice(block * levels.length, (block + 1) * levels.length);
    centre += moves[members.filter(isPassed).length] as number;
  }
  return centre;
}

/** Holds what was found for the soak, and a little less where it does not hold; then tries the first rate again. */
function closing(end: SearchEnd, settings: SearchSettings, probes: readonly Probe[]): SearchStep {
  const { soakMicros, fromPerSecond, bracketMicros } = settings;
  const from = end.kind === 'capacity' ? end.estimate.low : end.kind === 'at-least' ? end.perSecond : null;
  if (from === null || soakMicros === 0) return done(end);
  const soaks = probes.filter(({ stage }) => stage === 'soak');
  const held = soaks.find(({ verdict }) => verdict === 'sustained');
  if (held === undefined && soaks.length < mostSoaks) {
    return ask('soak', from * soakShare ** (soaks.length + 1), soakMicros);
  }
  const base = probes.find(({ stage }) => stage === 'base');
  const isBaseKnown = probes.some(one => one.ratePerSecond === rounded(fromPerSecond) && one.verdict === 'sustained');
  if (base === undefined && isBaseKnown) return ask('base', fromPerSecond, bracketMicros);
  return {
    kind: 'done',
    end,
    sustainedPerSecond: held?.ratePerSecond ?? null,
    returnsToBase: base === undefined ? null : base.verdict === 'sustained',
  };
}

/** Runs a search from where its trials so far have brought it; each trial is told of when it is judged. */
export async function searchCapacity(
  settings: SearchSettings,
  run: (request: ProbeRequest) => Promise<Probe>,
  probes: Probe[] = [],
): Promise<Found> {
  for (;;) {
    const step = nextStep(settings, probes);
    if (step.kind === 'done') return step;
    probes.push(await run(step.request));
  }
}
