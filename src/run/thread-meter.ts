/** Measures what a worker spends, be it a thread or a process: CPU time and garbage collection within the measured window. */
import { PerformanceObserver } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { nowMicros } from '../support/clock.ts';
import type { ThreadReport } from './protocol.ts';

export interface ThreadMeter {
  /** Sets the measured window, on the host's clock. */
  watch(fromHostMicros: number, toHostMicros: number): void;
  /** The figures; ends the watch. */
  report(): ThreadReport;
}

export function threadMeter(): ThreadMeter {
  const timers: NodeJS.Timeout[] = [];
  const offsetMicros = nowMicros() - performance.now() * 1e3;
  let window = { from: Infinity, to: Infinity };
  let cpuAtStart: number | null = null;
  let cpuAtEnd: number | null = null;
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
      const inMillis = (atMicros: number): number => Math.max(0, (atMicros - nowMicros()) / 1e3);
      timers.push(setTimeout(() => (cpuAtStart = ownCpuSeconds()), inMillis(fromHostMicros)));
      timers.push(setTimeout(() => (cpuAtEnd = ownCpuSeconds()), inMillis(toHostMicros)));
    },
    report() {
      for (const timer of timers) clearTimeout(timer);
      observer.disconnect();
      const end = cpuAtEnd ?? ownCpuSeconds();
      return {
        cpuSeconds: cpuAtStart === null || end === null ? null : end - cpuAtStart,
        gcPauseTotalMicros: total,
        gcPauseMaxMicros: max,
      };
    },
  };
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
