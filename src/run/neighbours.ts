/** Tells how much CPU others on this host used: neither Highwater nor what it has started. Linux alone. */
import { readdir, readFile } from 'node:fs/promises';
import { type CpuTimes, parseCpuTimes } from './pressure.ts';

/** A process's entry in /proc. */
export interface ProcessTimes {
  readonly id: number;
  readonly parent: number;
  /** CPU time in the kernel's ticks, of itself and of those of its children that have ended. */
  readonly ticks: number;
}

/** The text of /proc/<id>/stat; null where it is something else. The name, in brackets, may hold anything. */
export function parseProcess(text: string): ProcessTimes | null {
  const end = text.lastIndexOf(')');
  // from the third on: state, parent … utime, stime, cutime, cstime are the 14th to 17th
  const fields = text.slice(end + 2).split(' ');
  if (end < 0 || fields.length < 15) return null;
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { id: Number.parseInt(text, 10), parent: Number(fields[1]), ticks };
}

/** The ticks of a process and of all that descend from it. */
export function ticksOfTree(root: number, processes: readonly ProcessTimes[]): number {
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const ticksBelow = (id: number): number =>
    (children.get(id) ?? []).reduce((sum, child) => sum + child.ticks + ticksBelow(child.id), 0);
  return (processes.find(({ id }) => id === root)?.ticks ?? 0) + ticksBelow(root);
}

/** What Highwater's processes and all CPUs have used. */
export interface Usage {
  readonly times: CpuTimes | null;
  /** Null where processes cannot be told. */
  readonly ownTicks: number | null;
}

/** The share of the CPUs' time between two looks that others used; null where it is not known. */
export function neighboursBetween(before: Usage, after: Usage): number | null {
  if (before.times === null || after.times === null || before.ownTicks === null || after.ownTicks === null) return null;
  const total = after.times.total - before.times.total;
  if (total <= 0) return null;
  const busy = after.times.busy - before.times.busy;
  return Math.min(1, Math.max(0, (busy - (after.ownTicks - before.ownTicks)) / total));
}

/** Looks at the host's CPUs and at this process with all that it has started. */
export async function lookAtUsage(): Promise<Usage> {
  const times = parseCpuTimes(await readFile('/proc/stat', 'utf8').catch(() => ''));
  const ids = (await readdir('/proc').catch(() => [])).filter(name => /^\d+$/.test(name));
  const texts = await Promise.all(ids.map(id => readFile(`/proc/${id}/stat`, 'utf8').catch(() => '')));
  const processes = texts.map(parseProcess).filter(one => one !== null);
  return { times, ownTicks: processes.length === 0 ? null : ticksOfTree(process.pid, processes) };
}
