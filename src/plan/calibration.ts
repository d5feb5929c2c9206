/** Turns a plan into one that holds a cell against itself: what differs then is noise. Pure. */
import { trialOrder } from './order.ts';
import type { Cell, CellPair, Plan } from './plan.ts';

/** The plan's cells, each twice, as arms `a` and `b` of so many blocks. Nothing is checked. The name is one of its own, lest the run pass for one of the scenario. */
export function calibrationPlan(plan: Plan, repeat: number): Plan {
  const isAlone = plan.cells.length === 1;
  const idOf = ({ id }: Cell, arm: 'a' | 'b'): string => (isAlone ? arm : `${id}.${arm}`);
  const cells = plan.cells.flatMap(cell =>
    (['a', 'b'] as const).map((arm): Cell => ({
      ...cell,
      id: idOf(cell, arm),
      label: `${cell.label || cell.id} (${arm})`,
      scenario: { ...cell.scenario, checks: [] },
    })),
  );
  const pairs = plan.cells.map((cell): CellPair => ({ a: idOf(cell, 'a'), b: idOf(cell, 'b') }));
  const { extension: _, ...rest } = plan;
  const share = (2 * repeat) / plan.repeat;
  return {
    ...rest,
    scenario: { ...plan.scenario, name: `${plan.scenario.name}-calibration`, checks: [] },
    repeat,
    cells,
    pairs,
    referenceCell: (pairs[0] as CellPair).a,
    order: trialOrder(
      cells.map(({ id }) => id),
      repeat,
      plan.seed,
    ),
    estimate: {
      ...plan.estimate,
      durationMicros: Math.round(plan.estimate.durationMicros * share),
      messages: Math.ceil(plan.estimate.messages * share),
    },
  };
}
