/** Says on what a run ran: host, Node, Highwater itself. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { arch, cpus, hostname, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
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
    node: process.versions.node,
    highwater: await programVersion(),
    commit: await workingCommit(),
  };
}

/** Highwater's own version; null where its package cannot be read. */
async function programVersion(): Promise<string | null> {
  try {
    const path = findPackageJSON(import.meta.url);
    return path === undefined ? null : (JSON.parse(await readFile(path, 'utf8')) as { version: string }).version;
  } catch {
    return null;
  }
}

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
