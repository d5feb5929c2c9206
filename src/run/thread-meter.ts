/** Measures what a worker spends, be it a thread or a process: CPU time, work, waiting for a CPU and garbage collection within the measured window. */
import { PerformanceObserver } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { nowMicros } from '../support/clock.ts';
import { threadIdle } from '../support/idle-meter.ts';
import type { ThreadReport } from './protocol.ts';
import { ownAccounts, type ScheduleAccounts, worstShare } from './schedstat.ts';
import { lookThroughWindow, overParts, overWhole, type WindowLook } from './window-parts.ts';

export interface ThreadMeter {
  /** Sets the measured window, on the host's clock. */
  watch(fromHostMicros: number, toHostMicros: number): void;
  /** The figures; ends the watch. */
  report(): ThreadReport;
}

/** A worker's meters at one instant. */
interface Reading {
  readonly cpuSeconds: number | null;
  /** Waited, asleep in the event loop or awake. */
  readonly idleMicros: number;
  readonly accounts: ScheduleAccounts | null;
}

/** Tells with every call which share of the time since the last one this thread's event loop did not wait. */
export function workMeter(): () => number {
  let last = { atMicros: nowMicros(), idleMicros: idleMicros() };
  return () => {
    const now = { atMicros: nowMicros(), idleMicros: idleMicros() };
    const share = 1 - (now.idleMicros - last.idleMicros) / (now.atMicros - last.atMicros);
    last = now;
    return Math.min(1, Math.max(0, share));
  };
}

/** How long this thread has waited, asleep in the event loop or awake. */
const idleMicros = (): number => threadIdle.idleMicros + performance.eventLoopUtilization().idle * 1e3;

export function threadMeter(): ThreadMeter {
  const offsetMicros = nowMicros() - performance.now() * 1e3;
  let window = { from: Infinity, to: Infinity };
  let look: WindowLook<Reading> | null = null;
  let total = 0;
  let max = 0;
  const observer = new PerformanceObserver(list => {
    for (const { startTime, duration } of list.getEntries()) {
      const atMicros = startTime * 1e3 + offsetMicros;
      if (atMicros < window.from || atMicros >= window.to) continue;
      total += duration * 1e3;
      max = Math.max(max, duration * 1e3);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    watch(fromHostMicros, toHostMicros) {
      window = { from: fromHostMicros, to: toHostMicros };
      look = lookThroughWindow(fromHostMicros, toHostMicros, reading);
    },
    report() {
      look?.end();
      observer.disconnect();
      return { ...figuresOf(look), gcPauseTotalMicros: total, gcPauseMaxMicros: max };
    },
  };
}

function reading(): Reading {
  return {
    cpuSeconds: ownCpuSeconds(),
    idleMicros: idleMicros(),
    accounts: ownAccounts(),
  };
}

function figuresOf(look: WindowLook<Reading> | null): Omit<ThreadReport, 'gcPauseTotalMicros' | 'gcPauseMaxMicros'> {
  const sightings = look?.sightings ?? [];
  const waits = overParts(sightings, (before, after, spanMicros) =>
    worstShare(before.accounts, after.accounts, 'waitedMicros', spanMicros),
  ).filter(share => share !== null);
  return {
    cpuSeconds: overWhole(sightings, ({ cpuSeconds: before }, { cpuSeconds: after }) =>
      before === null || after === null ? null : after - before,
    ),
    workFraction: overWhole(sightings, workBetween),
    runQueueShare: waits.length === 0 ? null : Math.max(...waits),
  };
}

/**
 * The share of the time in which the worker was inside callbacks: what is left when waiting is taken away, whether it was asleep in the
 * event loop, napped, or span. In a worker that is a process a native client's thread may be busier than that.
 */
function workBetween(before: Reading, after: Reading, spanMicros: number): number {
  const ofLoop = 1 - (after.idleMicros - before.idleMicros) / spanMicros;
  const busiest = isMainThread ? worstShare(othersOf(before), othersOf(after), 'ranMicros', spanMicros) : null;
  return Math.min(1, Math.max(0, ofLoop, busiest ?? 0));
}

/** The threads beside the event loop's, whose number is the process's. */
function othersOf({ accounts }: Reading): ScheduleAccounts {
  return new Map([...(accounts ?? [])].filter(([thread]) => !thread.endsWith(`/${process.pid}`)));
}

/**
 * CPU time of this thread; null where Node cannot tell it from the process's. A worker that has a process to itself counts all of
 * it: a client with a native addon works in threads of its own.
 */
function ownCpuSeconds(): number | null {
  if (!isMainThread && typeof process.threadCpuUsage !== 'function') return null;
  const { user, system } = isMainThread ? process.cpuUsage() : process.threadCpuUsage();
  return (user + system) / 1e6;
}
