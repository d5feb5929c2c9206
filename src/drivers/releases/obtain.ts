/** Brings a release of a client into the cache, whole or not at all, and makes sure that its driver can drive it. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CacheOptions, defaultCacheFolder, exclusively, type OnProgress } from '../../support/cache.ts';
import { HarnessError, messageOf } from '../../support/errors.ts';
import { obtainAddon } from './addon.ts';
import { type Npm, runNpm } from './npm.ts';
import { clientPackages, isInstalled, type Release, titleOf } from './packages.ts';
import { holdsRelease, placeOf, type ReleasePlace } from './place.ts';
import { probe } from './probe.ts';
import { installFailure } from './published.ts';

export interface ObtainOptions extends CacheOptions {
  readonly signal?: AbortSignal | undefined;
  readonly npm?: Npm;
}

type Means = Required<Pick<ObtainOptions, 'npm'>> & {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal | undefined;
};

/**
 * Sees to it that the release can be loaded: the installed one as it is, another one from the cache, where it is put if it is not there yet.
 * @throws HarnessError `usage` where there is no such release, `environment` where it cannot be had or its driver cannot drive it
 */
export async function obtainRelease(release: Release, options: ObtainOptions = {}): Promise<void> {
  if (isInstalled(release)) return;
  const { cacheFolder = defaultCacheFolder(), npm = runNpm, onProgress = () => undefined, signal } = options;
  const place = placeOf(release, cacheFolder);
  if (!holdsRelease(place.folder, release)) {
    await exclusively(place.home, async () => {
      // looked at again: another run may have fetched it meanwhile
      if (!holdsRelease(place.folder, release)) await fill(place, release, { npm, onProgress, signal });
    });
  }
  await probe(release, place.folder, cacheFolder);
}

const unfinished = 'unfinished-';

/** Installs beside the release's folder, and moves it there when it is whole. */
async function fill({ home, folder }: ReleasePlace, release: Release, means: Means): Promise<void> {
  await removeUnfinished(home); // of runs that were killed
  const aside = join(home, `${unfinished}${randomBytes(4).toString('hex')}`);
  try {
    await mkdir(aside);
    await install(aside, release, means);
    const log = join(home, 'build.log');
    if (release.driver === 'confluent') {
      await rm(log, { force: true });
      await obtainAddon(aside, release, { ...means, log });
    }
    await rm(folder, { recursive: true, force: true });
    await rename(aside, folder);
    await rm(log, { force: true });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function removeUnfinished(home: string): Promise<void> {
  const left = (await readdir(home)).filter(name => name.startsWith(unfinished));
  await Promise.all(left.map(name => rm(join(home, name), { recursive: true, force: true })));
}

async function install(aside: string, release: Release, { npm, onProgress, signal }: Means): Promise<void> {
  onProgress(`fetching ${titleOf(release)} with npm`);
  // a package of its own: else npm looks for one in the folders above
  await writeFile(join(aside, 'package.json'), '{ "private": true }\n');
  const wanted = `${clientPackages[release.driver]}@${release.version}`;
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev', wanted];
  const ended = await npm(args, { cwd: aside, signal }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new HarnessError(
      'environment',
      `${titleOf(release)} could not be fetched: npm cannot be run (${messageOf(cause)}).`,
      {
        hint: 'Install npm (it comes with Node), or leave the version away: then the installed client is used.',
        cause,
      },
    );
  });
  if (ended.code !== 0) throw await installFailure(release, ended, npm);
  if (holdsRelease(aside, release)) return;
  throw new HarnessError('environment', `npm was to install ${wanted}, and what it installed is another release.`, {
    hint: 'Look at the configuration of npm (npm config ls): something overrides the version.',
  });
}
