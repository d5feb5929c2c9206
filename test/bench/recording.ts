/** A run's events as they were recorded, and how they are shown again on a terminal of one's choice, on a clock that is moved by hand. */
import { PassThrough } from 'node:stream';
import type { TestContext } from 'node:test';
import { openProgress, type ProgressFlags } from '../../bench/progress.ts';
import { openTerminal, type Terminal, type TerminalHost } from '../../bench/terminal.ts';
import type { LiveFigures, LiveSpan, Plan, RunEvent, TrialPlace } from '../../src/index.ts';
import { aPlan } from '../builders/plan.ts';
import { aMeasurement, latency } from '../builders/trial.ts';

/** What happened, in ms since the run's begin. A note is what the program says besides; a look keeps the frame that stands then. */
export type Recorded = { readonly atMillis: number } & (
  | { readonly event: RunEvent }
  | { readonly note: string }
  | { readonly look: string }
);

export const place = (position: number, over: Partial<TrialPlace> = {}): TrialPlace => ({
  cell: position % 2 === 1 ? 'acks-1' : 'acks-all',
  block: Math.ceil(position / 2),
  attempt: 1,
  position,
  of: 4,
  ...over,
});

/** Figures of a second in which the broker was so slow. */
export function figures(p99Micros: number | null, over: Partial<LiveFigures> = {}): LiveFigures {
  const span: LiveSpan = {
    targetPerSecond: 5_000,
    sentPerSecond: 5_000,
    ackedPerSecond: 4_998,
    consumedPerSecond: 5_001,
    latency:
      p99Micros === null
        ? null
        : { p50Micros: 2_900, p99Micros, p999Micros: p99Micros * 1.8, maxMicros: p99Micros * 3 },
    unread: 22,
    failed: 0,
  };
  const window = p99Micros === null ? null : { ...span, ackedPerSecond: 5_000, consumedPerSecond: 4_999, unread: 240 };
  return {
    latencyOf: 'endToEnd',
    now: span,
    window,
    totals: { sent: 50_000, acked: 49_986, failed: 0, consumed: 49_964 },
    unreadByGroup: { readers: 22 },
    inFlight: 14,
    behindMicros: 38,
    workFraction: 0.41,
    ...over,
  };
}

/** A trial's load of 2 s and a window of 40 s, told four times a second. */
export function loadOf(trial: TrialPlace, fromMillis: number, of: (second: number) => LiveFigures): Recorded[] {
  const told = (elapsedMillis: number): RunEvent => {
    const isWarm = elapsedMillis >= 2_000;
    return {
      type: 'trial-progress',
      trial,
      phase: isWarm ? 'measure' : 'warmup',
      elapsedMicros: (isWarm ? elapsedMillis - 2_000 : elapsedMillis) * 1e3,
      plannedMicros: isWarm ? 40e6 : 2e6,
      figures: elapsedMillis < 1_000 ? null : of(Math.floor(elapsedMillis / 1_000) - 2),
    };
  };
  return Array.from({ length: 42 * 4 }, (_, i) => ({ atMillis: fromMillis + i * 250, event: told(i * 250) }));
}

/** By the time at which it happened. */
export const inOrder = (recorded: Recorded[]): Recorded[] => recorded.toSorted((a, b) => a.atMillis - b.atMillis);

const began = (trial: TrialPlace, atMillis: number): Recorded[] => [
  { atMillis, event: { type: 'trial-started', trial } },
  {
    atMillis,
    event: { type: 'trial-progress', trial, phase: 'setup', elapsedMicros: 0, plannedMicros: null, figures: null },
  },
];

/** A trial that is over; `late` is one in which the generator was. */
const doneAt = (trial: TrialPlace, atMillis: number, how: 'in time' | 'late' = 'in time'): Recorded => {
  const { cell, block, attempt } = trial;
  const lag = how === 'late' ? { generatorLag: latency(1_000, 90_000), scheduleLag: latency(1_000, 90_000) } : {};
  const latencies = { ...aMeasurement().latencies, endToEnd: latency(2_800, 10_100), ...lag };
  return {
    atMillis,
    event: { type: 'trial-done', trial, measurement: aMeasurement({ cell, block, attempt, latencies }) },
  };
};

const miss = {
  metric: 'endToEnd.p99',
  group: null,
  min: null,
  max: 15_000,
  everyMicros: 1e6,
  fromSecond: 20,
  value: 31_200,
};

/** Two cells in two blocks: one trial is as it should be, one misses a check and is good all the same, one fails, one is stopped. */
export const recording: readonly Recorded[] = inOrder([
  { atMillis: 0, note: 'plan        2 cells × 2 trials, about 3 m 0 s, seed 42' },
  ...began(place(1), 1_000),
  { atMillis: 1_600, look: 'set-up' },
  ...loadOf(place(1), 2_000, second => figures(second < 0 ? null : 9_800 + 900 * (second % 5))),
  { atMillis: 3_300, look: 'warm-up' },
  { atMillis: 21_100, look: 'half of the window' },
  { atMillis: 48_000, look: 'after the load' },
  doneAt(place(1), 50_000),
  ...began(place(2), 50_200),
  ...loadOf(place(2), 51_000, second =>
    figures(second === 20 ? 31_200 : 12_000, { behindMicros: 4_200, workFraction: 0.72 }),
  ),
  { atMillis: 73_500, event: { type: 'check-missed', trial: place(2), miss } },
  { atMillis: 75_100, look: 'a check is missed' },
  doneAt(place(2), 94_000),
  ...began(place(3), 94_200),
  {
    atMillis: 95_000,
    event: {
      type: 'trial-failed',
      trial: place(3),
      error: { message: 'The broker closed the connection.', hint: 'Look at its log.' },
    },
  },
  ...began(place(4), 95_200),
  ...loadOf(place(4), 96_000, second => figures(second < 0 ? null : 10_000)).slice(0, 60),
  { atMillis: 111_000, event: { type: 'trial-aborted', trial: place(4), measurement: null } },
]);

const pilot = place(1, { block: 0, of: 2 });
const failing = place(2, { block: 0, position: 2, of: 2 });

/** What comes of `warmup: auto`, of trials that are of no use or fail, and of a second look. */
export const detours: readonly Recorded[] = inOrder([
  { atMillis: 0, event: { type: 'rehearsal', cell: 'acks-all', position: 1, of: 1 } },
  { atMillis: 5_000, event: { type: 'pilot-started', trial: pilot, leastSeconds: 30, mostSeconds: 120 } },
  ...loadOf(pilot, 5_100, () => figures(10_000)),
  {
    atMillis: 48_000,
    event: {
      type: 'pilot-done',
      trial: pilot,
      outcome: { cell: pilot.cell, seconds: 42, cutSeconds: 5, isSteady: true, unsettled: [] },
    },
  },
  { atMillis: 48_100, event: { type: 'pilot-started', trial: failing, leastSeconds: 30, mostSeconds: 120 } },
  { atMillis: 49_000, event: { type: 'trial-failed', trial: failing, error: { message: 'No broker answers.' } } },
  { atMillis: 49_100, event: { type: 'warmup-found', warmup: { asked: 'auto', micros: 42e6, pilots: [] } } },
  ...began(place(1), 50_000),
  { atMillis: 95_000, event: { type: 'trial-failed', trial: place(1), error: { message: 'No broker answers.' } } },
  { atMillis: 95_100, event: { type: 'trial-repeated', trial: place(1), because: 'failed' } },
  ...began(place(1, { attempt: 2 }), 95_200),
  doneAt(place(1, { attempt: 2 }), 140_000, 'late'),
  { atMillis: 140_100, event: { type: 'trial-repeated', trial: place(1, { attempt: 2 }), because: 'invalid' } },
  { atMillis: 140_200, event: { type: 'trial-skipped', trial: place(2), because: 'pilot' } },
  { atMillis: 140_300, event: { type: 'trial-skipped', trial: place(3), because: 'check' } },
  { atMillis: 140_400, event: { type: 'extended', order: [{ block: 3, cell: 'acks-1' }] } },
  ...began(place(5, { of: 5 }), 140_500),
]);

/** What the recording is a run of: one check is judged while trials run. */
export function recordedPlan(): Plan {
  const plan = aPlan({ cells: ['1', 'all'], repeat: 2 });
  const check = { metric: 'endToEnd.p99', group: null, min: null, max: 15_000, every: 1e6, abort: false, where: {} };
  const scenario = {
    ...plan.scenario,
    load: { ...plan.scenario.load, warmupMicros: 2e6, measureMicros: 40e6 },
    checks: [check],
  } as unknown as Plan['scenario'];
  return {
    ...plan,
    scenario,
    cells: plan.cells.map(cell => ({ ...cell, scenario })),
    estimate: { ...plan.estimate, trialMicros: 45e6 },
  };
}

export interface Shown {
  /** Of stderr; undefined for a pipe. */
  readonly columns?: number;
  readonly environment?: NodeJS.ProcessEnv;
  readonly args?: readonly string[];
  readonly flags?: Partial<ProgressFlags>;
}

/** A stream that is a terminal of so many columns, or none. */
function streamOf(columns: number | undefined): NodeJS.WriteStream {
  const stream = new PassThrough();
  return Object.assign(
    stream,
    columns === undefined ? {} : { isTTY: true, columns, rows: 40 },
  ) as unknown as NodeJS.WriteStream;
}

/** A terminal as the program would open it on such streams. */
export const terminalOn = ({ columns, environment = {}, args = [] }: Shown): Terminal =>
  openTerminal(args, { stdout: streamOf(columns), stderr: streamOf(columns), env: environment } as TerminalHost);

/** Shows the recording; returns what was written, with frames where the recording looks at them, and control codes made visible. */
export function shownOf(t: TestContext, recorded: readonly Recorded[], shown: Shown): string {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout', 'Date'], now: Date.parse('2026-11-22T13:40:00Z') });
  const lines: string[] = [];
  let standing = '';
  const opened = terminalOn(shown);
  const terminal: Terminal = {
    ...opened,
    error: text => void lines.push(text),
    command: text => void lines.push(text),
    frame: text => {
      standing = text;
    },
  };
  const flags = { quiet: false, verbose: 0, progress: 'auto' as const, ...shown.flags };
  const environment = shown.environment ?? {};
  {
    using progress = openProgress(flags, recordedPlan(), { terminal, environment });
    let nowMillis = 0;
    for (const one of recorded) {
      t.mock.timers.tick(one.atMillis - nowMillis);
      nowMillis = one.atMillis;
      if ('note' in one) progress.note(one.note);
      if ('event' in one) progress.show(one.event);
      if ('look' in one && standing !== '')
        lines.push(`┌ ${one.look}`, ...standing.split('\n').map(line => `│${line}`));
    }
  }
  t.mock.timers.reset();
  return `${lines.join('\n')}\n${standing === '' ? '' : `left standing:\n${standing}\n`}`
    .replaceAll('\u001B', '␛')
    .replaceAll('\r', '␍');
}
