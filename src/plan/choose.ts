/** Narrows a plan to some of its cells, as `--cells` and `--skip` ask. */
import { HarnessError } from '../support/errors.ts';
import type { Cell, Plan } from './plan.ts';

/** Expressions like `acks=all,linger=0ms`: all conditions of an expression must hold. */
export interface CellChoice {
  readonly only: readonly string[];
  readonly skip: readonly string[];
}

/**
 * The plan with the cells that match one of `only` (all, if there is none) and none of `skip`. Order and ids stay.
 * @throws HarnessError `usage` if an expression names no factor's level, or no cell is left
 */
export function chooseCells(plan: Plan, { only, skip }: CellChoice): Plan {
  if (only.length === 0 && skip.length === 0) return plan;
  for (const expression of [...only, ...skip]) refuseUnknown(expression, plan.cells);
  const cells = plan.cells.filter(
    cell =>
      (only.length === 0 || only.some(expression => matches(cell, expression))) &&
      !skip.some(expression => matches(cell, expression)),
  );
  const [first] = cells;
  if (first === undefined) {
    throw new HarnessError('usage', 'No cell of the scenario is left.', {
      hint: `There are: ${labelsOf(plan.cells)}.`,
    });
  }
  const ids = new Set(cells.map(({ id }) => id));
  const share = cells.length / plan.cells.length;
  return {
    ...plan,
    cells,
    order: plan.order.filter(({ cell }) => ids.has(cell)),
    referenceCell: ids.has(plan.referenceCell) ? plan.referenceCell : first.id,
    estimate: {
      ...plan.estimate,
      durationMicros: plan.estimate.durationMicros * share,
      messages: plan.estimate.messages * share,
    },
  };
}

const labelsOf = (cells: readonly Cell[]): string => cells.map(({ label }) => `"${label}"`).join(', ');

/** What can be said of a cell: its label's parts, its factors by full path, its id. */
function namesOf({ id, label, factors }: Cell): Set<string> {
  return new Set([id, ...label.split(', '), ...Object.entries(factors).map(([factor, level]) => `${factor}=${level}`)]);
}

function matches(cell: Cell, expression: string): boolean {
  const names = namesOf(cell);
  return expression.split(',').every(condition => names.has(condition.trim()));
}

function refuseUnknown(expression: string, cells: readonly Cell[]): void {
  const known = new Set(cells.flatMap(cell => [...namesOf(cell)]));
  const unknown = expression.split(',').find(condition => !known.has(condition.trim()));
  if (unknown === undefined) return;
  throw new HarnessError('usage', `No cell has "${unknown.trim()}".`, { hint: `There are: ${labelsOf(cells)}.` });
}
