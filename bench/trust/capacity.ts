/** Shows what a search for capacity finds where the capacity is known: simulated servers in virtual time, many seeds each. */
import { parseArgs } from 'node:util';
import { mean, type Probe, type SearchEnd, whole } from '../../src/index.ts';
import { formatTable } from '../peers/table.ts';
import { knownCapacity, type KnownServer, searchKnown, servers } from './known-capacity.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '40' },
    server: { type: 'string', default: '10000' },
    limit: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    each: { type: 'boolean', default: false },
  },
});
const ground = { serverPerSecond: Number(values.server), limitMicros: Number(values.limit) * 1e3 };
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);

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

const rows: string[][] = [];
for (const server of servers.filter(({ name }) => name.includes(values.only))) rows.push(await rowOf(server));
console.log(formatTable(headings, rows));
console.log(
  `${whole(ground.serverPerSecond)} messages/s is what each server can do; capacity: the highest rate at which ack.p99 is at most ${values.limit} ms. Seeds 1 to ${seeds.length}.`,
);
