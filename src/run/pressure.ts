/** Reads, off Linux's own figures, how much the host's CPUs were wanted and withheld: pressure, and what a hypervisor took. Pure. */

/** Total stall time since boot, the line `some` of /proc/pressure/cpu; null where it has none. */
export function parseCpuStallMicros(text: string): number | null {
  const match = /^some .*total=(\d+)/m.exec(text);
  return match === null ? null : Number(match[1]);
}

/** Time of all CPUs since boot, in the kernel's ticks. */
export interface CpuTimes {
  readonly total: number;
  /** In which they ran something. */
  readonly busy: number;
  /** In which the hypervisor ran somebody else though this host had work. */
  readonly stolen: number;
}

/** The line `cpu` of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal; guests' time is within user's. Null where it has no steal. */
export function parseCpuTimes(text: string): CpuTimes | null {
  const match = /^cpu +(.*)$/m.exec(text);
  const ticks = match?.[1]?.trim().split(/ +/).slice(0, 8).map(Number) ?? [];
  if (ticks.length < 8 || ticks.some(Number.isNaN)) return null;
  const [, , , idle, waiting, , , stolen] = ticks as [number, number, number, number, number, number, number, number];
  const total = ticks.reduce((sum, one) => sum + one, 0);
  return { total, busy: total - idle - waiting - stolen, stolen };
}

/** The share of the time between that was stolen; null where no tick has passed: such a kernel does not count. */
export function stealBetween(before: CpuTimes | null, after: CpuTimes | null): number | null {
  if (before === null || after === null || after.total <= before.total) return null;
  return (after.stolen - before.stolen) / (after.total - before.total);
}
