/** Readies the client libraries of a run, and says which versions of them it uses. */
import { type DriverReference, loadDriver, referenceTo, releaseOf } from '../drivers/registry.ts';
import { obtainRelease, type ObtainOptions } from '../drivers/releases/obtain.ts';
import type { Plan } from '../plan/plan.ts';

/** The drivers that the plan's cells use, each with its version, once. */
function referencesIn({ cells }: Pick<Plan, 'cells'>): DriverReference[] {
  const all = cells.flatMap(({ scenario: { producers, consumers } }) => [
    producers.driver,
    ...Object.values(consumers).map(({ driver }) => driver),
  ]);
  return [...new Set(all.map(referenceTo))];
}

/**
 * Fetches the releases that the plan names and this host does not have yet, builds what must be built, and makes sure that each can be
 * driven: one after the other, for a build takes all cores.
 * @throws HarnessError `usage` for a release that does not exist, `environment` for one that cannot be had or driven
 */
export async function obtainClients(plan: Pick<Plan, 'cells'>, options: ObtainOptions = {}): Promise<void> {
  for (const reference of referencesIn(plan)) {
    const release = releaseOf(reference);
    if (release !== null) await obtainRelease(release, options);
  }
}

/**
 * The versions of the client libraries that the plan's cells use, as the modules in use tell them: by the driver's name, and where a run
 * uses several releases of one driver by each one's own (`confluent@1.9.0`).
 */
export async function clientVersions(plan: Pick<Plan, 'cells'>): Promise<Record<string, string>> {
  const references = referencesIn(plan);
  const nameOf = (reference: DriverReference): string => reference.split('@')[0] as string;
  const isAlone = (reference: DriverReference): boolean =>
    references.filter(other => nameOf(other) === nameOf(reference)).length === 1;
  const versions = await Promise.all(
    references.map(async reference => {
      const version = await (await loadDriver(reference)).clientVersion();
      return [isAlone(reference) ? nameOf(reference) : reference, version] as const;
    }),
  );
  return Object.fromEntries(versions);
}
