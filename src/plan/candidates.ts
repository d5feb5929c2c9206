/** Chooses which combinations of levels are to be cells, and names them. */
import type { Issue } from '../scenario/issues.ts';
import { issueAt } from '../scenario/matrix.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { PlanSource } from './expand.ts';
import {
  type Combination,
  type Factor,
  factorsOf,
  isAmong,
  levelsOf,
  oneAtATime,
  overlapIssues,
  product,
  productSize,
  referenceOf,
} from './matrix.ts';
import { cellIds, labelOf, shortNames } from './names.ts';
import type { LevelValue } from './plan.ts';

/** More cells than anybody looks at in one report: with five trials of 40 s each, 28 hours. */
const mostCells = 500;

/** A product so large is not worth going through for what `exclude` leaves of it. */
const mostCombinations = 100_000;

/** A combination of levels that is to be a cell. */
export interface Candidate {
  readonly id: string;
  readonly label: string;
  readonly factors: Readonly<Record<string, LevelValue>>;
  readonly combination: Combination;
}

/**
 * The scenario's combinations without those that `exclude` names, in the matrix's order (with `oneAtATime` the reference
 * first). Without a matrix it is one, with the scenario's name.
 * @throws ScenarioError if factors overlap, if none is left or too many are, or if the reference is excluded
 */
export function candidatesOf({ scenario, errorFor }: Pick<PlanSource, 'scenario' | 'errorFor'>): Candidate[] {
  const refuse = (issues: readonly Issue[]): void => {
    if (issues.length > 0) throw errorFor(issues);
  };
  const factors = factorsOf(scenario);
  if (factors.length === 0) return [{ id: scenario.name, label: scenario.name, factors: {}, combination: [] }];
  refuse([...emptyFactors(factors), ...overlapIssues(factors), ...vastProduct(scenario, factors)]);
  const candidates = named(factors, keptCombinations(scenario, factors));
  refuse(countIssues(candidates.length));
  refuse(referenceIssues(scenario, factors, candidates));
  return candidates;
}

function keptCombinations({ combine, compare, exclude }: Scenario, factors: readonly Factor[]): Combination[] {
  const all = combine === 'product' ? product(factors) : oneAtATime(factors, referenceOf(factors, compare.reference));
  return all.filter(combination => !exclude.some(selection => isAmong(levelsOf(factors, combination), selection)));
}

function named(factors: readonly Factor[], combinations: readonly Combination[]): Candidate[] {
  const names = shortNames(factors);
  const levels = combinations.map(combination => combination.map(({ name }) => name));
  const ids = cellIds(names, levels);
  return combinations.map((combination, i) => ({
    id: ids[i] as string,
    label: labelOf(names, levels[i] as LevelValue[]),
    factors: levelsOf(factors, combination),
    combination,
  }));
}

const emptyFactors = (factors: readonly Factor[]): Issue[] =>
  factors
    .filter(({ levels }) => levels.length === 0)
    .map(({ name }) =>
      issueAt('E105', ['matrix', name], 'value', 'it has no levels', 'name one at least, or remove it'),
    );

const fewer = 'take levels away, exclude combinations, or set combine: oneAtATime';

function vastProduct({ combine }: Scenario, factors: readonly Factor[]): Issue[] {
  const size = productSize(factors);
  if (combine !== 'product' || size <= mostCombinations) return [];
  return [issueAt('E107', ['matrix'], 'value', `it has ${size.toLocaleString('en')} combinations`, fewer)];
}

function countIssues(count: number): Issue[] {
  if (count === 0) return [issueAt('E107', ['exclude'], 'value', 'no cell is left', 'exclude fewer combinations')];
  if (count <= mostCells) return [];
  return [
    issueAt('E107', ['matrix'], 'value', `it has ${count.toLocaleString('en')} cells, more than ${mostCells}`, fewer),
  ];
}

/** With `oneAtATime` every cell is compared with all first levels or those named, so that cell must be there; else any that is named. */
function referenceIssues(
  { combine, compare: { reference } }: Scenario,
  factors: readonly Factor[],
  candidates: readonly Candidate[],
): Issue[] {
  const wanted = combine === 'product' ? reference : levelsOf(factors, referenceOf(factors, reference));
  if (candidates.some(candidate => isAmong(candidate.factors, wanted))) return [];
  const path = Object.keys(reference).length > 0 ? ['compare', 'reference'] : ['exclude'];
  const label = labelOf(Object.keys(wanted), Object.values(wanted));
  return [issueAt('E107', path, 'value', `the reference cell (${label}) is excluded`, 'name another, or exclude less')];
}
