/** Asks, in a process of its own, whether a driver can drive a release: a native addon is loaded once in a process, and may break it. */
import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HarnessError } from '../../support/errors.ts';
import { type Release, titleOf } from './packages.ts';

/** What the other process found. */
export interface ProbeAnswer {
  /** What the driver needs and the release does not have, or why it cannot be loaded. */
  readonly lacks: readonly string[];
}

const entry = fileURLToPath(new URL(`./probe-process${extname(import.meta.filename)}`, import.meta.url));

/** Loading takes less than a second; a machine at its limit takes longer. */
const mostMillis = 60_000;

/**
 * Loads the driver on a release that lies in the cache.
 * @throws HarnessError `environment` that says what is missing
 */
export async function probe(release: Release, folder: string, cacheFolder: string): Promise<void> {
  const { lacks } = await ask(release, cacheFolder);
  if (lacks.length === 0) return;
  throw new HarnessError(
    'environment',
    `The driver ${release.driver} cannot drive ${titleOf(release)}: ${lacks.join(', ')}.`,
    {
      hint: `Choose another release. If this one has been driven before, remove ${folder}, and it is fetched anew.`,
    },
  );
}

async function ask({ driver, version }: Release, cacheFolder: string): Promise<ProbeAnswer> {
  const child = fork(entry, [`${driver}@${version}`], {
    env: { ...process.env, HIGHWATER_CACHE: cacheFolder },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    timeout: mostMillis,
  });
  let answer: ProbeAnswer | undefined;
  child.on('message', message => (answer = message as ProbeAnswer));
  const ended = await new Promise<string>(resolve => {
    child.once('error', error => resolve(error.message));
    child.once('exit', (code, signal) => resolve(String(signal ?? `exit code ${code}`)));
  });
  return answer ?? { lacks: [`loading it ended with ${ended}`] };
}
