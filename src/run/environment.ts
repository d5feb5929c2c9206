/** Says on what a run ran: host, Node, client libraries. */
import { execFile } from 'node:child_process';
import { arch, cpus, hostname, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
import { loadDriver } from '../drivers/registry.ts';
import type { DriverName } from '../drivers/registry.ts';
import type { Plan } from '../plan/plan.ts';

/** Facts of this host and of the working folder's checkout. */
export async function describeHost(): Promise<Record<string, unknown>> {
  const processors = cpus();
  return {
    host: hostname(),
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    os: `${type()} ${release()} ${arch()}`,
    node: process.versions.node,
    commit: await workingCommit(),
  };
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

/** The versions of the client libraries that the plan's cells use. */
export async function clientVersions(plan: Plan): Promise<Record<string, string>> {
  const names = new Set(
    plan.cells.flatMap(({ scenario: { producers, consumers } }) => [
      producers.driver.name,
      ...Object.values(consumers).map(({ driver }) => driver.name),
    ]),
  );
  const versions = await Promise.all(
    [...names].map(async name => [name, await (await loadDriver(name as DriverName)).clientVersion()] as const),
  );
  return Object.fromEntries(versions);
}
