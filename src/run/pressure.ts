/** Measures, by Linux's pressure-stall information, how long something had to wait for a CPU. */
import { readFile } from 'node:fs/promises';
import { nowMicros } from '../support/clock.ts';

/** Total stall time in µs since boot, the line `some` of /proc/pressure/cpu; null where the system has none. */
async function cpuStallMicros(): Promise<number | null> {
  try {
    const match = /^some .*total=(\d+)/m.exec(await readFile('/proc/pressure/cpu', 'utf8'));
    return match ? Number(match[1]) : null;
  } catch {
    return null;
  }
}

/** Measures the share of the window in which something waited for a CPU. */
export function watchPressure(
  startMicros: number,
  { warmupMicros, measureMicros }: { readonly warmupMicros: number; readonly measureMicros: number },
): { share(): Promise<number | null> } {
  const sampleAt = (atMicros: number): Promise<number | null> =>
    new Promise(resolve => {
      const timer = setTimeout(() => resolve(cpuStallMicros()), Math.max(0, (atMicros - nowMicros()) / 1e3));
      timer.unref();
    });
  const from = sampleAt(startMicros + warmupMicros);
  const to = sampleAt(startMicros + warmupMicros + measureMicros);
  return {
    async share() {
      if (nowMicros() < startMicros + warmupMicros + measureMicros) return null;
      const [stalledBefore, stalledAfter] = await Promise.all([from, to]);
      return stalledBefore === null || stalledAfter === null ? null : (stalledAfter - stalledBefore) / measureMicros;
    },
  };
}
