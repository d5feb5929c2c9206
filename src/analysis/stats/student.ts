/** Student's t distribution. Pure. */
import { incompleteBeta, logGamma } from './gamma.ts';

/** P(T ≤ t) of Student's t distribution. */
export function studentCdf(t: number, degreesOfFreedom: number): number {
  const tail = incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

function studentDensity(t: number, degreesOfFreedom: number): number {
  const half = degreesOfFreedom / 2;
  const logConstant = logGamma(half + 0.5) - logGamma(half) - Math.log(degreesOfFreedom * Math.PI) / 2;
  return Math.exp(logConstant - (half + 0.5) * Math.log1p((t * t) / degreesOfFreedom));
}

/** The quantile of Student's t distribution, to 1e-13 of itself: Newton's method on the logarithm of its probability, kept within a bracket. */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  // in the lower tail, whose probabilities keep their relative precision
  if (p > 0.5) return -studentQuantile(1 - p, degreesOfFreedom);
  if (p === 0.5) return 0;
  let low = -1;
  let high = 0;
  while (studentCdf(low, degreesOfFreedom) > p) [low, high] = [low * 2, low];
  let t = (low + high) / 2;
  while (high - low > 1e-13 * Math.max(1, -low)) {
    const reached = studentCdf(t, degreesOfFreedom);
    if (reached < p) low = t;
    else high = t;
    const next = t - (Math.log(reached / p) * reached) / studentDensity(t, degreesOfFreedom);
    if (Math.abs(next - t) <= 1e-13 * Math.max(1, -t)) return next;
    t = next > low && next < high ? next : (low + high) / 2;
  }
  return t;
}
