/** Runs a search for capacity on a ready cluster: asks for the next trial, runs it, judges it, and keeps what came of it. */
import {
  atRate,
  capacityResult,
  type CapacityResult,
  type ExitReason,
  type Found,
  hottestShareOf,
  nextStep,
  outcomeOf,
  type Probe,
  probeLine,
  probePlan,
  type ProbeRequest,
  type SearchPlan,
  sizeFrom,
  sizingRequest,
  type Store,
  type StoredRun,
  type StoredTrial,
  storedTrial,
  type TrialMeasurement,
} from '../../src/index.ts';
import { type Conducting, runTrials } from '../perform.ts';
import type { PlannedScenario } from '../scenario-options.ts';

/** The searches of a run, and what was done of them before it was interrupted; null for one that begins. */
export interface Searches {
  readonly plans: readonly SearchPlan[];
  readonly interrupted: StoredRun | null;
}

const seconds = 1e6;

/** Searches cell after cell until all is over or stopped; what is found goes into the run's journal. */
export async function conductSearches(
  { plans, interrupted }: Searches,
  scenario: PlannedScenario,
  store: Store,
  sitting: Conducting,
): Promise<ExitReason[]> {
  const reasons = new Set<ExitReason>();
  // a rehearsal before the first trial is enough
  const discards = { left: sitting.grounds.trialsToDiscard };
  for (const plan of plans) {
    const before = interrupted?.searches?.find(({ cell }) => cell === plan.cell.id);
    if (before !== undefined && before.kind !== 'unfinished') continue;
    // a trial that was stored and not judged is run again, as another one
    const stored = (interrupted?.trials ?? []).filter(({ cell }) => cell === plan.cell.id);
    const block = Math.max(0, ...stored.map(({ trial }) => trial.block));
    if (plans.length > 1) sitting.progress.note(`search      ${plan.cell.label}`);
    const probes = [...(before?.probes ?? [])];
    const sustained = sustainedAmong(
      stored.map(({ trial }) => trial),
      probes,
    );
    const search = { plan, scenario, store, sitting, discards, sustained };
    const { ended, isStopped } = await conductSearch(search, probes, block);
    for (const reason of ended) reasons.add(reason);
    if (isStopped) break;
  }
  return [...reasons];
}

/** One cell's search, under way. */
interface Search {
  readonly plan: SearchPlan;
  readonly scenario: PlannedScenario;
  readonly store: Store;
  readonly sitting: Conducting;
  readonly discards: { left: number };
  /** The trials that carried their load. */
  readonly sustained: StoredTrial[];
}

/** What came of a trial; no probe where it was stopped. */
interface Probed {
  readonly probe: Probe | null;
  readonly trial: StoredTrial | null;
  readonly reasons: readonly ExitReason[];
}

async function conductSearch(
  search: Search,
  probes: Probe[],
  blocksBefore: number,
): Promise<{ readonly ended: readonly ExitReason[]; readonly isStopped: boolean }> {
  const { plan, store, sitting, discards, sustained } = search;
  await store.capacity(documentOf(plan, probes, null));
  for (let block = blocksBefore + 1; ; block++) {
    const step = nextStep(plan.settings, probes);
    if (step.kind === 'done') {
      const document = documentOf(plan, probes, { found: step, hottestShare: hottestShareOf(sustained) });
      await store.capacity(document);
      return { ended: reasonsOf(document), isStopped: false };
    }
    const grounds = { ...sitting.grounds, trialsToDiscard: discards.left };
    const { probe, trial, reasons } = await runProbe(step.request, {
      ...search,
      sitting: { ...sitting, grounds },
      block,
    });
    discards.left = 0;
    if (probe === null) return { ended: reasons, isStopped: true };
    probes.push(probe);
    if (trial !== null && probe.verdict === 'sustained') sustained.push(trial);
    await store.probe(plan.cell.id, probe);
    sitting.progress.note(probeLine(probe));
  }
}

/** Runs one trial of the search. */
async function runProbe(
  request: ProbeRequest,
  { plan: search, scenario, store, sitting, block }: Search & { readonly block: number },
): Promise<Probed> {
  const { cell, demands } = search;
  const plan = probePlan(scenario.plan, atRate(cell, request.ratePerSecond, request.measureMicros), block);
  const judge = (measurement: TrialMeasurement, trial = storedTrial(measurement)) =>
    outcomeOf(trial, secondsOf(measurement), demands);
  const watched = sitting.watch?.(plan, store.folder);
  let last: TrialMeasurement | null = null;
  const startedMillis = Date.now();
  const reasons = await runTrials({ ...scenario, plan }, store, {
    ...sitting,
    // what was done before is the search's to know
    resumption: null,
    mustRepeat: measurement => ['limited', 'undecided'].includes(judge(measurement).verdict),
    watch: () => event => {
      watched?.(event);
      if (event.type === 'trial-done') last = event.measurement;
    },
  });
  if (reasons.length > 0) return { probe: null, trial: null, reasons };
  const tookMicros = ((Date.now() - startedMillis) / 1e3) * seconds;
  const trial = last === null ? null : storedTrial(last);
  return {
    probe: { ...request, block, tookMicros, ...(last === null || trial === null ? nothingShown : judge(last, trial)) },
    trial,
    reasons,
  };
}

/** The trials behind sustained rates: the last attempt of each counts. */
const sustainedAmong = (trials: readonly StoredTrial[], probes: readonly Probe[]): StoredTrial[] =>
  probes.flatMap(({ verdict, block }) =>
    verdict === 'sustained' ? (trials.findLast(trial => trial.block === block) ?? []) : [],
  );

const secondsOf = ({ latencies: { ack, endToEnd } }: TrialMeasurement) => ({
  ack: ack?.seconds ?? [],
  endToEnd: endToEnd?.seconds ?? [],
});

/** Of a trial that failed. */
const nothingShown: Omit<Probe, keyof ProbeRequest | 'block' | 'tookMicros'> = {
  verdict: 'undecided',
  missed: [],
  limitedBy: null,
  latencyShare: null,
  latencyShareOfHalves: null,
  ackedPerSecond: 0,
};

function documentOf(
  plan: SearchPlan,
  probes: readonly Probe[],
  over: { readonly found: Found; readonly hottestShare: number | null } | null,
): CapacityResult {
  const { settings, demands, bytesPerMessage, cell } = plan;
  const found = over?.found ?? null;
  const searched = { cell: cell.id, settings, demands: [...demands], bytesPerMessage, probes, found };
  const document = capacityResult({ ...searched, sizing: null });
  const request = sizingRequest(cell.scenario, { bytesPerMessage, seed: settings.seed });
  if (request === null || over === null) return document;
  return { ...document, sizing: sizeFrom(request, { ...document, hottestShare: over.hottestShare }) };
}

function reasonsOf({ kind, because, probes, sustainedPerSecond }: CapacityResult): ExitReason[] {
  if (kind === 'none') {
    return [because === 'nothing-sustained' ? 'check' : because === 'budget' ? 'incomplete' : 'invalid'];
  }
  // a budget that ends a search leaves nothing to soak
  const wasSoaked = probes.some(({ stage }) => stage === 'soak');
  return wasSoaked && sustainedPerSecond === null ? ['check'] : [];
}
