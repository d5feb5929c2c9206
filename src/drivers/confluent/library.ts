/** Finds @confluentinc/kafka-javascript and its native addon, and says what is missing where it is not there. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HarnessError, messageOf } from '../../support/errors.ts';
import { isPacked } from '../../support/version.ts';

type Library = typeof import('@confluentinc/kafka-javascript');

const packageName = '@confluentinc/kafka-javascript';
const packageFile = `${packageName}/package.json`;

/** Finds the package as this module would import it: of the release that it was loaded for. */
const packageRequire = (): NodeJS.Require => createRequire(import.meta.resolve(packageFile));

/** Where set-up notes, in the package's folder, why it could not build the addon. */
const noteOfSetup = 'highwater-build.json';

/** What gets the addon: the repository's own set-up, or npm's. */
const setUp = isPacked ? `npm rebuild ${packageName}` : 'npm run setup';
const installing = isPacked ? `npm install ${packageName}` : setUp;

const toolsAnd = (command: string): string =>
  `Install a C++ compiler, make, Python 3 and the headers of libcurl, OpenSSL, SASL, zlib, zstd and lz4, then run \`${command}\`.`;

let library: Library | undefined;

/**
 * The library. Its addon can be loaded once in a process, by the main thread alone, so nothing is loaded before a client is wanted.
 * @throws HarnessError `environment` where the addon is not for this Node
 */
export function loadLibrary(): Library {
  try {
    return (library ??= packageRequire()(packageName) as Library);
  } catch (cause) {
    throw missing(
      `cannot be loaded: ${messageOf(cause).split('\n', 1)[0]}`,
      `Run \`${setUp}\` to build it anew.`,
      cause,
    );
  }
}

/** What librdkafka says of one of its codes. */
export function librdkafkaMessage(code: number): string {
  const errors = loadLibrary().CODES.ERRORS as unknown as Record<string, number>;
  const name = Object.keys(errors).find(key => errors[key] === code) ?? `error ${code}`;
  return name
    .replace(/^ERR_+/, '')
    .replaceAll('_', ' ')
    .toLowerCase();
}

/**
 * Looks whether the addon is there, without loading it.
 * @throws HarnessError `environment` that says what to install
 */
export function requireAddon(folder = packageFolder()): void {
  if (existsSync(join(folder, 'build/Release/confluent-kafka-javascript.node'))) return;
  const note = readNote(folder);
  throw missing(note?.message ?? 'is not built', note?.hint ?? toolsAnd(setUp));
}

/** The version of the package, and of the librdkafka within: `1.10.1 (librdkafka 2.15.1)`. */
export function libraryVersion(): string {
  const { version, librdkafka } = packageRequire()(packageFile) as { version: string; librdkafka: string };
  return `${version} (librdkafka ${librdkafka})`;
}

function packageFolder(): string {
  try {
    return dirname(fileURLToPath(import.meta.resolve(packageFile)));
  } catch (cause) {
    throw missing('is not installed', toolsAnd(installing), cause);
  }
}

/** What set-up has noted; undefined where it noted nothing. */
function readNote(folder: string): { readonly message: string; readonly hint: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, noteOfSetup), 'utf8')) as { message: string; hint: string };
  } catch {
    return undefined;
  }
}

const missing = (what: string, hint: string, cause?: unknown): HarnessError =>
  new HarnessError('environment', `The driver confluent needs a native addon that ${what}.`, { hint, cause });
