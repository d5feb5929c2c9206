/** Turns a scenario's matrix into combinations of levels: all of them, or each level alone against the reference. */
import { type Issue, moved } from '../scenario/issues.ts';
import { issueAt } from '../scenario/matrix.ts';
import { type Path, splitPath } from '../scenario/paths.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { LevelValue } from './plan.ts';

/** One value of a factor, or one named set of values. */
export interface Level {
  readonly name: LevelValue;
  /** Dotted path → what the level writes there. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Where the scenario writes the level. */
  readonly at: Path;
}

/** A setting that varies, or a name for settings that vary together. */
export interface Factor {
  readonly name: string;
  readonly kind: 'path' | 'named';
  readonly levels: readonly Level[];
}

/** One level of each factor, in the factors' order. */
export type Combination = readonly Level[];

/** Factor → the levels that are meant, as `where`, `exclude` and `reference` write it. */
export type Selection = Readonly<Record<string, LevelValue | readonly LevelValue[]>>;

/** How a level is written in labels, and in `where`: scalars as they are, the rest as JSON. */
function nameOf(value: unknown): LevelValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : JSON.stringify(value);
}

/** The matrix's factors in the order of the file. */
export function factorsOf({ matrix }: Pick<Scenario, 'matrix'>): Factor[] {
  return Object.entries(matrix).map(([name, levels]): Factor => {
    if (Array.isArray(levels)) {
      const ofPath = levels.map((value, i) => ({
        name: nameOf(value),
        values: { [name]: value },
        at: ['matrix', name, i],
      }));
      return { name, kind: 'path', levels: ofPath };
    }
    const sets = Object.entries(levels).map(([level, values]) => ({
      name: level,
      values,
      at: ['matrix', name, level],
    }));
    return { name, kind: 'named', levels: sets };
  });
}

/** What factors do to each other: places in the document that more than one value would take. */
export function overlapIssues(factors: readonly Factor[]): Issue[] {
  const issues: Issue[] = [];
  const taken: Taken[] = [];
  for (const { name, levels } of factors) {
    for (const level of levels) {
      for (const path of Object.keys(level.values)) {
        const keys = splitPath(path);
        const other = taken.find(
          earlier => isWithin(earlier.keys, keys) && (earlier.factor !== name || earlier.level === level),
        );
        if (other) issues.push(overlap(path, other, level));
        taken.push({ path, keys, factor: name, level });
      }
    }
  }
  return issues;
}

/** A place that a level writes to. */
interface Taken {
  readonly path: string;
  readonly keys: readonly string[];
  readonly factor: string;
  readonly level: Level;
}

/** Whether two paths are the same, or one lies below the other. */
const isWithin = (one: readonly string[], other: readonly string[]): boolean => {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  return short.every((key, i) => key === long[i]);
};

function overlap(path: string, other: Taken, level: Level): Issue {
  const both = path === other.path ? `"${path}"` : `"${other.path}", which has to do with "${path}",`;
  const sentence = `${both} is set by matrix["${other.factor}"] too`;
  const hint = 'let one factor set it: settings that vary together are levels of one named factor';
  return issueAt('E107', level.at, 'value', sentence, hint);
}

/** How many combinations a product has. */
export const productSize = (factors: readonly Factor[]): number =>
  factors.reduce((product, { levels }) => product * levels.length, 1);

/** Every combination, the first factor slowest. */
export function product(factors: readonly Factor[]): Combination[] {
  return factors.reduce<Combination[]>(
    (combinations, { levels }) => combinations.flatMap(combination => levels.map(level => [...combination, level])),
    [[]],
  );
}

/** The reference, then each other level alone in the reference's place. */
export function oneAtATime(factors: readonly Factor[], reference: Combination): Combination[] {
  const alone = factors.flatMap(({ levels }, i) =>
    levels.filter(level => level !== reference[i]).map(level => reference.with(i, level)),
  );
  return [reference, ...alone];
}

/** The level of each factor that the selection names, else the first. */
export function referenceOf(factors: readonly Factor[], selection: Selection): Combination {
  return factors.map(({ name, levels }) => {
    const wanted = selection[name];
    const named = levels.find(level => wanted !== undefined && isSelected(level.name, wanted));
    return named ?? (levels[0] as Level);
  });
}

function isSelected(level: LevelValue, wanted: LevelValue | readonly LevelValue[]): boolean {
  return isList(wanted) ? wanted.includes(level) : wanted === level;
}

const isList = (wanted: LevelValue | readonly LevelValue[]): wanted is readonly LevelValue[] => Array.isArray(wanted);

/** Whether a cell with these levels is among those that the selection means; the empty selection means all. */
export function isAmong(levels: Readonly<Record<string, LevelValue>>, selection: Selection): boolean {
  return Object.entries(selection).every(([factor, wanted]) => {
    const level = levels[factor];
    return level !== undefined && isSelected(level, wanted);
  });
}

/** The combination as factor → level. */
export function levelsOf(factors: readonly Factor[], combination: Combination): Record<string, LevelValue> {
  return Object.fromEntries(factors.map(({ name }, i) => [name, (combination[i] as Level).name]));
}

/** The combination as dotted path → value: what stands in the cell's document. */
export function valuesOf(combination: Combination): Record<string, unknown> {
  return Object.assign({}, ...combination.map(({ values }) => values)) as Record<string, unknown>;
}

/** An issue of the cell's document, at the place where the scenario writes what it is about: in a level, or where it was. */
export function atLevel(combination: Combination, issue: Issue): Issue {
  for (const { values, at } of combination) {
    for (const dotted of Object.keys(values)) {
      const keys = splitPath(dotted);
      if (!keys.every((key, i) => key === issue.path[i])) continue;
      return moved(issue, keys, typeof at.at(-1) === 'number' ? at : [...at, dotted]);
    }
  }
  return issue;
}
