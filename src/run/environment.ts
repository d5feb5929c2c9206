/** Says on what a run ran: host, Node, Highwater itself. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { arch, cpus, hostname, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
import { programVersion } from '../support/version.ts';
import { virtualisation } from './virtualisation.ts';

/** Facts of this host and of the working folder's checkout. */
export async function describeHost(): Promise<Record<string, unknown>> {
  const processors = cpus();
  return {
    host: hostname(),
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    os: `${type()} ${release()} ${arch()}`,
    virtualisation: await virtualisation(),
    bootId: await systemFact('/proc/sys/kernel/random/boot_id'),
    governor: await systemFact('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    node: process.versions.node,
    highwater: programVersion(),
    commit: await workingCommit(),
  };
}

/** What Linux says in a file of one line; null where it does not. */
export const systemFact = (path: string): Promise<string | null> =>
  readFile(path, 'utf8').then(
    text => text.trim(),
    () => null,
  );

/** The working folder's commit, with `-dirty` where files differ from it; null outside a git checkout. */
async function workingCommit(): Promise<string | null> {
  try {
    const run = promisify(execFile);
    const { stdout: commit } = await run('git', ['rev-parse', '--short', 'HEAD']);
    const { stdout: changes } = await run('git', ['status', '--porcelain', '--untracked-files=no']);
    return commit.trim() + (changes === '' ? '' : '-dirty');
  } catch {
    return null;
  }
}
