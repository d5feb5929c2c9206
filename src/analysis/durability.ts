/** Sums up what a cell's messages survived and how long its brokers took to recover, over the trials in which something was broken. Pure. */
import { median } from '../measure/steady-state.ts';
import type { CellDurability, Recovery, Unavailable } from '../results/durability.ts';
import { FaultKind, type InjectedFault } from '../results/faults.ts';
import type { CellPromise } from '../results/header.ts';
import type { StoredRun } from '../results/read.ts';
import type { Cell, Trial } from '../results/schema.ts';
import { keepingOf, maybeLost } from './keeping.ts';
import { shareAtMost } from './stats/proportion.ts';

const confidence = 0.95;

/** A trial in which something was broken. */
type BrokenTrial = Trial & { readonly faults: NonNullable<Trial['faults']> };

const wasBroken = (trial: Trial): trial is BrokenTrial => (trial.faults?.injected.length ?? 0) > 0;

/**
 * What a cell's trials with faults show; null where it has none. Loss, repeats and order are those of every trial, invalid ones too. Times are
 * those of trials that are not invalid: in the others the generator may have been what stood still.
 */
export function durabilityOf(
  { id, trials: all }: Pick<Cell, 'id' | 'trials'>,
  promise: CellPromise,
  environment: StoredRun['environment'],
): CellDurability | null {
  const trials = all.filter(wasBroken);
  const [first] = trials;
  if (first === undefined) return null;
  const settings = keepingOf(promise, first, environment);
  const sound = trials.filter(({ validity }) => validity !== 'invalid');
  const injected = trials.flatMap(({ faults }) => faults.injected);
  return {
    cell: id,
    settings,
    isLossPermitted: maybeLost(settings),
    trials: trials.length,
    faults: FaultKind.options.flatMap(kind => {
      const count = injected.filter(fault => fault.kind === kind).length;
      return count === 0 ? [] : [{ kind, count }];
    }),
    losses: lossesOf(trials, promise),
    duplicated: readTotal(trials, 'duplicated'),
    reordered: readTotal(trials, 'reordered'),
    unavailable: unavailableOf(sound),
    detected: detectionOf(sound),
    latencyNormal: recoveryOf(
      sound.filter(one => hasLatency(one) && hadCalm(one)),
      ({ latencyNormalAfterMicros }) => latencyNormalAfterMicros,
    ),
    lagNormal: recoveryOf(sound.filter(hasGroups), ({ lagNormalAfterMicros }) => lagNormalAfterMicros),
  };
}

export const hasLatency = ({ ackMicros, endToEndMicros }: Trial): boolean =>
  ackMicros !== null || endToEndMicros !== null;
/** A whole second of the window before the first fault: else nobody knows what latency was before. */
export const hadCalm = ({ faults }: Pick<BrokenTrial, 'faults'>): boolean =>
  Math.min(...faults.injected.map(({ atMicros }) => atMicros)) >= 1e6;
const hasGroups = ({ groups }: Trial): boolean => groups.length > 0;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Several faults of one trial cannot be told apart by what was lost: then the trial is what lost something or did not. */
function lossesOf(trials: readonly BrokenTrial[], { acks }: CellPromise): CellDurability['losses'] {
  const known = trials.flatMap(({ counts }) => (counts.lost === null ? [] : [{ ...counts, lost: counts.lost }]));
  const lost = known.map(counts => counts.lost);
  const withLoss = lost.filter(messages => messages > 0).length;
  return {
    unit: trials.every(({ faults }) => faults.injected.length === 1) ? 'fault' : 'trial',
    of: known.length,
    withLoss,
    shareAtMost: shareAtMost(withLoss, known.length, confidence),
    messages: sum(known.map(counts => (acks === 0 ? counts.sent : counts.acked))),
    lost: sum(lost),
    lostOfWorstTrial: Math.max(0, ...lost),
  };
}

/** Null where a trial's messages were not read back: what nobody looked at is not zero. */
const readTotal = (trials: readonly BrokenTrial[], fate: 'duplicated' | 'reordered'): number | null =>
  trials.every(hasGroups) ? sum(trials.map(({ counts }) => counts[fate])) : null;

function unavailableOf(trials: readonly BrokenTrial[]): Unavailable {
  const longest = trials.flatMap(({ faults }) => {
    const told = faults.injected.flatMap(({ unavailable }) => unavailable ?? []);
    if (told.length < faults.injected.length) return [];
    const micros = Math.max(...told.map(({ longestMicros }) => longestMicros));
    const isOver = told.every(one => one.longestMicros < micros || one.isOver);
    return [{ micros, isOver }];
  });
  if (longest.length === 0) return null;
  return {
    trials: longest.length,
    open: longest.filter(({ isOver }) => !isOver).length,
    medianMicros: medianTime(longest.map(({ micros, isOver }) => (isOver ? micros : null))),
    worstMicros: Math.max(...longest.map(({ micros }) => micros)),
  };
}

/** A broker that clients cannot reach keeps what it leads, and one that led nothing has nothing to hand on. */
const changesLeaders = ({ partitionsLed, network }: InjectedFault): boolean =>
  partitionsLed > 0 && network?.link !== 'clients';

const detectionOf = (trials: readonly BrokenTrial[]): Recovery =>
  recoveryOf(trials, ({ detectedAfterMicros }) => detectedAfterMicros, changesLeaders);

function recoveryOf(
  trials: readonly BrokenTrial[],
  afterMicros: (fault: InjectedFault) => number | null,
  counts: (fault: InjectedFault) => boolean = () => true,
): Recovery {
  const after = trials.flatMap(({ faults }) => faults.injected.filter(counts).map(afterMicros));
  if (after.length === 0) return null;
  const known = after.flatMap(micros => micros ?? []);
  return {
    faults: after.length,
    within: known.length,
    medianMicros: medianTime(after),
    worstMicros: known.length === 0 ? null : Math.max(...known),
  };
}

/** The middle of times of which some (null) are only known to be longer than could be watched; null where one of those is in the middle. */
function medianTime(values: readonly (number | null)[]): number | null {
  const middle = median(values.map(value => value ?? Infinity));
  return Number.isFinite(middle) ? middle : null;
}
