/** Finds the best cell of a metric, where the verdicts of comparisons say that there is one. */
import type { Result } from '../../results/schema.ts';

/**
 * The cell that beats every other one by primary comparisons, directly or over cells in between; null where they leave that open. A
 * smaller figure alone makes none the best.
 */
export function bestCell({ cells, comparisons }: Pick<Result, 'cells' | 'comparisons'>, metric: string): string | null {
  const beaten = new Map<string, string[]>();
  for (const { metric: of, role, a, b, verdict } of comparisons) {
    if (of !== metric || role !== 'primary' || (verdict !== 'better' && verdict !== 'worse')) continue;
    const [winner, loser] = verdict === 'better' ? [b, a] : [a, b];
    beaten.set(winner, [...(beaten.get(winner) ?? []), loser]);
  }
  const beatsAll = (id: string): boolean => reachable(id, beaten).size === cells.length - 1;
  return cells.length < 2 ? null : (cells.find(({ id }) => beatsAll(id))?.id ?? null);
}

function reachable(from: string, edges: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const open = [from];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const one of edges.get(next) ?? []) {
      if (found.has(one) || one === from) continue;
      found.add(one);
      open.push(one);
    }
  }
  return found;
}
