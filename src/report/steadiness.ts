/** Says whether trials were steady while they were measured, as far as that was assessed. */
import type { Finding, Result } from '../results/schema.ts';
import { change, duration } from './numbers.ts';
import type { Line } from './model.ts';
import { countingTrials } from './table.ts';

/** One line for all trials that count and were assessed; null where none was: windows below two minutes are too short for it. */
export function steadinessLine({ cells }: Result): Line | null {
  const trials = cells.flatMap(countingTrials).flatMap(({ steadiness }) => steadiness ?? []);
  const assessed = trials.filter(one => one.assessed);
  if (assessed.length === 0) return null;
  const steady = assessed.filter(({ isSteady }) => isSteady);
  const cut = Math.max(0, ...steady.map(({ cutSeconds }) => cutSeconds ?? 0));
  const settling = cut === 0 ? '' : `; the slowest to settle took ${duration(cut * 1e6)} of it`;
  const left = trials.length === assessed.length ? '' : ` (${trials.length - assessed.length} not assessed)`;
  return {
    sign: steady.length === assessed.length ? 'good' : 'warning',
    text: `${steady.length} of ${assessed.length} trials steady over the observed window${left}${settling}`,
  };
}

/** So many cycles must lie in a window for what they cost to be in its figures. */
const fewestCycles = 3;

/** Which of the brokers' background cycles all assessed windows covered; null where none was assessed. */
export function backgroundLine({ cells }: Result): Line | null {
  const all = cells.flatMap(countingTrials).flatMap(({ steadiness }) => steadiness?.background ?? []);
  if (all.length === 0) return null;
  const rolls = Math.min(...all.map(({ segmentRolls }) => segmentRolls));
  const deletes = Math.min(...all.map(({ retentionDeletes }) => retentionDeletes));
  const said = (what: string, times: number): string =>
    `${what} ${times >= fewestCycles ? `covered (${times} times)` : `not covered (${times} of ${fewestCycles})`}`;
  return {
    sign: rolls >= fewestCycles && deletes >= fewestCycles ? 'good' : 'warning',
    text: `background cycles within each window: ${said('segment rolls', rolls)}, ${said('deletions by retention', deletes)}`,
  };
}

/** What moved in a trial that was not steady. */
export function notSteadyText(finding: Finding): string {
  const series = finding['series'] as readonly { readonly name: string; readonly drift: number | null }[];
  const moved = series.map(({ name, drift }) => (drift === null ? name : `${name} (${change(1 + drift)})`));
  const why = finding['atCap'] === true ? ', which found no level in half of the window' : '';
  return `no steady state over the observed window: ${moved.join(', ')}${why}; measure longer, or lengthen the warm-up`;
}

/** What `warmup: auto` came to, in one line; null where no cell asked for it. */
export function warmupLine({ warmup, cells }: Pick<Result, 'warmup' | 'cells'>): Line | null {
  if (warmup === undefined) return null;
  const { micros, pilots } = warmup;
  const label = (id: string): string => cells.find(cell => cell.id === id)?.label || id;
  const unsteady = pilots.filter(({ isSteady }) => !isSteady).map(({ cell }) => label(cell));
  const slowest = pilots.find(({ seconds }) => seconds * 1e6 === micros);
  const because =
    unsteady.length > 0
      ? `no steady state within the maximum in ${unsteady.length} of ${pilots.length} cells: ${unsteady.join(', ')}`
      : pilots.length === 1 || slowest === undefined
        ? 'its pilot was steady by then'
        : `all ${pilots.length} pilots were steady by then, ${label(slowest.cell)} last`;
  return { sign: unsteady.length > 0 ? 'bad' : 'good', text: `warm-up auto: ${duration(micros)}; ${because}` };
}

/** What had not settled in a pilot. */
export function noSteadyStateText(finding: Finding): string {
  const unsettled = finding['unsettled'] as readonly string[];
  const what = unsettled.length === 0 ? 'too little was seen to tell' : `${unsettled.join(', ')} found no level`;
  return `no steady state within ${duration(Number(finding['seconds']) * 1e6)} of load, the most that warmup: auto waits: ${what}`;
}
