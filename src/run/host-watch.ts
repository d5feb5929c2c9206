/** Watches the host through the measured window: pressure on its CPUs, quotas that ran out, time that a hypervisor took. */
import { readFile } from 'node:fs/promises';
import { readThrottling, throttledBetween } from './cgroup.ts';
import type { GeneratorMeasurement } from './measurement.ts';
import { lookAtUsage, neighboursBetween } from './neighbours.ts';
import { parseCpuStallMicros, stealBetween } from './pressure.ts';
import { lookThroughWindow, overParts, overWhole, type Sighting } from './window-parts.ts';

export type HostFigures = Pick<
  GeneratorMeasurement,
  'cpuPressure' | 'cpuPressureAvg10' | 'neighbourShare' | 'throttledShare' | 'stealShare'
>;

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

async function lookAtHost() {
  const [pressure, usage, throttling] = await Promise.all([
    textOf('/proc/pressure/cpu'),
    lookAtUsage(),
    readThrottling(),
  ]);
  return { stalledMicros: parseCpuStallMicros(pressure), usage, throttling };
}

/** Begins to watch; the figures are those of the window, or of what the trial has had of it. */
export function watchHost(
  startMicros: number,
  { warmupMicros, measureMicros }: { readonly warmupMicros: number; readonly measureMicros: number },
): { figures(): Promise<HostFigures> } {
  const fromMicros = startMicros + warmupMicros;
  const look = lookThroughWindow(fromMicros, fromMicros + measureMicros, lookAtHost);
  return {
    async figures() {
      look.end();
      return hostFigures(await Promise.all(look.sightings.map(seenAt)));
    },
  };
}

type Seen = Awaited<ReturnType<typeof lookAtHost>>;

const seenAt = async ({ atMicros, seen }: Sighting<Promise<Seen>>): Promise<Sighting<Seen>> => ({
  atMicros,
  seen: await seen,
});

function hostFigures(sightings: readonly Sighting<Seen>[]): HostFigures {
  const pressure = (before: Seen, after: Seen, spanMicros: number): number | null =>
    before.stalledMicros === null || after.stalledMicros === null
      ? null
      : Math.min(1, (after.stalledMicros - before.stalledMicros) / spanMicros);
  const ofParts = overParts(sightings, pressure).filter(share => share !== null);
  return {
    cpuPressure: overWhole(sightings, pressure),
    cpuPressureAvg10: ofParts.length === 0 ? null : Math.max(...ofParts),
    neighbourShare: overWhole(sightings, (before, after) => neighboursBetween(before.usage, after.usage)),
    throttledShare: overWhole(sightings, (before, after) => throttledBetween(before.throttling, after.throttling)),
    stealShare: overWhole(sightings, (before, after) => stealBetween(before.usage.times, after.usage.times)),
  };
}
