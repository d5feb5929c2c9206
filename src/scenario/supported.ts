/** What the format knows and Highwater cannot do yet: refused by name, never ignored. One entry a feature. */
import type { DriverChoice } from './blocks/driver.ts';
import type { Issue } from './issues.ts';
import type { Path } from './paths.ts';
import type { Scenario, ScenarioGroup } from './schema.ts';

/** A feature that is not built yet. */
interface Feature {
  /** In a sentence: `… is not supported yet`. */
  readonly name: string;
  /** What to do instead. */
  readonly instead: string;
  /** Where the scenario asks for it. */
  readonly askedAt: (scenario: Scenario) => readonly Path[];
}

/** Paths of the groups for which the condition holds. */
const groupsWhere = (key: string, asksFor: (group: ScenarioGroup) => boolean) => (scenario: Scenario) =>
  Object.entries(scenario.consumers)
    .filter(([, group]) => asksFor(group))
    .map(([name]) => ['consumers', name, key]);

/** Paths at which a driver is named for which the condition holds. */
const driversWhere = (asksFor: (driver: DriverChoice) => boolean) => (scenario: Scenario) => {
  const own = (driver: DriverChoice): boolean => driver !== scenario.driver && asksFor(driver);
  return [
    ...(asksFor(scenario.driver) ? [['driver']] : []),
    ...(own(scenario.producers.driver) ? [['producers', 'driver']] : []),
    ...groupsWhere('driver', group => own(group.driver))(scenario),
  ];
};

const when =
  (path: Path, asksFor: (scenario: Scenario) => boolean) =>
  (scenario: Scenario): readonly Path[] =>
    asksFor(scenario) ? [path] : [];

const features: readonly Feature[] = [
  {
    name: 'a driver of a given version',
    instead: 'name the driver alone: the installed release is used',
    askedAt: driversWhere(({ version }) => version !== null),
  },
  { name: 'fault injection', instead: 'remove faults', askedAt: when(['faults'], ({ faults }) => faults.length > 0) },
  {
    name: "reading the brokers' own figures",
    instead: 'remove metrics',
    askedAt: when(['cluster', 'metrics'], ({ cluster }) => cluster.metrics !== undefined),
  },
  {
    name: 'a fleet of load hosts',
    instead: 'remove fleet: this host makes the load',
    askedAt: when(['fleet'], ({ fleet }) => fleet !== undefined),
  },
  {
    name: 'a warm-up of its own length',
    instead: 'write a duration like 5s',
    askedAt: when(['load', 'warmup'], ({ load }) => load.warmupMicros === 'auto'),
  },
  {
    name: 'judging a check while running',
    instead: 'remove every and abort: the check is judged at the end',
    askedAt: ({ checks }) =>
      checks.flatMap(({ every, abort }, i) =>
        every !== null || abort ? [['checks', i, every === null ? 'abort' : 'every']] : [],
      ),
  },
];

/** Every use of a feature that is not built yet. */
export function unsupportedIn(scenario: Scenario): Issue[] {
  return features.flatMap(({ name, instead, askedAt }) =>
    askedAt(scenario).map(path => ({
      path,
      at: 'value' as const,
      code: 'E120' as const,
      subject: path,
      sentence: `${name} is not yet supported`,
      hint: instead,
    })),
  );
}
