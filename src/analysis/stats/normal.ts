/** The normal distribution. Pure. */
import { upperGamma } from './gamma.ts';

/** P(Z > z) of the standard normal distribution; keeps its relative precision far out in the tail. */
export function normalTail(z: number): number {
  const half = upperGamma(0.5, (z * z) / 2) / 2;
  return z >= 0 ? half : 1 - half;
}
