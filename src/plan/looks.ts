/** Lets a plan be looked at twice: after its blocks, and after as many again. */
import { trialOrder } from './order.ts';
import type { Plan } from './plan.ts';

/**
 * The two-sided level of each of two looks, after n and 2n blocks: together they call a difference that is not there with a
 * probability of .05 (Pocock 1977, table 1).
 */
export const levelOfTwoLooks = 0.0294;

/** The plan with as many blocks again, which go on in the order that the seed gives. */
export function withSecondLook(plan: Plan): Plan {
  const ids = plan.cells.map(({ id }) => id);
  const whole = trialOrder(ids, 2 * plan.repeat, plan.seed);
  return { ...plan, extension: whole.filter(({ block }) => block > plan.repeat) };
}
