/** What a count of so many out of so many says of the share behind it. Pure. */
import { incompleteBeta } from './gamma.ts';

/**
 * The one-sided upper bound of a share of which `hits` of `trials` were seen, `confidence` between 0 and 1: the largest share at which
 * so few are still seen with probability 1 − confidence (Clopper & Pearson 1934). Null without any trial.
 */
export function shareAtMost(hits: number, trials: number, confidence: number): number | null {
  if (trials === 0) return null;
  if (hits >= trials) return 1;
  if (hits === 0) return 1 - (1 - confidence) ** (1 / trials);
  // P(X > hits) grows with the share: I_p(hits + 1, trials − hits)
  let [low, high] = [hits / trials, 1];
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, hits + 1, trials - hits) < confidence) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
