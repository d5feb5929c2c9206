/** What the format knows and Highwater cannot do yet: refused by name, never ignored. One entry a feature. */
import type { Issue } from './issues.ts';
import type { Path } from './paths.ts';
import type { Scenario } from './schema.ts';

/** A feature that is not built yet. */
interface Feature {
  /** In a sentence: `… is not supported yet`. */
  readonly name: string;
  /** What to do instead. */
  readonly instead: string;
  /** Where the scenario asks for it. */
  readonly askedAt: (scenario: Scenario) => readonly Path[];
}

const when =
  (path: Path, asksFor: (scenario: Scenario) => boolean) =>
  (scenario: Scenario): readonly Path[] =>
    asksFor(scenario) ? [path] : [];

const features: readonly Feature[] = [
  {
    name: 'placing the agents of a fleet',
    instead: 'write on: manual, and start an agent on each load host (docs/fleet.md)',
    askedAt: when(['fleet', 'on'], ({ fleet }) => fleet !== undefined && fleet.on !== 'manual'),
  },
  {
    name: 'a fleet with the simulated driver, whose broker is in one host’s memory,',
    instead: 'remove fleet, or choose another driver',
    askedAt: when(['fleet'], ({ fleet, producers }) => fleet?.on === 'manual' && producers.driver.name === 'simulated'),
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
