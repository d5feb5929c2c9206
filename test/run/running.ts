/** Runs scenarios on the simulated broker, in this process and with real worker threads. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPlan } from '../../src/run/run.ts';
import type { EarlierTrials } from '../../src/run/earlier.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { openGrounds } from '../../src/run/grounds.ts';
import type { TrialMeasurement } from '../../src/run/measurement.ts';
import type { PilotRule } from '../../src/run/pilots.ts';
import { planOf } from '../plan/planning.ts';

export interface Running {
  /** Called with every event as it comes. */
  readonly onEvent?: (event: RunEvent) => void;
  readonly signal?: AbortSignal;
  readonly mustRepeat?: (measurement: TrialMeasurement) => boolean;
  /** How `warmup: auto` is found: in seconds, where it would take minutes. */
  readonly pilots?: PilotRule;
  /** What was done before the run was interrupted. */
  readonly earlier?: EarlierTrials;
  readonly retryFailed?: number;
  /** Files of a folder that the scenario calls $HERE, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

async function folderOf(files: Readonly<Record<string, string>>): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'highwater-test-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** All events of a run of the scenario `text`, which goes on without its first lines: name, driver and seed are given. */
export async function eventsOf(
  text: string,
  { onEvent, signal, files, mustRepeat, pilots, earlier, retryFailed }: Running = {},
): Promise<RunEvent[]> {
  await using beside = await folderOf(files ?? {});
  const plan = await planOf(`name: test\ndriver: simulated\nseed: 7\n${text.replaceAll('$HERE', beside.path)}`);
  await using grounds = await openGrounds({
    cluster: null,
    scenario: plan.scenario,
    runId: 'test-run',
    seed: plan.seed,
    topicsAtEnd: 'delete',
    onProgress: () => undefined,
  });
  const events: RunEvent[] = [];
  const options = {
    runId: 'test-run',
    grounds,
    drainTimeoutMicros: 2e6,
    signal: signal ?? new AbortController().signal,
    ...(mustRepeat === undefined ? {} : { mustRepeat }),
    ...(pilots === undefined ? {} : { pilots }),
    ...(earlier === undefined ? {} : { earlier }),
    ...(retryFailed === undefined ? {} : { retryFailed }),
  };
  for await (const event of runPlan(plan, options)) {
    events.push(event);
    onEvent?.(event);
  }
  return events;
}

/** The measurements of the run's trials, in their order. */
export async function measurementsOf(text: string, running: Running = {}): Promise<TrialMeasurement[]> {
  const events = await eventsOf(text, running);
  return events.flatMap(event => (event.type === 'trial-done' ? [event.measurement] : []));
}
