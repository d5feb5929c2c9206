/** Decides about a difference on the scale of logarithms: better, worse, same or inconclusive. Pure. */
import { type Estimate, type Interval, pOfZero, tInterval } from './stats.ts';
import { smallestFoundEffect } from './stats/power.ts';
import { signFlipP } from './stats/ranks.ts';
import { studentQuantile } from './stats/student.ts';

/** Below this many trials of a cell there is no interval, and nothing is decided. */
export const fewestTrials = 5;

/** The power at which the smallest effect that would be found is given. */
const powerOfMde = 0.9;
/** The most values for which all sign flips are counted; of more of them the mean is normal enough. */
const mostFlips = 30;
const mostBlocks = 1_000;

/** ln B − ln A with its spread between trials, signed so that positive is bad. */
export interface LogDifference extends Estimate {
  /** How many blocks it is made of; where arms are not paired, the trials of the arm that has fewer. At least 2. */
  readonly blocks: number;
  /** The blocks' own differences, where arms are paired. */
  readonly pairs: readonly number[] | null;
}

export interface DecisionRule {
  /** The change that matters, as a share. */
  readonly delta: number;
  /** Two-sided level of the whole decision: 0.05; 0.0294 at each of two looks, after n and 2n blocks. */
  readonly level: number;
  /**
   * Level of the claims `better` and `worse`, and of the interval, where several rows share `level` (Holm's step); else `level`.
   * `same` and non-inferior keep `level`: passing claims that *all* rows hold, which needs no correction (Berger 1982, the
   * intersection-union test).
   */
  readonly claimLevel?: number | undefined;
  /** Then the whole interval must lie beyond delta for `better` or `worse`, not the mean alone. */
  readonly isStrict?: boolean | undefined;
}

export interface Decision extends Interval {
  readonly verdict: 'better' | 'worse' | 'same' | 'inconclusive';
  readonly because: 'too-few-trials' | 'tests-disagree' | 'too-noisy' | null;
  /** The confidence of `low` and `high`, which are on the scale of logarithms like the estimate. */
  readonly confidence: number;
  /** Two-sided, of "no change"; under the strict rule of "no change beyond delta". */
  readonly p: number;
  /** The one-sided upper bound at `level` stays below delta: not worse by what matters, though perhaps not the same. */
  readonly isNonInferior: boolean;
  /** Null where it is decided, or cannot be said. */
  readonly blocksToDecide: number | null;
  /** The smallest worsening, as a share, that these blocks would find with 90 % power at this spread. Null where it is beyond counting, and of fewer than five blocks. */
  readonly mde: number | null;
}

/**
 * Worse if the two-sided t-interval at `claimLevel` lies above 0 and the estimate exceeds D = ln(1 + delta), better in mirror image; same
 * if neither and the interval of confidence 1 − 2·level lies within ± D (two one-sided tests); else inconclusive. Where paired blocks are so
 * many that the exact sign-flip test can reach the level, it must agree with better and worse. Fewer than five blocks decide nothing.
 */
export function decide(difference: LogDifference, rule: DecisionRule): Decision {
  const level = rule.claimLevel ?? rule.level;
  const threshold = Math.log(1 + rule.delta);
  const equivalence = tInterval(difference, 1 - 2 * rule.level);
  const outcome = outcomeOf(difference, rule);
  const isOpen = outcome.verdict === 'inconclusive';
  return {
    ...tInterval(difference, 1 - level),
    ...outcome,
    confidence: 1 - level,
    p: pOf(difference, rule),
    isNonInferior: difference.blocks >= fewestTrials && equivalence.high < threshold,
    blocksToDecide: isOpen ? blocksToDecide(difference, rule) : null,
    mde: difference.blocks < fewestTrials ? null : mdeOf(difference, rule),
  };
}

/** The two-sided p of the hypothesis that the rule's claims must refute: no change, under the strict rule none beyond delta. */
export function pOf(difference: Estimate, { delta, isStrict }: Pick<DecisionRule, 'delta' | 'isStrict'>): number {
  const beyond = Math.abs(difference.estimate) - (isStrict ? Math.log(1 + delta) : 0);
  return beyond <= 0 ? 1 : pOfZero({ ...difference, estimate: beyond });
}

function outcomeOf(difference: LogDifference, rule: DecisionRule): Pick<Decision, 'verdict' | 'because'> {
  if (difference.blocks < fewestTrials) return { verdict: 'inconclusive', because: 'too-few-trials' };
  const verdict = tVerdict(difference, rule);
  if (verdict === 'inconclusive') return { verdict, because: 'too-noisy' };
  if (verdict !== 'same' && !flipsAgree(difference, rule.claimLevel ?? rule.level)) {
    return { verdict: 'inconclusive', because: 'tests-disagree' };
  }
  return { verdict, because: null };
}

/** What the t-intervals alone say. */
function tVerdict(difference: Estimate, rule: DecisionRule): Decision['verdict'] {
  const threshold = Math.log(1 + rule.delta);
  const mustExceed = rule.isStrict ? threshold : 0;
  const { estimate, low, high } = tInterval(difference, 1 - (rule.claimLevel ?? rule.level));
  if (low > mustExceed && estimate > threshold) return 'worse';
  if (high < -mustExceed && estimate < -threshold) return 'better';
  const equivalence = tInterval(difference, 1 - 2 * rule.level);
  return equivalence.low > -threshold && equivalence.high < threshold ? 'same' : 'inconclusive';
}

/** Whether the exact sign-flip test, which assumes no normal distribution, is significant too, or is too coarse to say. */
function flipsAgree({ pairs, blocks }: LogDifference, level: number): boolean {
  const canSay = pairs !== null && blocks <= mostFlips && 2 / 2 ** blocks < level;
  return !canSay || signFlipP(pairs) <= level;
}

/** The same difference as that many blocks would show it if its estimate and the spread between trials stayed. */
function withBlocks(difference: LogDifference, blocks: number): Estimate {
  return {
    estimate: difference.estimate,
    standardError: difference.standardError * Math.sqrt(difference.blocks / blocks),
    degreesOfFreedom: (difference.degreesOfFreedom * (blocks - 1)) / (difference.blocks - 1),
  };
}

/**
 * The number of blocks at which half the interval of this spread is as narrow as delta, five at least. Where it is so already
 * (the change is about as large as delta), the number at which the rule would decide if estimate and spread stayed. Null beyond a thousand.
 */
function blocksToDecide(difference: LogDifference, rule: DecisionRule): number | null {
  const { blocks } = difference;
  const quantile = 1 - (rule.claimLevel ?? rule.level) / 2;
  const isNarrow = (count: number): boolean => {
    const { standardError, degreesOfFreedom } = withBlocks(difference, count);
    return studentQuantile(quantile, degreesOfFreedom) * standardError <= Math.log(1 + rule.delta);
  };
  const decides = (count: number): boolean => tVerdict(withBlocks(difference, count), rule) !== 'inconclusive';
  const isEnough = isNarrow(blocks) ? decides : isNarrow;
  for (let count = Math.max(fewestTrials, blocks + 1); count <= mostBlocks; count++) {
    if (isEnough(count)) return count;
  }
  return null;
}

function mdeOf(difference: LogDifference, rule: DecisionRule): number | null {
  const log = smallestFoundEffect(
    difference,
    {
      threshold: Math.log(1 + rule.delta),
      level: rule.claimLevel ?? rule.level,
      isStrict: rule.isStrict ?? false,
    },
    powerOfMde,
  );
  const share = Math.expm1(log);
  return Number.isFinite(share) ? share : null;
}
