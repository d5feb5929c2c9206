/** Reads Linux's pressure-stall information: how long something had to wait for a CPU. */
import { readFile } from 'node:fs/promises';

/** Total stall time in µs since boot, the line `some` of /proc/pressure/cpu; null where the system has none. */
export async function cpuStallMicros(): Promise<number | null> {
  try {
    const match = /^some .*total=(\d+)/m.exec(await readFile('/proc/pressure/cpu', 'utf8'));
    return match ? Number(match[1]) : null;
  } catch {
    return null;
  }
}
