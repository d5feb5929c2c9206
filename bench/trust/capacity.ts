/** Shows what a search for capacity finds where the capacity is known: simulated servers, many seeds each in virtual time, or a few in real time. */
import { parseArgs } from 'node:util';
import { mean, type Probe, type SearchEnd, whole } from '../../src/index.ts';
import { formatTable } from '../peers/table.ts';
import { type Ground, knownCapacity, type KnownServer, searchKnown, servers } from './known-capacity.ts';
import { realTimeHeadings, realTimeRow } from './real-time.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    server: { type: 'string' },
    limit: { type: 'string' },
    only: { type: 'string', multiple: true, default: [''] },
    each: { type: 'boolean', default: false },
    'real-time': { type: 'boolean', default: false },
  },
});
/** In real time a server slow enough, and a limit long enough, that no host's pauses come near them. */
const usual = values['real-time'] ? { seeds: 3, server: 1_000, limit: 50 } : { seeds: 40, server: 10_000, limit: 20 };
const limitMillis = Number(values.limit ?? usual.limit);
const ground: Ground = { serverPerSecond: Number(values.server ?? usual.server), limitMicros: limitMillis * 1e3 };
const seeds = Array.from({ length: Number(values.seeds ?? usual.seeds) }, (_, i) => i + 1);
const chosen = servers.filter(({ name }) => values.only.some(part => name.includes(part)));

interface Search {
  readonly end: SearchEnd;
  readonly sustainedPerSecond: number | null;
  readonly probes: readonly Probe[];
}

async function search(server: KnownServer, seed: number): Promise<Search> {
  const probes: Probe[] = [];
  const found = await searchKnown(server, ground, { seed, probes });
  if (values.each) {
    const at = found.end.kind === 'capacity' ? found.end.estimate : null;
    const said =
      at === null ? found.end.kind : `${whole(at.perSecond)} [${whole(at.low)}, ${whole(at.high)}] by ${at.method}`;
    console.error(
      `${server.name}, seed ${seed}: ${said}, sustained ${found.sustainedPerSecond}, ${probes.length} trials`,
    );
  }
  return { ...found, probes };
}

const headings = [
  'server',
  'capacity',
  'found, mean',
  'furthest off',
  'half-width, mean',
  'interval holds it',
  'above the server’s rate',
  'soak held',
  'trials, mean',
];

async function rowOf(server: KnownServer): Promise<string[]> {
  const known = knownCapacity(server, ground);
  const searches: Search[] = [];
  for (const seed of seeds) searches.push(await search(server, seed));
  const found = searches.flatMap(({ end }) => (end.kind === 'capacity' ? [end.estimate] : []));
  const of = (count: number): string => `${count} of ${seeds.length}`;
  const furthest = found.reduce(
    (most, { perSecond }) => (Math.abs(perSecond - known) > Math.abs(most - known) ? perSecond : most),
    known,
  );
  return [
    server.name,
    whole(known),
    `${whole(mean(found.map(({ perSecond }) => perSecond)))} (${of(found.length)})`,
    percent(furthest / known - 1),
    percent(mean(found.map(({ perSecond, low, high }) => (high - low) / 2 / perSecond))),
    of(found.filter(({ low, high }) => low <= known && known <= high).length),
    of(found.filter(({ perSecond }) => perSecond > ground.serverPerSecond).length),
    of(searches.filter(({ sustainedPerSecond }) => sustainedPerSecond !== null).length),
    mean(searches.map(({ probes }) => probes.length)).toFixed(1),
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

async function virtualRows(): Promise<string[][]> {
  const rows: string[][] = [];
  for (const server of chosen) rows.push(await rowOf(server));
  return rows;
}

/** Seed by seed, so that servers meet the same hours of the host. */
async function realTimeRows(): Promise<string[][]> {
  const rows: string[][] = [];
  for (const seed of seeds) {
    for (const server of chosen) {
      const row = await realTimeRow(server, ground, seed);
      if (values.each) console.error(row.join(' | '));
      rows.push(row);
    }
  }
  return rows;
}

console.log(
  values['real-time']
    ? formatTable(realTimeHeadings, await realTimeRows())
    : formatTable(headings, await virtualRows()),
);
console.log(
  `${whole(ground.serverPerSecond)} messages/s is what each server can do; capacity: the highest rate at which ack.p99 is at most ${limitMillis} ms. Seeds 1 to ${seeds.length}.`,
);
