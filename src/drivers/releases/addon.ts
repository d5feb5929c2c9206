/** Gets the native addon of a fetched release of @confluentinc/kafka-javascript: prebuilt, or built from source, as set-up does. */
import { existsSync } from 'node:fs';
import { appendFile, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OnProgress } from '../../support/cache.ts';
import { HarnessError } from '../../support/errors.ts';
import { type Ended, type Npm, runProgram } from './npm.ts';
import { clientPackages, type Release, titleOf } from './packages.ts';
import { packageFolder } from './place.ts';

/** Where the package looks for its addon. */
const addonFile = 'build/Release/confluent-kafka-javascript.node';

/** A prebuilt addon is some 10 MB; where its host cannot be reached, some networks never say so. */
const downloadMillis = 60_000;
const loadMillis = 30_000;

export interface AddonOptions {
  /** Holds what the build says. */
  readonly log: string;
  readonly npm: Npm;
  readonly onProgress: OnProgress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Gets the addon into the release's folder.
 * @throws HarnessError `environment` where it can be had in no way
 */
export async function obtainAddon(folder: string, release: Release, options: AddonOptions): Promise<void> {
  const { log, npm, onProgress, signal } = options;
  const own = packageFolder(folder, 'confluent');
  onProgress(`looking for a prebuilt addon of ${titleOf(release)}`);
  const downloader = join(folder, 'node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp');
  const place = { cwd: own, env: buildEnvironment(), signal };
  await noted(log, runProgram(process.execPath, [downloader, 'install'], { ...place, mostMillis: downloadMillis }));
  if (await loads(folder)) return;
  onProgress(`building ${titleOf(release)} from source, which takes a minute or two, once for this machine`);
  // the package's own script, which npm tells where its compiler's driver is
  const build = ['rebuild', '--ignore-scripts=false', '--foreground-scripts', clientPackages.confluent];
  const env = { ...buildEnvironment(), npm_config_build_from_source: 'true' };
  const { code } = await noted(log, npm(build, { ...place, cwd: folder, env }));
  if (code === 0 && (await loads(folder))) return removeSources(own);
  throw new HarnessError(
    'environment',
    `The native addon of ${titleOf(release)} could not be built; ${log} says why.`,
    {
      hint: 'Install a C++ compiler, make, Python 3 and the headers of libcurl, OpenSSL, SASL, zlib, zstd and lz4, then start again.',
    },
  );
}

/** Whether this Node can load it: a prebuilt one may want newer system libraries. */
async function loads(folder: string): Promise<boolean> {
  if (!existsSync(join(packageFolder(folder, 'confluent'), addonFile))) return false;
  const program = `require('${clientPackages.confluent}')`;
  const { code } = await runProgram(process.execPath, ['-e', program], { cwd: folder, mostMillis: loadMillis });
  return code === 0;
}

/** Removes what the addon was built from and does not run from: some 200 MB. */
async function removeSources(own: string): Promise<void> {
  const libraries = join(own, 'build/deps');
  const archives = (await readdir(libraries)).filter(name => name.endsWith('.a')).map(name => join(libraries, name));
  const folders = ['deps', 'build/Release/obj.target', 'build/Release/.deps', 'build/deps/include'];
  const all = [...archives, ...folders.map(name => join(own, name))];
  await Promise.all(all.map(path => rm(path, { recursive: true, force: true })));
}

/** As of set-up, so that two releases differ in their code and not in how they were built: libraries of this machine, headers of this Node. */
function buildEnvironment(): Record<string, string> {
  const prefix = dirname(dirname(process.execPath));
  return {
    CKJS_LINKING: 'dynamic',
    JOBS: '1', // with more, node-gyp looks for a header before it is written; librdkafka itself is built with all cores
    ...(existsSync(join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {}),
  };
}

async function noted(log: string, running: Promise<Ended>): Promise<Ended> {
  const ended = await running;
  await appendFile(log, `${ended.stdout}\n${ended.stderr}\n`);
  return ended;
}
