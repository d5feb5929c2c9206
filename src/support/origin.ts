/** Packs who sent a message and with which key into the 32 bits that its stamp has for them: the producer below, the key above. */

/** How one trial packs them: it depends on the number of its producers alone, so that every worker agrees. */
export interface OriginCode {
  /** Bits of the producer's index. */
  readonly bits: number;
  /** The producer's index within an origin. */
  readonly mask: number;
  /** Keys from this index on have no place. */
  readonly keys: number;
}

/** The code of a trial with so many producers: 1 leaves 32 bits for the key, 10,000 leave 18. */
export function originCode(producers: number): OriginCode {
  const bits = producers > 1 ? 32 - Math.clz32(producers - 1) : 0;
  return { bits, mask: 2 ** bits - 1, keys: 2 ** Math.min(31, 32 - bits) - 1 };
}

/** An origin; key −1 is none, as is one without a place. */
export function packOrigin({ bits, keys }: OriginCode, producer: number, key: number): number {
  return key < 0 || key >= keys ? producer : (((key + 1) << bits) | producer) >>> 0;
}
