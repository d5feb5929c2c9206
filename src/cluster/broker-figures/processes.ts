/** Reads the figures of brokers that run as this program's children, and of this host, off /proc. Linux alone. */
import { readFile, readlink, stat, statfs } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { basename } from 'node:path';
import { nowMicros } from '../../support/clock.ts';
import type { Reading } from './reading.ts';
import type { BrokerFigures } from './source.ts';

/** The kernel tells CPU time in these to all programs (USER_HZ). */
const ticksPerSecond = 100;
const hostName = 'this host';

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

/** utime and stime, the 14th and 15th field of /proc/<id>/stat; the name, in brackets, may hold anything. Undefined for other texts. */
export function processCpuSeconds(stat: string): number | undefined {
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  return end < 0 || fields.length < 13 ? undefined : (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** `VmRSS:     1024 kB` and the like → bytes; undefined where there is no such line. */
export function kilobytesIn(text: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
  return match === null ? undefined : Number(match[1]) * 1_024;
}

/** `write_bytes: 4096` of /proc/<id>/io; undefined where there is no such line. */
function bytesIn(text: string, name: string): number | undefined {
  const match = new RegExp(`^${name}: (\\d+)$`, 'm').exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** Time in which all CPUs ran something: of /proc/stat's line `cpu` without idle, iowait and steal; guests' time is within user's. */
export function busyCpuSeconds(stat: string): number | undefined {
  const ticks = /^cpu +(.*)$/m.exec(stat)?.[1]?.split(/ +/).map(Number);
  if (ticks === undefined || ticks.length < 7) return undefined;
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = ticks;
  return (user + nice + system + irq + softirq) / ticksPerSecond;
}

/** A device in /proc/diskstats: the time for which it had requests is the tenth figure after its name, in ms. Undefined where it is not listed. */
export function diskBusySeconds(
  diskstats: string,
  major: number,
  minor: number,
): readonly [string, number] | undefined {
  for (const line of diskstats.split('\n')) {
    const [ofMajor, ofMinor, name = '', ...figures] = line.trim().split(/ +/);
    if (Number(ofMajor) === major && Number(ofMinor) === minor && figures.length >= 10) {
      return [name, Number(figures[9]) / 1e3];
    }
  }
  return undefined;
}

type Known = Record<string, number>;

const known = (figures: Readonly<Record<string, number | undefined>>): Known =>
  Object.fromEntries(Object.entries(figures).filter((entry): entry is [string, number] => entry[1] !== undefined));

/** A broker's process; null where it is gone. Its working folder is its own, which holds its data. */
async function brokerOf(pid: number): Promise<{ readonly reading: Reading; readonly folder: string } | null> {
  const [folder, status, cpu, io] = await Promise.all([
    readlink(`/proc/${pid}/cwd`).catch(() => ''),
    textOf(`/proc/${pid}/status`),
    textOf(`/proc/${pid}/stat`),
    textOf(`/proc/${pid}/io`),
  ]);
  const atMicros = nowMicros();
  const cpuSeconds = processCpuSeconds(cpu);
  const residentBytes = kilobytesIn(status, 'VmRSS');
  // a process that has ended and was not collected yet has no memory
  if (cpuSeconds === undefined || residentBytes === undefined) return null;
  const reading: Reading = {
    of: 'broker',
    name: basename(folder),
    host: hostName,
    life: String(pid),
    atMicros,
    cores: availableParallelism(),
    totals: known({ cpuSeconds, writtenBytes: bytesIn(io, 'write_bytes'), readBytes: bytesIn(io, 'read_bytes') }),
    levels: known({ residentBytes }),
  };
  return { reading, folder };
}

/** This host, with the disk that holds a folder. */
async function thisHost(folder: string | undefined): Promise<Reading> {
  const [cpu, memory, disks, entry, space] = await Promise.all([
    textOf('/proc/stat'),
    textOf('/proc/meminfo'),
    textOf('/proc/diskstats'),
    folder === undefined ? undefined : stat(folder).catch(() => undefined),
    folder === undefined ? undefined : statfs(folder).catch(() => undefined),
  ]);
  const disk = entry === undefined ? undefined : diskBusySeconds(disks, ...deviceOf(entry.dev));
  return {
    of: 'host',
    name: hostName,
    host: hostName,
    life: '',
    atMicros: nowMicros(),
    cores: cpus().length,
    totals: known({ cpuSeconds: busyCpuSeconds(cpu) }),
    levels: known({
      dirtyBytes: kilobytesIn(memory, 'Dirty'),
      writebackBytes: kilobytesIn(memory, 'Writeback'),
      freeBytes: space === undefined ? undefined : space.bavail * space.bsize,
    }),
    ...(disk === undefined ? {} : { diskBusySeconds: { [disk[0]]: disk[1] } }),
  };
}

/** The major and minor number in Linux's `dev_t`, of which the minor's low 8 bits stand below the major's low 12. */
export const deviceOf = (dev: number): [major: number, minor: number] => [
  Math.floor(dev / 256) % 4_096,
  (dev % 256) + Math.floor(dev / 2 ** 20) * 256,
];

/** Looks at the processes that are the brokers' at that moment: one that was started anew has another number. */
export function readProcesses(processIds: () => readonly number[]): BrokerFigures {
  return {
    kind: 'process',
    async look() {
      const ids = processIds();
      const brokers = (await Promise.all(ids.map(brokerOf))).filter(one => one !== null);
      const host = await thisHost(brokers[0]?.folder);
      return { readings: [...brokers.map(({ reading }) => reading), host], missed: ids.length - brokers.length };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
