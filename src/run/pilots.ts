/** Finds how long `warmup: auto` must be: runs a pilot of each cell until its load is steady, before any trial that counts. */
import { asPilot, isAuto, type PilotLengths, pilotLengths, pilotsOf } from '../plan/pilot.ts';
import type { Cell, Plan } from '../plan/plan.ts';
import type { FoundWarmup, PilotOutcome, RunEvent, TrialPlace } from './events.ts';
import type { RunFinding } from './measurement.ts';
import { type Judge, judgeSettling, WarmupWatch } from './warmup-watch.ts';

/** How pilots are run and judged. */
export interface PilotRule extends PilotLengths {
  readonly judge: Judge;
}

export const pilotRule: PilotRule = { ...pilotLengths, judge: judgeSettling };

/** What running pilots needs of the run. */
export interface PilotMeans {
  /** How many trials were thrown away before: more than none on brokers that were just started. */
  readonly discarded: number;
  readonly signal: AbortSignal;
  readonly run: (cell: Cell, place: TrialPlace, watch: WarmupWatch) => AsyncIterable<RunEvent>;
}

/** What came of all pilots: null where no warm-up is `auto`, or none was found. */
export interface PilotResults {
  readonly warmup: FoundWarmup | null;
  /** Cells whose pilot failed. */
  readonly failed: readonly string[];
}

/**
 * Runs the pilots one after the other; what they measure is thrown away. All cells get the longest of their warm-ups: one cut for all that is
 * compared, fixed before any outcome of it is known.
 */
export async function* findWarmup(
  plan: Plan,
  rule: PilotRule,
  { discarded, signal, run }: PilotMeans,
): AsyncGenerator<RunEvent, PilotResults, void> {
  const due = pilotsOf(plan, rule, { areBrokersYoung: discarded > 0 });
  const pilots: PilotOutcome[] = [];
  const failed: string[] = [];
  for (const [index, { cell, looks }] of due.entries()) {
    if (signal.aborted) break;
    const position = index + 1;
    // rehearsals have the attempts before it, and topics are named by them
    const trial: TrialPlace = { cell: cell.id, block: 0, attempt: discarded + position, position, of: due.length };
    const watch = new WarmupWatch(looks, rule.judge);
    yield {
      type: 'pilot-started',
      trial,
      leastSeconds: looks[0] as number,
      mostSeconds: looks.at(-1) as number,
    };
    for await (const event of run(asPilot(cell, watch.loadMicros), trial, watch)) {
      if (event.type === 'trial-progress') yield asWarmup(event);
      if (event.type === 'trial-failed') {
        failed.push(cell.id);
        yield asFailure(event);
      }
      if (event.type !== 'trial-done') continue;
      const outcome = { cell: cell.id, ...watch.settling };
      pilots.push(outcome);
      yield { type: 'pilot-done', trial, outcome };
    }
  }
  if (pilots.length === 0 || signal.aborted) return { warmup: null, failed };
  const micros = Math.max(...pilots.map(({ seconds }) => seconds)) * 1e6;
  const warmup: FoundWarmup = { asked: 'auto', micros, pilots };
  yield { type: 'warmup-found', warmup };
  return { warmup, failed };
}

/** Warm-ups are fixed before the first block: cells whose pilot had failed stay without. */
export function foundBefore({ cells }: Plan, warmup: FoundWarmup | null): PilotResults {
  const auto = warmup === null ? [] : cells.filter(({ scenario }) => isAuto(scenario));
  const failed = auto.filter(({ id }) => !warmup?.pilots.some(({ cell }) => cell === id));
  return { warmup, failed: failed.map(({ id }) => id) };
}

/** A pilot's window is warm-up to those who watch, and nobody knows how long it will be. */
function asWarmup(event: Extract<RunEvent, { type: 'trial-progress' }>): RunEvent {
  return event.phase === 'measure' ? { ...event, phase: 'warmup', plannedMicros: null } : event;
}

function asFailure(event: Extract<RunEvent, { type: 'trial-failed' }>): RunEvent {
  const message = `The pilot for warmup: auto failed, so that no trial of this cell is run. ${event.error.message}`;
  return { ...event, error: { ...event.error, message } };
}

/** By cell: the finding that every trial of a cell gets whose load had found no level at the maximum. */
export function unsettledIn(warmup: FoundWarmup | null): Map<string, RunFinding> {
  const unsteady = (warmup?.pilots ?? []).filter(({ isSteady }) => !isSteady);
  return new Map(
    unsteady.map(({ cell, seconds, unsettled }) => [cell, { code: 'no-steady-state', seconds, unsettled } as const]),
  );
}
