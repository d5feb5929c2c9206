/** Puts trials in order: block after block, each with every cell once, in a random order of its own. */
import { seededRandom, shuffled } from '../support/random.ts';
import type { TrialSlot } from './plan.ts';

/**
 * The order of all trials. A block's order depends on the seed, the cells and its own number alone: more blocks leave those
 * before them as they are. Interleaving and chance keep a drift of the machine from looking like a difference between cells.
 */
export function trialOrder(cells: readonly string[], repeat: number, seed: number): TrialSlot[] {
  const random = seededRandom(seed).fork('order');
  return Array.from({ length: repeat }, (_, i) => i + 1).flatMap(block =>
    shuffled(cells, random.fork(block)).map(cell => ({ block, cell })),
  );
}
