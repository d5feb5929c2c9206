/** Says whether two runs may be compared at all, and in what they differ. Pure. */
import type { Fingerprint } from '../results/fingerprint.ts';
import { isMap } from '../results/resolved.ts';

/** Something that is not the same on both sides. */
export interface Difference {
  readonly kind: 'scenario' | 'host class' | 'version' | 'broker setting';
  /** `load.rate`, `CPU`, `Kafka`. */
  readonly name: string;
  readonly a: string;
  readonly b: string;
  /** Whether figures of the two must not be held against each other because of it. */
  readonly forbids: boolean;
}

export interface Comparability {
  readonly isComparable: boolean;
  /** What was found to be the same, as people call it. */
  readonly same: readonly string[];
  readonly differences: readonly Difference[];
}

const notRecorded = 'not recorded';

/**
 * Two runs are comparable where scenario and host class are the same. What one run did not record is named and forbids nothing, but
 * a scenario that is not known is another one. Versions are what one wants to compare: they are named.
 */
export function comparabilityOf(a: Fingerprint, b: Fingerprint): Comparability {
  const scenario = scenarioDifferences(a, b);
  const host = hostDifferences(a, b);
  const versions = differencesOf('version', a.versions, b.versions);
  const settings = differencesOf('broker setting', a.brokerConfig, b.brokerConfig);
  const differences = [...scenario, ...host, ...versions, ...settings];
  const kafka = a.versions['Kafka'];
  return {
    isComparable: differences.every(({ forbids }) => !forbids),
    same: [
      ...(scenario.length === 0 ? [`scenario ${b.scenarioHash?.slice(0, 6)}`] : []),
      ...(host.some(({ forbids }) => forbids) ? [] : [`host class ${b.hostClassId}`]),
      ...(kafka !== undefined && kafka === b.versions['Kafka'] ? [`Kafka ${kafka}`] : []),
    ],
    differences,
  };
}

function scenarioDifferences(a: Fingerprint, b: Fingerprint): Difference[] {
  if (a.scenario === null || b.scenario === null) {
    const text = ({ scenarioHash }: Fingerprint): string => scenarioHash ?? notRecorded;
    return [{ kind: 'scenario', name: 'scenario', a: text(a), b: text(b), forbids: true }];
  }
  const levels = Object.keys(a.levels).filter(name => name in b.levels);
  return [
    ...changedPaths(a.scenario, b.scenario, []),
    ...levels.flatMap(name => changedPaths(a.levels[name], b.levels[name], ['matrix', name])),
  ];
}

/** The settings that differ, each by its path; what one side lacks reads `–`. */
function changedPaths(a: unknown, b: unknown, path: readonly string[]): Difference[] {
  if (isMap(a) && isMap(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return keys.flatMap(key => changedPaths(a[key], b[key], [...path, key]));
  }
  const [textOfA, textOfB] = [shown(a), shown(b)];
  if (textOfA === textOfB) return [];
  return [{ kind: 'scenario', name: path.join('.') || 'scenario', a: textOfA, b: textOfB, forbids: true }];
}

function shown(value: unknown): string {
  if (value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function hostDifferences({ hostClass: a }: Fingerprint, { hostClass: b }: Fingerprint): Difference[] {
  const names = Object.keys(a) as (keyof typeof a)[];
  return names
    .filter(name => a[name] !== b[name])
    .map(name => ({
      kind: 'host class',
      name,
      a: a[name] ?? notRecorded,
      b: b[name] ?? notRecorded,
      forbids: a[name] !== null && b[name] !== null,
    }));
}

function differencesOf(
  kind: Difference['kind'],
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): Difference[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names
    .filter(name => a[name] !== b[name])
    .map(name => ({ kind, name, a: a[name] ?? '–', b: b[name] ?? '–', forbids: false }));
}
