/** Opens the folder that a run is kept in, a new one or that of a run that goes on, with what was planned and where it is run. */
import {
  clientVersions,
  type Grounds,
  openStore,
  type Plan,
  type PlanRecord,
  recordPlan,
  resolveDocument,
  resumeStore,
  type Store,
} from '../src/index.ts';
import type { OtherSide } from './against.ts';
import type { Progress } from './progress.ts';
import { changesSince, type Resumption } from './resume.ts';
import type { PlannedScenario } from './scenario-options.ts';
import type { Terminal } from './terminal.ts';

/** A planned scenario, with the setting whose cells the plan has beside its own. */
export type PerformedScenario = PlannedScenario & { readonly other: OtherSide | null };

/** What a run is called, and what those who resume it need. */
export interface RunMarks {
  readonly title?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, unknown>>;
}

/** What keeping a run needs besides its scenario. */
interface Keeping {
  readonly flags: { readonly out: string };
  readonly host: Readonly<Record<string, unknown>>;
  readonly record: PlanRecord;
  readonly runId: string;
  readonly marks?: RunMarks;
  readonly progress: Progress;
  readonly terminal: Terminal;
}

/** With the seed that was drawn it gives this very plan again. */
const resolvedOf = ({ raw }: PlannedScenario['file'], { seed }: Plan): string => resolveDocument({ ...raw, seed });

/** What the scenario was planned from, for those who resume its run. */
export async function recordOf(
  { plan, file, other }: PerformedScenario,
  { highwater }: Keeping['host'],
): Promise<PlanRecord> {
  return recordPlan({
    plan,
    resolved: resolvedOf(file, plan),
    against: other === null ? null : resolvedOf(other.file, plan),
    versions: { highwater: String(highwater), ...(await clientVersions(plan)) },
  });
}

/** Begins a run's folder. */
export async function openNewStore(
  scenario: PerformedScenario,
  grounds: Grounds,
  { flags, runId, record, marks = {}, progress, host }: Keeping,
): Promise<Store> {
  const { plan, file, other, overridden } = scenario;
  await using opened = new AsyncDisposableStack();
  const store = opened.use(
    await openStore(plan, {
      under: flags.out,
      runId,
      source: file.sources[0]?.text ?? '',
      resolved: resolvedOf(file, plan),
      overridden,
      plan: record,
      ...marks,
    }),
  );
  progress.note(`run         ${store.folder}`);
  if (other !== null) await keepOther(other, plan, store);
  await store.environment(await environmentOf(scenario, grounds, host));
  opened.move();
  return store;
}

/**
 * Goes on in the run's own folder.
 * @throws HarnessError `usage` where this is not a place like that where it began
 */
export async function reopenStore(
  resumption: Resumption,
  scenario: PerformedScenario,
  grounds: Grounds,
  { progress, host, terminal }: Keeping,
): Promise<Store> {
  const { run } = resumption;
  const environment = await environmentOf(scenario, grounds, host);
  const changes = changesSince(resumption, environment);
  for (const { fact, before, after } of changes) {
    progress.note(`${terminal.sign('warning')} changed since: ${fact}: ${before ?? '–'}, now ${after ?? '–'}`);
  }
  await using opened = new AsyncDisposableStack();
  const store = opened.use(
    await resumeStore({
      folder: run.folder,
      resumedBefore: run.resumed.length,
      trialsBefore: run.trials.length,
      lastAt: run.lastAt,
      changes,
    }),
  );
  progress.note(`run         ${store.folder}`);
  await store.environment(environment);
  opened.move();
  return store;
}

async function environmentOf(
  { plan, other }: PerformedScenario,
  grounds: Grounds,
  host: Keeping['host'],
): Promise<Record<string, unknown>> {
  const against = other === null || other.commit === null ? {} : { against: other.commit };
  return { ...host, ...against, clients: await clientVersions(plan), ...(await grounds.describe()) };
}

/** Keeps the other setting's scenario beside this one's. */
async function keepOther({ file }: OtherSide, { seed }: Plan, store: Store): Promise<void> {
  await store.write('against.scenario.yaml', file.sources[0]?.text ?? '');
  await store.write('against.resolved.yaml', resolveDocument({ ...file.raw, seed }));
}
