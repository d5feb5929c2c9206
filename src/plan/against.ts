/** Joins two plans into one whose blocks hold the cells of both: two settings, run alternately, and compared block by block. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Scenario } from '../scenario/schema.ts';
import { HarnessError } from '../support/errors.ts';
import { trialOrder } from './order.ts';
import type { Cell, CellPair, Plan, PlanWarning } from './plan.ts';

/** Before the ids of the other side's cells. No cell of a matrix has such an id: the names of factors are followed by a hyphen. */
const prefix = 'against.';

/**
 * This plan with the other's cells, every block with all of both in a random order of its own. Repetitions, seed, checks and
 * comparisons are this plan's. Cells of the same id are pairs, and so are two that are the only ones of their scenarios.
 * @throws HarnessError `usage` where no cell has a counterpart
 */
export function withAgainst(plan: Plan, other: Plan, name: string): Plan {
  const matched = matchedCells(plan.cells, other.cells);
  const cells = [
    ...plan.cells.map((cell): Cell => ({ ...cell, side: 'this' })),
    ...other.cells.map((cell): Cell => ({
      ...cell,
      id: prefix + cell.id,
      label: `${cell.label || cell.id} (against ${name})`,
      side: 'against',
      // what it is held against is not judged
      scenario: { ...cell.scenario, checks: [] },
    })),
  ];
  const pairs = matched.map(({ a, b }): CellPair => ({ a: prefix + a.id, b: b.id }));
  refuseUnlike({ plan, other, name, cells, pairs });
  const without = (side: 'a' | 'b', ids: readonly string[]): string[] =>
    ids.filter(id => !pairs.some(pair => pair[side] === id));
  return {
    ...plan,
    cells,
    pairs,
    against: {
      name,
      newCells: without(
        'b',
        plan.cells.map(({ id }) => id),
      ),
      goneCells: without(
        'a',
        other.cells.map(({ id }) => prefix + id),
      ),
    },
    order: trialOrder(
      cells.map(({ id }) => id),
      plan.repeat,
      plan.seed,
    ),
    estimate: estimateOfBoth(plan, other),
    warnings: [...plan.warnings, ...otherWarnings(plan, other, name)],
  };
}

function matchedCells(cells: readonly Cell[], others: readonly Cell[]): { readonly a: Cell; readonly b: Cell }[] {
  const [only, ...more] = cells;
  const [otherOnly, ...moreOthers] = others;
  const isPlain = (cell: Cell): boolean => Object.keys(cell.factors).length === 0;
  const areAlone = more.length + moreOthers.length === 0;
  // without a matrix a cell's id is the name of its scenario, of which two files may have different ones
  if (areAlone && only && otherOnly && isPlain(only) && isPlain(otherOnly)) return [{ a: otherOnly, b: only }];
  return cells.flatMap(b => others.filter(({ id }) => id === b.id).map(a => ({ a, b })));
}

interface Joined {
  readonly plan: Plan;
  readonly other: Plan;
  readonly name: string;
  readonly cells: readonly Cell[];
  readonly pairs: readonly CellPair[];
}

function refuseUnlike({ plan, other, name, cells, pairs }: Joined): void {
  const idsOf = (of: readonly Cell[]): string => of.map(({ id }) => id).join(', ');
  if (pairs.length === 0) {
    throw new HarnessError('usage', `No cell of ${plan.scenario.name} has a counterpart against ${name}.`, {
      hint: `Cells are matched by id. Here there are ${idsOf(plan.cells)}; there ${idsOf(other.cells)}.`,
    });
  }
  if (new Set(cells.map(({ id }) => id)).size < cells.length) {
    throw new HarnessError('usage', `${plan.scenario.name} has a cell whose id is that of one against ${name}.`, {
      hint: `Give the scenario a name that does not begin with "${prefix}".`,
    });
  }
}

/** Both sides' trials, as often as this plan repeats; the cluster starts once. */
function estimateOfBoth({ estimate, repeat, cells }: Plan, other: Plan): Plan['estimate'] {
  const share = repeat / other.repeat;
  const trials = other.cells.length * repeat;
  const trialsMicros = other.estimate.trialMicros * trials;
  const own = cells.length * repeat;
  return {
    durationMicros: estimate.durationMicros + trialsMicros,
    trialMicros: Math.round((estimate.trialMicros * own + trialsMicros) / (own + trials)),
    messages: estimate.messages + Math.ceil(other.estimate.messages * share),
    diskBytes: estimate.diskBytes + other.estimate.diskBytes,
    ...(estimate.isLeast || other.estimate.isLeast ? { isLeast: true } : {}),
  };
}

/** What is said of the other side alone. */
function otherWarnings({ warnings }: Plan, other: Plan, name: string): PlanWarning[] {
  return other.warnings
    .filter(warning => !warnings.some(known => isDeepStrictEqual(known, warning)) && warning.code !== 'W-TRIALS')
    .map(({ code, message }) => ({ code, message: `against ${name}: ${message}` }));
}

/** Where a scenario's brokers come from, with a compose file by its path from `root`: what must be the same for both sides. */
export interface ClusterIdentity {
  readonly source: Scenario['cluster']['source'];
  /** What the compose file says; null for other sources. */
  readonly composeText: string | null;
  /** How clients speak to the brokers. Never shown: it holds secrets. */
  readonly security: unknown;
}

/**
 * Both sides are run on one cluster.
 * @throws HarnessError `usage` that names both
 */
export function refuseOtherCluster(one: ClusterIdentity, other: ClusterIdentity, name: string): void {
  const hint =
    'Two settings are compared on one cluster: name it for both with --brokers or --cluster, or compare two runs with `highwater compare`.';
  if (!isDeepStrictEqual(one.source, other.source)) {
    const message = `The scenario has another cluster than against ${name}: ${sourceText(one.source)}, there ${sourceText(other.source)}.`;
    throw new HarnessError('usage', message, { hint });
  }
  if (one.composeText !== other.composeText) {
    const message = `The compose file is another one than against ${name}: ${sourceText(one.source)}.`;
    throw new HarnessError('usage', message, { hint });
  }
  if (!isDeepStrictEqual(one.security, other.security)) {
    const message = `cluster.security is another one than against ${name}, for ${sourceText(one.source)}.`;
    throw new HarnessError('usage', message, { hint });
  }
}

function sourceText(source: ClusterIdentity['source']): string {
  switch (source.kind) {
    case 'external':
      return `brokers ${source.brokers.join(',')}`;
    case 'compose':
      return `compose ${source.file}`;
    case 'local': {
      const { kind, ...settings } = source;
      return `${kind} ${JSON.stringify(settings)}`;
    }
  }
}
