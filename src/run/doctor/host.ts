/** Looks at the host's processors, clock and memory. Linux tells most of it; other systems less. */
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { systemFact } from '../environment.ts';
import { lookAtUsage, neighboursBetween } from '../neighbours.ts';
import { stealBetween } from '../pressure.ts';
import { virtualisation as virtualisationOf } from '../virtualisation.ts';
import { type Check, type Diagnosis, gibibytes, notTold, ok, unknown, warn } from './diagnosis.ts';

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** Read in the kernel, by each call: tens of times slower than what processors count themselves. */
const slowClocks = ['hpet', 'acpi_pm', 'jiffies', 'xen', 'refined-jiffies'];

/** What a clock source is worth. */
export function judgeClockSource(source: string | null): Diagnosis {
  if (source === null) return unknown(notTold);
  return slowClocks.includes(source)
    ? warn(
        `${source}: each look at the time is a call into the kernel`,
        'Boot with clocksource=tsc where the processor’s counter is stable.',
      )
    : ok(source);
}

export const clockSource: Check = {
  name: 'clock source',
  look: async () =>
    judgeClockSource(await systemFact('/sys/devices/system/clocksource/clocksource0/current_clocksource')),
};

/** What the governors of all processors are worth. */
export function judgeGovernors(governors: readonly string[]): Diagnosis {
  if (governors.length === 0) return unknown(`${notTold}; in a virtual machine the host decides`);
  const names = [...new Set(governors)].toSorted().join(', ');
  if (names === 'performance') return ok(names);
  return warn(
    `${names}: clocks rise with the load, and latency falls with them`,
    'Choose performance: cpupower frequency-set -g performance.',
  );
}

export const governor: Check = {
  name: 'cpu governor',
  look: async () => {
    const read = cpus().map((_, i) => systemFact(`/sys/devices/system/cpu/cpu${i}/cpufreq/scaling_governor`));
    return judgeGovernors((await Promise.all(read)).filter(one => one !== null));
  },
};

/** Generator, client and broker want one each, and somebody answers the rest. */
const enoughCores = 4;

/** What so many processors are worth. */
export function judgeCores(available: number): Diagnosis {
  if (available >= enoughCores) return ok(String(available));
  return warn(
    `${available}: generator and local brokers will stand in line for them`,
    `Compare cells and quote no absolute values, or put brokers elsewhere (--brokers); ${enoughCores} or more are better.`,
  );
}

export const cores: Check = { name: 'cores', look: async () => judgeCores(availableParallelism()) };

const fewestFreeBytes = 2 ** 30;

/** What the free memory is worth: MemAvailable, which counts what caches would give back. */
export function judgeMemory(availableBytes: number, totalBytes: number): Diagnosis {
  const found = `${gibibytes(availableBytes)} of ${gibibytes(totalBytes)} available`;
  if (availableBytes >= fewestFreeBytes) return ok(found);
  return warn(
    found,
    'End what else runs there: the heap of each local broker may take 0.5 GiB, and its files want caches.',
  );
}

const kibibytesIn = (text: string | null, name: string): number | null => {
  const match = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text ?? '');
  return match === null ? null : Number(match[1]) * 1024;
};

export const memory: Check = {
  name: 'memory',
  look: async () =>
    judgeMemory(kibibytesIn(await systemFact('/proc/meminfo'), 'MemAvailable') ?? freemem(), totalmem()),
};

/** Memory that was written out is read back at some message’s expense. Input is /proc/meminfo. */
export function judgeSwap(meminfo: string | null): Diagnosis {
  const total = kibibytesIn(meminfo, 'SwapTotal');
  const free = kibibytesIn(meminfo, 'SwapFree');
  if (total === null || free === null) return unknown(notTold);
  if (total === 0) return ok('none');
  const used = total - free;
  const found = `${gibibytes(used)} of ${gibibytes(total)} in use`;
  return used < 2 ** 26 ? ok(found) : warn(found, 'Turn it off while measuring (swapoff -a), or free memory.');
}

export const swap: Check = { name: 'swap', look: async () => judgeSwap(await systemFact('/proc/meminfo')) };

export const virtualisation: Check = {
  name: 'virtualisation',
  look: async () => {
    const layers = await virtualisationOf();
    if (layers === null) return unknown(notTold);
    return ok(layers === 'none' ? 'none' : `${layers}: figures compare with those of its like alone`);
  },
};

const watchMillis = 500;
const fewSteal = 0.01;
const fewOthers = 0.1;

export const steal: Check = {
  name: 'steal',
  look: async () => {
    const before = await lookAtUsage();
    await pause(watchMillis);
    const share = stealBetween(before.times, (await lookAtUsage()).times);
    if (share === null) return unknown(notTold);
    const found = `${percent(share)} of ${watchMillis / 1e3} s taken by the hypervisor`;
    return share <= fewSteal ? ok(found) : warn(found, 'Use a host of your own, or one that does not share its cores.');
  },
};

export const others: Check = {
  name: 'others',
  look: async () => {
    const before = await lookAtUsage();
    await pause(watchMillis);
    const share = neighboursBetween(before, await lookAtUsage());
    if (share === null) return unknown(notTold);
    const found = `other processes used ${percent(share)} of all cores`;
    return share <= fewOthers ? ok(found) : warn(found, 'End what else runs there while measuring.');
  },
};
