/** Builds runs that searched for a capacity: a cluster whose latency follows the law of M/M/1, and the trials that a search makes of it. */
import { capacityResult } from '../../src/capacity/document.ts';
import type { Probe, ProbeRequest } from '../../src/capacity/probe.ts';
import { searchCapacity, type SearchSettings } from '../../src/capacity/search.ts';
import { sizeFrom } from '../../src/capacity/size-from.ts';
import type { CapacityResult } from '../../src/results/capacity.ts';
import type { StoredRun } from '../../src/results/read.ts';
import { aProbe } from '../capacity/probes.ts';
import { aRun, aRunTrial } from './trial.ts';
import { normals } from './noise.ts';

/** What a searched cluster is like; a test names what it is about. */
export interface SearchedLike {
  readonly cell?: string;
  /** What it can do at all. */
  readonly serverPerSecond?: number;
  /** Beyond this rate the generator is the limit. */
  readonly generatorPerSecond?: number;
  readonly settings?: Partial<SearchSettings>;
  /** Of each trial that is made. */
  readonly probe?: Partial<Probe>;
  readonly hottestShare?: number | null;
}

const limitMicros = 20_000;

export const searchSettings: SearchSettings = {
  fromPerSecond: 1_000,
  resolution: 0.02,
  budgetMicros: 3_600e6,
  soakMicros: 120e6,
  bracketMicros: 12e6,
  measureMicros: 20e6,
  overheadMicros: 5e6,
  seed: 7,
};

/** p99 of M/M/1 is ln 100/(μ − r), from trial to trial by chance 5 % more or less. */
function clusterLike({ serverPerSecond = 10_000, generatorPerSecond = Infinity, probe }: SearchedLike) {
  const normal = normals(11);
  return async ({ ratePerSecond, measureMicros, stage }: ProbeRequest): Promise<Probe> => {
    const isOverloaded = ratePerSecond >= serverPerSecond;
    const ackedShare = Math.min(1, serverPerSecond / ratePerSecond);
    const micros = isOverloaded ? 2e6 : (Math.log(100) / (serverPerSecond - ratePerSecond)) * 1e6;
    const value = micros * Math.exp(0.05 * normal());
    const missed = [
      ...(ackedShare < 0.99 ? [{ code: 'acknowledged-late', share: ackedShare } as const] : []),
      ...(value > limitMicros
        ? [{ code: 'check', metric: 'ack.p99', group: null, value, min: null, max: limitMicros } as const]
        : []),
    ];
    const verdict = ratePerSecond > generatorPerSecond ? 'limited' : missed.length > 0 ? 'exceeded' : 'sustained';
    return aProbe({
      stage,
      ratePerSecond,
      measureMicros,
      tookMicros: measureMicros + 5e6,
      verdict,
      missed,
      latencyShare: value / limitMicros,
      ackedPerSecond: Math.min(ratePerSecond, serverPerSecond),
      ...probe,
    });
  };
}

/** The search's part of the result document, sized for 500 MB/s. */
export async function aSearched(like: SearchedLike = {}): Promise<CapacityResult> {
  const settings = { ...searchSettings, ...like.settings };
  const probes: Probe[] = [];
  const found = await searchCapacity(settings, clusterLike(like), probes);
  const demands = [{ metric: 'ack.p99', group: null, min: null, max: limitMicros }];
  const cell = like.cell ?? 'one';
  const document = capacityResult({ cell, settings, demands, bytesPerMessage: 1_000, probes, found, sizing: null });
  return { ...document, sizing: sizeFrom(aRequest, { ...document, hottestShare: like.hottestShare ?? null }) };
}

const aRequest: Parameters<typeof sizeFrom>[0] = {
  target: {
    bytesPerSecond: 500e6,
    retentionSeconds: 3 * 86_400,
    replication: 3,
    readers: 1,
    parallelism: 6,
    headroom: 0.3,
    spareBrokers: 1,
    seed: 1,
  },
  rates: { producedBytesPerSecond: null, consumedBytesPerSecond: null },
  resources: {
    diskBytesPerSecond: { value: 500e6, spread: 0 },
    volumeBytesPerSecond: null,
    networkBytesPerSecond: null,
    diskBytes: 8e12,
    cores: null,
    cpuSecondsPerByte: null,
  },
  partitions: 6,
  isConsumed: true,
};

/** A run that made these searches, one for each cell, as it would be read back: a trial of each rate that was tried. */
export function aSearchRun(searches: readonly CapacityResult[], over: Partial<StoredRun['header']> = {}): StoredRun {
  const trials = searches.map(({ cell, probes }) => [cell, probes.map((_, i) => aRunTrial({ cell, block: i + 1 }))]);
  const run = aRun(Object.fromEntries(trials) as Parameters<typeof aRun>[0], {
    name: 'how-much',
    question: 'What is the highest rate at which 99 % of messages are acknowledged within 20 ms?',
    repeat: 1,
    order: [],
    cells: searches.map(({ cell }) => ({ id: cell, label: searches.length > 1 ? cell : '', factors: {} })),
    ...over,
  });
  return { ...run, folder: 'reports/how-much/run', searches: [...searches] };
}
