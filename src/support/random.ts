/** Makes seeded random numbers: the same seed gives the same run. */

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A uniform whole number in [0, limit). */
  below(limit: number): number;
  /** A stream of its own, which depends on this one's seed and the label alone. */
  fork(label: string | number): Random;
}

/** FNV-1a over the label's UTF-16 units, mixed with the seed: a seed for a stream of its own. */
function mixSeed(seed: number, label: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193) >>> 0;
  return finalize(hash);
}

/** The finalizer of MurmurHash3 (Appleby, public domain): every input bit changes every output bit with probability near 1/2. */
export function finalize(hash: number): number {
  let h = hash >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** sfc32 (PractRand, Chris Doty-Humphrey, public domain): 128 bits of state, passes PractRand and BigCrush. */
export function seededRandom(seed: number): Random {
  let a = finalize(seed ^ 0x9e3779b9);
  let b = finalize(seed ^ 0x243f6a88);
  let c = finalize(Math.floor(seed / 2 ** 32) ^ 0xb7e15162);
  let counter = 1;
  const nextUint32 = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 15; i++) nextUint32();
  const next = (): number => (nextUint32() * 2 ** 21 + (nextUint32() >>> 11)) / 2 ** 53;
  return {
    next,
    below: limit => Math.floor(next() * limit),
    fork: label => seededRandom(mixSeed(seed, String(label))),
  };
}

/** A new array with the same members in a random order (Fisher-Yates). */
export function shuffled<T>(members: readonly T[], random: Random): T[] {
  const order = [...members];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
}
