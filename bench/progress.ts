/** Shows on stderr how a run goes: one live line on a terminal, a line per trial elsewhere. */
import {
  adviceOf,
  duration,
  findingText,
  type LiveFigures,
  type Plan,
  type RunEvent,
  type TrialPlace,
  whole,
} from '../src/index.ts';
import type { Terminal } from './terminal.ts';

export type ProgressMode = 'auto' | 'live' | 'plain' | 'none';

export interface Progress {
  note(text: string): void;
  show(event: RunEvent): void;
  /** Removes the live line. */
  end(): void;
}

/** How often a log that nobody rewrites says that the run still goes on. */
const heartbeatMillis = 30_000;
const liveMillis = 250;

export function openProgress(mode: ProgressMode, plan: Plan, terminal: Terminal): Progress {
  if (mode === 'none') return { note: () => undefined, show: () => undefined, end: () => undefined };
  const isLive = mode === 'live' || (mode === 'auto' && terminal.isLive);
  const labels = new Map(plan.cells.map(({ id, label }) => [id, label]));
  const clock = remainingTime(plan);
  let shownAt = 0;
  let blocks = plan.repeat;
  const line = (text: string): void => {
    if (isLive) terminal.status('');
    terminal.error(text);
  };
  const nameOf = ({ cell, block, position, of }: TrialPlace): string =>
    block === 0
      ? `warm-up     ${position}/${of}: ${labels.get(cell) || cell}`
      : `[${position}/${of}] ${labels.get(cell) || cell} · block ${block}/${blocks}`;
  return {
    note: line,
    end: () => {
      if (isLive) terminal.status('');
    },
    show(event) {
      switch (event.type) {
        case 'rehearsal':
          line(`warm-up     ${event.position}/${event.of}: ${labels.get(event.cell) || event.cell}, thrown away`);
          return;
        case 'pilot-started': {
          shownAt = Date.now();
          line(`${nameOf(event.trial)}, until it is steady: ${event.leastSeconds} s to ${event.mostSeconds} s`);
          return;
        }
        case 'pilot-done': {
          const { isSteady, seconds } = event.outcome;
          const found = isSteady ? `steady after ${seconds} s` : `no steady state within ${seconds} s`;
          line(`${terminal.sign(isSteady ? 'good' : 'warning')} ${nameOf(event.trial)}, ${found}`);
          return;
        }
        case 'warmup-found':
          line(`warm-up     ${duration(event.warmup.micros)} for every trial`);
          return;
        case 'trial-started':
          clock.started();
          shownAt = Date.now();
          if (!isLive) line(`${nameOf(event.trial)} started · ${clock.left()} left`);
          return;
        case 'trial-progress': {
          const period = isLive ? liveMillis : heartbeatMillis;
          if (Date.now() - shownAt < period) return;
          shownAt = Date.now();
          const text = `${nameOf(event.trial)} · ${phaseText(event)}${figuresText(event.figures)}${event.trial.block === 0 ? '' : ` · ${clock.left()} left`}`;
          if (isLive) terminal.status(text.slice(0, terminal.columns - 1));
          else line(text);
          return;
        }
        case 'trial-done': {
          clock.done();
          const wasEnded = event.measurement.findings.some(({ code }) => code === 'aborted-by-check');
          line(
            `${terminal.sign(wasEnded ? 'warning' : 'good')} ${nameOf(event.trial)} ${wasEnded ? 'ended by a check' : 'done'} · ${doneText(event)}`,
          );
          return;
        }
        case 'check-missed':
          line(
            `${terminal.sign('warning')} ${nameOf(event.trial)} · ${findingText({ code: 'aborted-by-check', ...event.miss })}`,
          );
          return;
        case 'trial-skipped':
          clock.skipped();
          line(
            `${terminal.sign('warning')} ${nameOf(event.trial)} is not run: ${event.because === 'check' ? 'a check has ended an earlier trial of this cell' : "the cell's pilot has failed"}`,
          );
          return;
        case 'extended':
          clock.extended(event.order.length);
          blocks = Math.max(...event.order.map(({ block }) => block));
          line(`${terminal.sign('warning')} first look   a primary comparison is inconclusive: on to ${blocks} blocks`);
          return;
        case 'trial-repeated':
          clock.again();
          line(
            `${terminal.sign('warning')} ${nameOf(event.trial)} is invalid: the generator, not the broker, was the limit; once more`,
          );
          return;
        case 'trial-failed':
          if (event.trial.block > 0) clock.done();
          line(`${terminal.sign('bad')} ${nameOf(event.trial)} failed: ${adviceOf(event.error)}`);
          return;
        case 'trial-aborted':
          line(`${terminal.sign('warning')} ${nameOf(event.trial)} stopped`);
      }
    },
  };
}

function phaseText({ phase, elapsedMicros, plannedMicros }: Extract<RunEvent, { type: 'trial-progress' }>): string {
  const seconds = Math.floor(elapsedMicros / 1e6);
  return plannedMicros === null ? `${phase} ${seconds} s` : `${phase} ${seconds}/${Math.round(plannedMicros / 1e6)} s`;
}

function figuresText(figures: LiveFigures | null): string {
  if (figures === null) return '';
  const latency =
    figures.p50Micros === null || figures.p99Micros === null
      ? ''
      : ` · p50 ${duration(figures.p50Micros)} p99 ${duration(figures.p99Micros)}`;
  return ` · sent ${whole(figures.sentPerSecond)}/s acked ${whole(figures.ackedPerSecond)}/s${latency}`;
}

function doneText({ measurement }: Extract<RunEvent, { type: 'trial-done' }>): string {
  const { counts, rates, durations } = measurement;
  const took = durations.setupMicros + durations.loadMicros + durations.drainMicros;
  const lost = counts.lost === null ? '' : ` · ${whole(counts.lost)} lost`;
  return `${whole(counts.sent)} sent, ${whole(counts.acked)} acked in the window (${whole(rates.ackedPerSecond)}/s)${lost} · ${duration(took)}`;
}

/** Time left: by the plan at first, then by the trials that are over. */
function remainingTime({ order, estimate }: Plan) {
  let startedAt = 0;
  let firstAt = 0;
  let done = 0;
  /** Trials of the plan that are run or will be. */
  let left = order.length;
  return {
    started() {
      startedAt = Date.now();
      firstAt ||= startedAt;
    },
    done() {
      done++;
    },
    again() {
      done--;
    },
    extended(by: number) {
      left += by;
    },
    skipped() {
      left--;
    },
    left(): string {
      const perTrial = done > 0 ? ((startedAt - firstAt) * 1e3) / done || estimate.trialMicros : estimate.trialMicros;
      const ofThis = (Date.now() - startedAt) * 1e3;
      return duration(Math.max(0, perTrial * (left - done) - ofThis));
    },
  };
}
