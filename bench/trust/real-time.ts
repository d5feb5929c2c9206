/** Searches for a capacity that is known by arithmetic in real time: the program itself, its threads, and the simulated driver. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type CapacityResult, type Result, whole } from '../../src/index.ts';
import { type Ground, knownCapacity, type KnownServer } from './known-capacity.ts';

/** The search as a scenario: one lane, small messages, so that the host has little to do beside keeping time. */
function scenarioOf({ arrivals, service }: KnownServer, { serverPerSecond, limitMicros }: Ground): object {
  const serviceTime = `${Math.round(1e6 / serverPerSecond)}us`;
  return {
    name: 'known-capacity',
    driver: 'simulated',
    topic: { partitions: 1 },
    load: { rate: `${serverPerSecond / 2}/s`, arrivals, warmup: '2s', measure: '20s' },
    messages: { size: 100 },
    simulated: { serviceTime: service === 'fixed' ? serviceTime : { exponential: serviceTime }, servers: 1 },
    checks: [{ metric: 'ack.p99', max: `${limitMicros}us` }],
    capacity: { from: `${serverPerSecond / 2}/s`, resolution: '2%', budget: '20m', soak: '0s' },
  };
}

/** Runs one search of about eight minutes; its files are gone afterwards. */
async function searchInRealTime(server: KnownServer, ground: Ground, seed: number): Promise<CapacityResult> {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-known-capacity-'));
  try {
    const scenario = join(folder, 'scenario.yaml');
    // JSON is YAML
    await writeFile(scenario, JSON.stringify(scenarioOf(server, ground)));
    const program = join(import.meta.dirname, '..', 'highwater.js');
    const args = [program, 'capacity', scenario, '--json', '--out', folder, '--seed', String(seed)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [printed, told] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const { capacity = null } = printed === '' ? {} : (JSON.parse(printed) as Partial<Result>);
    if (capacity === null) throw new Error(`${server.name}, seed ${seed}: no search was made.\n${told.slice(-2_000)}`);
    return capacity;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const realTimeHeadings = [
  'server',
  'seed',
  'capacity',
  'found',
  '95 % interval',
  'off by',
  'holds it',
  'method',
  'trials',
  'of them generator-bound',
];

/** One search as a line of the table: a number only where the search confirmed one. */
export async function realTimeRow(server: KnownServer, ground: Ground, seed: number): Promise<string[]> {
  const known = knownCapacity(server, ground);
  const { kind, estimate, low, high, method, probes } = await searchInRealTime(server, ground, seed);
  const bound = probes.filter(({ verdict }) => verdict === 'limited' || verdict === 'undecided').length;
  const figures =
    kind === 'capacity' && estimate !== null && low !== null && high !== null
      ? [
          whole(estimate),
          `${whole(low)} to ${whole(high)}`,
          `${((estimate / known - 1) * 100).toFixed(2)} %`,
          (low <= known && known <= high ? 'yes' : 'NO') +
            (estimate > ground.serverPerSecond ? ', ABOVE THE SERVER’S RATE' : ''),
          method ?? '–',
        ]
      : [withoutNumber(kind, low, bound), '–', '–', '–', '–'];
  return [server.name, String(seed), whole(known), ...figures, String(probes.length), String(bound)];
}

/** What is said where the search gave no capacity: mostly that this host disturbed it. */
function withoutNumber(kind: CapacityResult['kind'], low: number | null, bound: number): string {
  if (kind === 'at-least') return `generator-bound: at least ${whole(low ?? 0)}`;
  return bound > 0 ? 'generator-bound' : kind;
}
