/** Compares what a run was laid out to compare: cells with the reference cell, or pairs of cells; and says whether a second look is due. Pure. */
import type { Comparison } from '../results/schema.ts';
import type { RunHeader } from '../results/header.ts';
import { type Arm, concludeRows, type Row } from './compare.ts';
import { compareAll, type Course, deltaOf, type Wishes } from './comparisons.ts';
import { contrastOf } from './contrast.ts';
import { metricValue } from './values.ts';

/** One arm against another. */
interface ArmPair {
  readonly a: Arm;
  readonly b: Arm;
}

/** The run's comparisons, block by block: its pairs, else every cell against the reference. With two looks each has their level. */
export function comparisonsOfRun(
  arms: readonly Arm[],
  { pairs, referenceCell, compare, looks }: Pick<RunHeader, 'pairs' | 'referenceCell' | 'compare' | 'looks'>,
): Comparison[] {
  const course: Course = { design: 'paired', ...(looks === undefined ? {} : { level: looks.level }) };
  const find = (id: string): Arm[] => arms.filter(arm => arm.id === id);
  if (pairs !== undefined) {
    const found = pairs.flatMap(pair => find(pair.a).flatMap(a => find(pair.b).map(b => ({ a, b }))));
    return comparePairs(found, compare, course);
  }
  const [reference] = find(referenceCell);
  if (reference === undefined) return [];
  const others = arms.filter(arm => arm !== reference);
  return compareAll(
    others.map(b => ({ a: reference, b })),
    compare,
    course,
  );
}

/** Every pair on the primary metrics; one of which an arm knows nothing is a row without data, lest it vanish in silence. */
function comparePairs(pairs: readonly ArmPair[], compare: Wishes, course: Course): Comparison[] {
  const found = compareAll(pairs, compare, course);
  const missing = pairs.flatMap(pair =>
    unmatched(pair, compare.primary, found).flatMap((metric): Row[] => {
      const nothing = contrastOf({ id: pair.a.id, trials: [] }, { id: pair.b.id, trials: [] }, metric, course.design);
      return nothing === null ? [] : [{ contrast: nothing, delta: deltaOf(metric, compare.delta), role: 'primary' }];
    }),
  );
  return [...found, ...concludeRows(missing, {})];
}

/** Primary metrics that one arm alone has; all of them for a pair of which nothing is known. */
function unmatched({ a, b }: ArmPair, primary: readonly string[], found: readonly Comparison[]): readonly string[] {
  const has = ({ trials }: Arm, metric: string): boolean =>
    trials.some(({ trial }) => metricValue(trial, metric) !== null);
  const ofPair = found.filter(one => one.a === a.id && one.b === b.id);
  const ofOneArm = primary.filter(
    metric => has(a, metric) !== has(b, metric) && !ofPair.some(one => one.metric === metric),
  );
  return ofOneArm.length > 0 || ofPair.length > 0 ? ofOneArm : primary;
}

/** What more blocks can change. Others are undecided for good: no data, lower bounds, rates that were asked for. */
const changeable: ReadonlySet<Comparison['because']> = new Set(['too-noisy', 'too-few-trials', 'tests-disagree']);

/** Whether the first look leaves a primary comparison inconclusive that more blocks may decide. */
export const needsSecondLook = (comparisons: readonly Comparison[]): boolean =>
  comparisons.some(
    ({ role, verdict, because }) => role === 'primary' && verdict === 'inconclusive' && changeable.has(because),
  );
