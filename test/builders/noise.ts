/** Makes seeded noise for simulations: the same seed gives the same series. */
import { type Random, seededRandom } from '../../src/support/random.ts';

/** Standard normal numbers (Box & Muller 1958). */
export function normals(seed: number): () => number {
  const random: Random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** A stationary AR(1) series around 1 with standard deviation `cv` and correlation `phi` between neighbours. */
export function autoregressive(
  normal: () => number,
  { length, cv, phi }: Readonly<Record<'length' | 'cv' | 'phi', number>>,
): number[] {
  let state = normal();
  return Array.from({ length }, () => {
    const value = 1 + cv * state;
    state = phi * state + Math.sqrt(1 - phi ** 2) * normal();
    return value;
  });
}
