/** Turns what a run recorded of its scenario and its surroundings into the facts that decide whether two runs can be compared. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isMap, readResolved, type ScenarioDocument, sorted } from './resolved.ts';
import type { StoredRun } from './read.ts';

const TextOrNone = z.string().nullable().describe('null where the run did not record it');

/** The parts of a host class, as people call them. */
const HostClass = z.strictObject({
  CPU: TextOrNone,
  cores: TextOrNone,
  memory: TextOrNone,
  OS: TextOrNone,
  virtualisation: TextOrNone,
  cluster: TextOrNone.describe('what runs the brokers: local, compose, external; simulated where nothing does'),
});

/** What a run was made of. */
export const Fingerprint = z.strictObject({
  scenarioHash: z.string().nullable().describe('of `scenario`; null where the run’s folder lacks resolved.yaml'),
  scenario: z.record(z.string(), z.unknown()).nullable().describe('the settings that decide what is measured'),
  levels: z.record(z.string(), z.unknown()).describe('the matrix’s named levels, by factor and name'),
  hostClass: HostClass,
  hostClassId: z.string().describe('a name of the host class that can be a folder'),
  versions: z.record(z.string(), z.string()).describe('of Highwater, Node, the kernel, Kafka and the clients'),
  brokerConfig: z
    .record(z.string(), z.string())
    .describe('broker settings that are not Kafka’s own defaults, and the simulated broker’s'),
});
export type Fingerprint = z.infer<typeof Fingerprint>;

/** Settings that name, order or judge what is measured, and do not change it. */
const aside: ReadonlySet<string> = new Set([
  'name',
  'question',
  'tags',
  'seed',
  'repeat',
  'checks',
  'compare',
  'capacity',
  'sizing',
  // cells are matched one by one: a level more must not make the others incomparable
  'matrix',
  'combine',
  'exclude',
  // the broker that is measured, as its version is
  'simulated',
]);

/** Reads a run's fingerprint. */
export async function fingerprintOf({ folder, environment }: StoredRun): Promise<Fingerprint> {
  const resolved = await readResolved(folder);
  const scenario = resolved === null ? null : measuredSettings(resolved);
  const hostClass = hostClassOf(environment);
  return {
    scenarioHash: scenario === null ? null : hashOf(scenario),
    scenario,
    levels: resolved === null ? {} : namedLevels(resolved),
    hostClass,
    hostClassId: idOf(hostClass),
    versions: versionsOf(environment),
    brokerConfig: { ...brokerConfigOf(environment), ...simulatedConfigOf(resolved) },
  };
}

/** A short hash that does not depend on the order of keys. */
function hashOf(document: ScenarioDocument): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(document)))
    .digest('hex')
    .slice(0, 12);
}

function measuredSettings(resolved: ScenarioDocument): Record<string, unknown> {
  const kept = Object.entries(resolved).filter(([key]) => !aside.has(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, measuredPart(key, value)]));
}

/** Versions are named where they differ, and addresses are nobody's property: neither makes another scenario. */
function measuredPart(key: string, value: unknown): unknown {
  if (key === 'driver') return withoutVersion(value);
  if (!isMap(value)) return value;
  switch (key) {
    case 'producers':
      return withDriver(value);
    case 'consumers':
      return Object.fromEntries(Object.entries(value).map(([name, group]) => [name, withDriver(group)]));
    case 'cluster':
      return measuredCluster(value);
    default:
      return value;
  }
}

const withoutVersion = (driver: unknown): unknown => (typeof driver === 'string' ? driver.split('@')[0] : driver);
const withDriver = (side: unknown): unknown =>
  isMap(side) && 'driver' in side ? { ...side, driver: withoutVersion(side['driver']) } : side;

function measuredCluster(cluster: ScenarioDocument): unknown {
  const { local, security } = cluster;
  const { version: _, ...rest } = isMap(local) ? local : {};
  return { ...(isMap(local) ? { local: rest } : {}), ...(security === undefined ? {} : { security }) };
}

/** A factor whose levels are named sets of values: the names stand in cells' ids, the values only here. */
function namedLevels({ matrix }: ScenarioDocument): Record<string, unknown> {
  if (!isMap(matrix)) return {};
  const named = Object.entries(matrix).filter(([, levels]) => isMap(levels)) as [string, ScenarioDocument][];
  return Object.fromEntries(
    named.flatMap(([factor, levels]) => Object.entries(levels).map(([name, values]) => [`${factor}.${name}`, values])),
  );
}

/** The class of hosts that a run's environment tells of. */
export function hostClassOf(environment: StoredRun['environment']): Fingerprint['hostClass'] {
  const { cpu, cores, memoryBytes, os, virtualisation, cluster } = environment;
  const [system, ...rest] = typeof os === 'string' ? os.split(' ') : [];
  const clusterKind = isMap(cluster) ? textOrNone(cluster['kind']) : 'simulated';
  return {
    CPU: textOrNone(cpu),
    cores: textOrNone(cores),
    memory: typeof memoryBytes === 'number' ? `${Math.round(memoryBytes / 2 ** 30)} GiB` : null,
    OS: system === undefined ? null : [system, ...rest.slice(-1)].join(' '),
    virtualisation: textOrNone(virtualisation),
    cluster: Object.keys(environment).length === 0 ? null : clusterKind,
  };
}

const textOrNone = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null;

/** `amd-epyc-2c-24g-linux-x64-kvm-local`. */
function idOf({ CPU, cores, memory, OS, virtualisation, cluster }: Fingerprint['hostClass']): string {
  const parts = [CPU, cores && `${cores}c`, memory?.replace(' GiB', 'g'), OS, virtualisation, cluster];
  const plain = parts
    .flatMap(part => part ?? [])
    .join('-')
    .toLowerCase()
    .replaceAll(/\((r|tm)\)/g, '');
  return (
    plain
      .replaceAll(/[^a-z0-9.]+/g, '-')
      .replaceAll(/^[-.]+|[-.]+$/g, '')
      .slice(0, 120) || 'unknown'
  );
}

function versionsOf({ highwater, node, os, cluster, clients }: StoredRun['environment']): Record<string, string> {
  const kernel = typeof os === 'string' ? os.split(' ').slice(1, -1).join(' ') : '';
  const all = {
    Highwater: highwater,
    Node: node,
    kernel: kernel === '' ? undefined : kernel,
    Kafka: isMap(cluster) ? cluster['kafkaVersion'] : undefined,
    ...(isMap(clients) ? clients : {}),
    // a part of Highwater
    simulated: undefined,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** What the brokers set for themselves. */
export function brokerConfigOf({ cluster }: StoredRun['environment']): Record<string, string> {
  const config = isMap(cluster) ? cluster['brokerConfig'] : undefined;
  return Object.fromEntries(Object.entries(isMap(config) ? config : {}).map(([name, value]) => [name, String(value)]));
}

/** The simulated broker's settings, as if they were a broker's. */
function simulatedConfigOf(resolved: ScenarioDocument | null): Record<string, string> {
  const settings = resolved?.['simulated'];
  const entries = Object.entries(isMap(settings) ? settings : {});
  return Object.fromEntries(
    entries.map(([name, value]) => [`simulated.${name}`, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
