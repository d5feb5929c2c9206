/** What a run says of itself before its first trial: the first line of its journal. */
import { orderKept } from '../partition/strategies.ts';
import { levelOfTwoLooks } from '../plan/looks.ts';
import type { Cell, Plan } from '../plan/plan.ts';
import { askedOf } from './asked.ts';
import type { Result } from './schema.ts';

/** What a journal's first line says of the run: all that the result document needs besides trials and environment. */
export type RunHeader = Pick<
  Result,
  | 'name'
  | 'question'
  | 'tags'
  | 'runId'
  | 'seed'
  | 'repeat'
  | 'order'
  | 'referenceCell'
  | 'warnings'
  | 'overridden'
  | 'pairs'
  | 'against'
  | 'looks'
  | 'title'
  | 'labels'
> & {
  readonly cells: readonly CellHeader[];
  readonly checks: readonly unknown[];
  readonly compare: { readonly primary: readonly string[]; readonly delta: Readonly<Record<string, number>> };
  /** By cell: what integrity depends on. */
  readonly promises: Readonly<Record<string, CellPromise>>;
};

/** What is known of a cell before it is run. */
export type CellHeader = Pick<
  Result['cells'][number],
  'id' | 'label' | 'factors' | 'side' | 'partitioning' | 'hasKeys' | 'asked'
>;

/** What a cell's settings promise of delivery. */
export interface CellPromise {
  readonly acks: 0 | 1 | 'all';
  readonly idempotence: boolean;
  readonly maxInFlightRequests: number;
  readonly simulated: boolean;
}

/** What only the command line knows of a run. */
export interface RunNames {
  readonly runId: string;
  readonly overridden: Readonly<Record<string, string>>;
  /** `--name`, … */
  readonly title?: string;
  /** … and `--label`. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** The header of a run of that plan. */
export function headerOf(plan: Plan, { runId, overridden, title, labels }: RunNames): RunHeader {
  const { scenario, seed, repeat, order, referenceCell, warnings } = plan;
  return {
    name: scenario.name,
    question: scenario.question ?? null,
    tags: scenario.tags,
    runId,
    ...(title === undefined ? {} : { title }),
    ...(labels === undefined ? {} : { labels: { ...labels } }),
    seed,
    repeat,
    order: [...order],
    referenceCell,
    warnings: [...warnings],
    overridden: { ...overridden },
    cells: plan.cells.map(cellHeader),
    checks: scenario.checks,
    compare: { primary: scenario.compare.primary, delta: scenario.compare.delta },
    ...designOf(plan),
    promises: promisesOf(plan),
  };
}

/** By cell: what its settings promise of delivery. */
export const promisesOf = ({ cells }: Pick<Plan, 'cells'>): RunHeader['promises'] =>
  Object.fromEntries(
    cells.map(({ id, scenario: { producers } }) => [
      id,
      {
        acks: producers.acks,
        idempotence: producers.idempotence,
        maxInFlightRequests: producers.maxInFlightRequests,
        simulated: producers.driver.name === 'simulated',
      },
    ]),
  );

/** What is compared, and how often it is looked at. */
function designOf({ pairs, against, extension }: Plan): Pick<RunHeader, 'pairs' | 'against' | 'looks'> {
  return {
    ...(pairs === undefined ? {} : { pairs: pairs.map(pair => ({ ...pair })) }),
    ...(against === undefined
      ? {}
      : { against: { ...against, newCells: [...against.newCells], goneCells: [...against.goneCells] } }),
    ...(extension === undefined ? {} : { looks: { planned: 2, taken: 1, level: levelOfTwoLooks } }),
  };
}

function cellHeader({ id, label, factors, side, scenario }: Cell): CellHeader {
  const { strategy, by } = scenario.producers.partitioning;
  return {
    id,
    label,
    factors: { ...factors },
    ...(side === undefined ? {} : { side }),
    partitioning: { strategy, by, keeps: orderKept(strategy) },
    hasKeys: hasKeys(scenario),
    asked: askedOf(scenario),
  };
}

/** Whether messages have keys; lines of a payload file may. */
const hasKeys = ({ messages }: Cell['scenario']): boolean =>
  messages.content.kind === 'file' || messages.keys.kind !== 'none';
