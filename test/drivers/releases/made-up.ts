/** Makes up releases of kafkajs, from the installed one, and an npm that installs them without a network. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Ended, Npm } from '../../../src/drivers/releases/npm.ts';

const installed = dirname(findPackageJSON('kafkajs', import.meta.url) as string);

/** A cache that is empty, until the end of the scope. */
export async function anEmptyCache() {
  const cacheFolder = await mkdtemp(join(tmpdir(), 'highwater-clients-'));
  return { cacheFolder, [Symbol.asyncDispose]: () => rm(cacheFolder, { recursive: true }) };
}

/** Where a release of kafkajs lies in a cache. */
export const folderIn = (cacheFolder: string, version: string): string =>
  join(cacheFolder, 'clients', `kafkajs-${version}`, 'release');

/** What a made-up npm does otherwise than npm does. */
interface Doings {
  /** Changes what was installed. */
  readonly alter?: (packageFolder: string) => Promise<void>;
  /** Done once the package's folder is there, and not yet all that is in it. */
  readonly midway?: () => Promise<void>;
}

export const ended = (code: number, said: Partial<Ended> = {}): Ended => ({ code, stdout: '', stderr: '', ...said });

/**
 * An npm that installs any version of kafkajs: a copy of the installed one, whose clients tell their version in the error that they are
 * all that they can do.
 */
export function npmThatInstalls({ alter, midway }: Doings = {}): Npm & { calls: string[] } {
  const calls: string[] = [];
  const npm: Npm = async (args, { cwd }) => {
    calls.push(args.join(' '));
    const version = args.at(-1)?.split('@').at(-1) as string;
    const folder = join(cwd, 'node_modules/kafkajs');
    await mkdir(folder, { recursive: true });
    await midway?.();
    await cp(installed, folder, { recursive: true });
    const own = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as object;
    await writeFile(join(folder, 'package.json'), JSON.stringify({ ...own, version }));
    const index = await readFile(join(folder, 'index.js'), 'utf8');
    await writeFile(join(folder, 'index.js'), `${index}\n${refusing(version)}`);
    await alter?.(folder);
    return ended(0);
  };
  return Object.assign(npm, { calls });
}

/** The driver gives its brokers as a function: its clients alone are refused. */
const refusing = (version: string): string => `
  const Own = module.exports.Kafka;
  module.exports.Kafka = class Kafka extends Own {
    constructor(options) {
      super(options);
      if (typeof options.brokers === 'function') throw new Error('made by kafkajs ${version}');
    }
  };
`;
