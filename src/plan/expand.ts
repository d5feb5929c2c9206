/** Turns a scenario that was read into a plan: its cells, their order, and what running them will take. */
import { randomInt } from 'node:crypto';
import type { ScenarioFile } from '../scenario/read.ts';
import { candidatesOf } from './candidates.ts';
import { openCells } from './cells.ts';
import { estimateOf } from './estimate.ts';
import { withAbsolutePaths } from './files.ts';
import { isAmong } from './matrix.ts';
import { trialOrder } from './order.ts';
import type { Cell, Plan } from './plan.ts';
import { warningsOf } from './warnings.ts';

/** What the planner needs of a scenario file that was read. */
export type PlanSource = Pick<ScenarioFile, 'scenario' | 'raw' | 'folder' | 'errorFor'>;

/** What the command line says in place of the scenario. */
export interface PlanOptions {
  readonly seed?: number;
  readonly repeat?: number;
}

/**
 * Expands the matrix, parses every cell with its levels in place, and orders the trials. Loads the drivers that the cells name,
 * to ask what they can do, and reads the files that they name. Relative paths become absolute ones. Without a seed one is drawn.
 * @throws ScenarioError with every cell's problems, each at the place where the scenario writes it
 */
export async function expandPlan(source: PlanSource, options: PlanOptions = {}): Promise<Plan> {
  const { scenario } = source;
  const planned = await openCells(source, candidatesOf(source));
  const cells = planned.map(({ cell }) => cell);
  const repeat = options.repeat ?? scenario.repeat;
  const seed = options.seed ?? scenario.seed ?? randomInt(2 ** 32);
  const ids = cells.map(({ id }) => id);
  return {
    scenario: withAbsolutePaths(scenario, source.folder),
    seed,
    repeat,
    cells,
    referenceCell: (cells.find(({ factors }) => isAmong(factors, scenario.compare.reference)) as Cell).id,
    order: trialOrder(ids, repeat, seed),
    estimate: estimateOf(planned, repeat),
    warnings: warningsOf(scenario, planned, repeat),
  };
}
