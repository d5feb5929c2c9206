/** Says how often the control groups of this process, in either version, kept it from its CPUs because a quota was used up. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A control group's account of its quota. */
export interface Throttling {
  readonly periods: number;
  readonly throttled: number;
}

/**
 * The folders that hold `cpu.stat` of the process's control group and of those around it, whose quotas bind it too; innermost first.
 * Input is /proc/self/cgroup. Inside a container its path may be the host's: the hierarchy's root, which stands there for the container's own group, is always tried.
 */
export function cgroupFolders(text: string): string[] {
  const root = '/sys/fs/cgroup';
  const found = text
    .trim()
    .split('\n')
    .flatMap(line => {
      const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      if (controllers === '') return foldersUpTo(root, path);
      if (!controllers.split(',').includes('cpu')) return [];
      return [...foldersUpTo(join(root, controllers), path), ...foldersUpTo(join(root, 'cpu'), path)];
    });
  return [...new Set(found)];
}

function foldersUpTo(hierarchy: string, path: string): string[] {
  const folders: string[] = [];
  for (let at = join('/', path); ; at = dirname(at)) {
    folders.push(join(hierarchy, at).replace(/\/$/, ''));
    if (at === '/') return folders;
  }
}

/** The text of a group's `cpu.stat`. The outermost group has no quota, and its file does not speak of one: never throttled. */
export function parseCpuStat(text: string): Throttling | null {
  const value = (name: string): number | null => {
    const match = new RegExp(`^${name} (\\d+)$`, 'm').exec(text);
    return match === null ? null : Number(match[1]);
  };
  const periods = value('nr_periods');
  const throttled = value('nr_throttled');
  if (periods !== null && throttled !== null) return { periods, throttled };
  return value('usage_usec') === null ? null : { periods: 0, throttled: 0 };
}

/** The accounts of this process's groups, by folder; null where none can be read. */
export async function readThrottling(): Promise<ReadonlyMap<string, Throttling> | null> {
  const membership = await readFile('/proc/self/cgroup', 'utf8').catch(() => '');
  const accounts = new Map<string, Throttling>();
  for (const folder of membership === '' ? [] : cgroupFolders(membership)) {
    const account = parseCpuStat(await readFile(join(folder, 'cpu.stat'), 'utf8').catch(() => ''));
    if (account !== null) accounts.set(folder, account);
  }
  return accounts.size === 0 ? null : accounts;
}

/** The greatest share of a group's periods between two accounts in which it was throttled; null where nothing is known. */
export function throttledBetween(
  before: ReadonlyMap<string, Throttling> | null,
  after: ReadonlyMap<string, Throttling> | null,
): number | null {
  const shares = [...(after ?? [])].flatMap(([folder, { periods, throttled }]) => {
    const earlier = before?.get(folder);
    if (earlier === undefined) return [];
    return throttled === earlier.throttled
      ? 0
      : (throttled - earlier.throttled) / Math.max(1, periods - earlier.periods);
  });
  return shares.length === 0 ? null : Math.max(...shares);
}
