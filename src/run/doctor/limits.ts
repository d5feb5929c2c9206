/** Looks at what the system allows: space on disks, open files, and how finely time passes. */
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { nowMicros } from '../../support/clock.ts';
import { type Check, type Diagnosis, fail, gibibytes, notTold, ok, unknown, warn } from './diagnosis.ts';

const tooLittleBytes = 2 ** 28;
const littleBytes = 5 * 2 ** 30;

/** What so much free space is worth. */
export function judgeSpace(folder: string, freeBytes: number, variable: string): Diagnosis {
  const found = `${gibibytes(freeBytes)} free for ${folder}`;
  const remedy = `Free some, or choose another disk with ${variable}.`;
  if (freeBytes < tooLittleBytes) return fail(found, remedy);
  return freeBytes < littleBytes
    ? warn(`${found}: a local broker at full rate fills that within minutes`, remedy)
    : ok(found);
}

/** Free bytes on the disk of a folder, or of the nearest one above it that exists. */
async function freeBytesAt(folder: string): Promise<number> {
  const stats = await statfs(folder).catch(() => null);
  if (stats !== null) return stats.bavail * stats.bsize;
  const above = dirname(folder);
  return above === folder ? 0 : freeBytesAt(above);
}

export const reportsDisk: Check = {
  name: 'disk of reports',
  look: async ({ reports }) => judgeSpace(reports, await freeBytesAt(resolve(reports)), '--out'),
};

export const temporaryDisk: Check = {
  name: 'disk of brokers',
  look: async () => judgeSpace(tmpdir(), await freeBytesAt(tmpdir()), 'TMPDIR'),
};

const fewFiles = 4_096;
const tooFewFiles = 256;

/** What so many files and sockets are worth; null where the system does not tell. */
export function judgeOpenFiles(limit: number | null): Diagnosis {
  if (limit === null) return unknown(notTold);
  const found = limit === Infinity ? 'unlimited' : String(limit);
  if (limit < tooFewFiles) return fail(found, `Raise it: ulimit -n ${fewFiles}.`);
  return limit < fewFiles
    ? warn(
        `${found}: brokers hold two files for each partition, clients a socket for each broker`,
        `Raise it: ulimit -n 65536.`,
      )
    : ok(found);
}

/** Of this process, as Node has set it: to the hard limit. */
function openFilesLimit(): number | null {
  // @types/node does not know the flag yet
  const report = process.report as typeof process.report & { excludeNetwork: boolean };
  const before = report.excludeNetwork;
  report.excludeNetwork = true; // names of hosts would be looked up
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft: number | string } } };
  report.excludeNetwork = before;
  const soft = userLimits?.open_files?.soft;
  return soft === undefined ? null : soft === 'unlimited' ? Infinity : Number(soft);
}

export const openFiles: Check = { name: 'open files', look: async () => judgeOpenFiles(openFilesLimit()) };

const timerRounds = 100;
const fineMicros = 2_500;
const percentileOf = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** What so late timers are worth. Highwater spins for the last 2.2 ms, so that later ones alone delay a message. */
export function judgeTimers(lateMicros: readonly number[], stepMicros: number): Diagnosis {
  const sorted = lateMicros.toSorted((a, b) => a - b);
  const [p50, p99] = [percentileOf(sorted, 0.5), percentileOf(sorted, 0.99)];
  const millis = (micros: number): string => `${(micros / 1e3).toFixed(2)} ms`;
  const found = `a timer of 1 ms is ${millis(p50)} late at p50, ${millis(p99)} at p99; the clock’s step is ${stepMicros.toFixed(2)} µs`;
  if (stepMicros > 50) return warn(found, 'Let programs see the time finely: the clock is too coarse for latencies.');
  return p99 <= fineMicros
    ? ok(found)
    : warn(found, 'End what else runs there, or give this program a core of its own.');
}

/** The least step that the clock makes. */
function clockStepMicros(): number {
  let least = Infinity;
  for (let i = 0, last = nowMicros(); i < 10_000; i++) {
    const now = nowMicros();
    if (now > last) least = Math.min(least, now - last);
    last = now;
  }
  return least;
}

export const timers: Check = {
  name: 'timers',
  look: async () => {
    const late: number[] = [];
    for (let i = 0; i < timerRounds; i++) {
      const before = nowMicros();
      await pause(1);
      late.push(Math.max(0, nowMicros() - before - 1_000));
    }
    return judgeTimers(late, clockStepMicros());
  },
};
