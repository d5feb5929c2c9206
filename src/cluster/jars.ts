/** Turns a release of Apache Kafka into a folder of its jars: pinned, verified, fetched once. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import artifactUrl from 'mvn-artifact-url';
import { z } from 'zod';
import { HarnessError } from '../support/errors.ts';
import { keysOf } from '../support/registry.ts';
import { type CacheOptions, defaultCacheFolder, exclusively } from '../support/cache.ts';
import { download, sha256Of, sizeOf } from './download.ts';

const Jar = z.strictObject({
  groupId: z.string(),
  artifactId: z.string(),
  version: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.int(),
});
type Jar = z.infer<typeof Jar>;

const JarList = z.strictObject({ version: z.string(), jars: z.array(Jar).min(1) });

/** The releases that can be started here: the runtime jars of the server and its tools. */
const releases = {
  '3.9.1': new URL('./kafka-3.9.1.json', import.meta.url),
  '4.3.1': new URL('./kafka-4.3.1.json', import.meta.url),
} satisfies Record<string, URL>;

/** The releases of Apache Kafka that a local cluster can run. */
export const kafkaVersions: readonly string[] = keysOf(releases);

/** How jars are fetched; `baseUrl` is a mirror of Maven Central. */
export interface JarOptions extends CacheOptions {
  readonly baseUrl?: string;
}

const parallelDownloads = 6;
const marker = '.complete';

const fileNameOf = ({ artifactId, version }: Jar): string => `${artifactId}-${version}.jar`;

function unknownVersion(version: string): HarnessError {
  return new HarnessError('usage', `Apache Kafka ${version} cannot be started here: its jars are not pinned.`, {
    hint: `Choose one of ${kafkaVersions.join(', ')}, or run that release yourself and name it with --brokers.`,
  });
}

async function pinnedJars(version: string): Promise<readonly Jar[]> {
  const file = (releases as Record<string, URL>)[version];
  if (file === undefined) throw unknownVersion(version);
  return JarList.parse(JSON.parse(await readFile(file, 'utf8'))).jars;
}

/** Whether every jar was verified once (the marker says so) and still has its size. */
async function isComplete(folder: string, jars: readonly Jar[]): Promise<boolean> {
  const present = new Set(await readdir(folder).catch(() => []));
  if (!present.has(marker)) return false;
  const sizes = await Promise.all(jars.map(jar => sizeOf(join(folder, fileNameOf(jar)))));
  return jars.every((jar, index) => sizes[index] === jar.sizeBytes);
}

/** Works on all items, so many at a time; after a failure nothing new begins, and what has begun is waited for. */
async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async () => {
    try {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    } finally {
      queue.length = 0;
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: width }, lane));
  const failed = lanes.find(result => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Fetches the jars that are missing or have another size, then sets the marker. */
async function fillFolder(folder: string, jars: readonly Jar[], baseUrl: string | undefined): Promise<void> {
  await inParallel(jars, parallelDownloads, async jar => {
    const file = join(folder, fileNameOf(jar));
    if ((await sizeOf(file)) === jar.sizeBytes && (await sha256Of(file)) === jar.sha256) return;
    const url = await artifactUrl.default({ ...jar, extension: 'jar' }, baseUrl);
    await download({ url, file, sha256: jar.sha256, sizeBytes: jar.sizeBytes });
  });
  await writeFile(join(folder, marker), '');
}

/** `HIGHWATER_MAVEN` with a slash at its end; undefined for Maven Central itself. */
function mirror(): string | undefined {
  const url = process.env['HIGHWATER_MAVEN'];
  return url ? url.replace(/\/*$/, '/') : undefined;
}

/**
 * A release of Apache Kafka → the folder that holds its jars and nothing else to be loaded. Once they are there, this
 * looks at names and sizes only and needs no network.
 * @throws HarnessError 'usage' for a release whose jars are not pinned, 'environment' where they cannot be had.
 */
export async function fetchJars(version: string, options: JarOptions = {}): Promise<string> {
  const jars = await pinnedJars(version);
  const folder = join(options.cacheFolder ?? defaultCacheFolder(), `kafka-${version}`);
  if (await isComplete(folder, jars)) return folder;
  const megabytes = jars.reduce((sum, jar) => sum + jar.sizeBytes, 0) / 1e6;
  options.onProgress?.(
    `fetching Apache Kafka ${version}, ${jars.length} jars of ${megabytes.toFixed(0)} MB, into ${folder}`,
  );
  await exclusively(folder, async () => {
    if (!(await isComplete(folder, jars))) await fillFolder(folder, jars, options.baseUrl ?? mirror());
  });
  return folder;
}

/** Whether a release's jars are here already. @throws HarnessError 'usage' for a release whose jars are not pinned */
export async function hasJars(
  version: string,
  { cacheFolder = defaultCacheFolder() }: CacheOptions = {},
): Promise<boolean> {
  return isComplete(join(cacheFolder, `kafka-${version}`), await pinnedJars(version));
}
