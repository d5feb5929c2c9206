/** Makes the storage of new brokers as Kafka's own tool does, with one run of the tool for all of them, ever. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HarnessError, messageOf } from '../support/errors.ts';
import { exclusively } from '../support/cache.ts';
import { formatProperties } from './server-properties.ts';

const run = promisify(execFile);

/** What runs Kafka's programs. */
export interface KafkaPrograms {
  readonly java: string;
  readonly jarsFolder: string;
  readonly version: string;
  readonly cacheFolder: string;
  /** For brokers, besides the usual ones. */
  readonly javaFlags: readonly string[];
}

/** Java options of a program that lives for a second. */
export const shortLivedJavaFlags: readonly string[] = ['-XX:TieredStopAtLevel=1', '-Xshare:auto', '-XX:+UseSerialGC'];

/** Kafka's Uuid.randomUuid: 16 random bytes in URL-safe base64, of which none begins with a hyphen. */
export function randomKafkaUuid(): string {
  for (;;) {
    const text = randomBytes(16).toString('base64url');
    if (!text.startsWith('-')) return text;
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Formats a node that is never started, and returns its folder of data. */
async function formatSample({ java, jarsFolder }: KafkaPrograms, folder: string): Promise<string> {
  const data = join(folder, 'data');
  const properties = join(folder, 'server.properties');
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': '1@127.0.0.1:1',
    listeners: 'PLAINTEXT://127.0.0.1:2,CONTROLLER://127.0.0.1:1',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': data,
  };
  await writeFile(properties, formatProperties(settings));
  const format = ['kafka.tools.StorageTool', 'format', '-t', randomKafkaUuid(), '-c', properties];
  await run(java, [...shortLivedJavaFlags, '-cp', join(jarsFolder, '*'), ...format], { timeout: 60_000 });
  return data;
}

/** A file of the cache: the features that a new cluster of this release begins with. It names no node and no cluster. */
async function bootstrapCheckpoint(programs: KafkaPrograms): Promise<string> {
  const folder = join(programs.cacheFolder, `kafka-${programs.version}-storage`);
  const file = join(folder, 'bootstrap.checkpoint');
  if (await exists(file)) return file;
  await exclusively(folder, async () => {
    if (await exists(file)) return;
    const temporary = await mkdtemp(join(folder, 'formatting-'));
    try {
      await rename(join(await formatSample(programs, temporary), 'bootstrap.checkpoint'), file);
    } catch (error) {
      throw new HarnessError('environment', `Kafka's storage could not be formatted: ${messageOf(error).trim()}`, {
        hint: `Check that ${programs.java} starts and that ${folder} can be written to.`,
        cause: error,
      });
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  });
  return file;
}

/** Formats one folder of data for each node: the tool's file of features, and the identity that it would have written. */
export async function formatStorage(
  programs: KafkaPrograms,
  clusterId: string,
  nodes: readonly { readonly id: number; readonly dataFolder: string }[],
): Promise<void> {
  const checkpoint = await bootstrapCheckpoint(programs);
  for (const { id, dataFolder } of nodes) {
    const identity = { version: 1, 'cluster.id': clusterId, 'node.id': id, 'directory.id': randomKafkaUuid() };
    await mkdir(dataFolder, { recursive: true });
    await copyFile(checkpoint, join(dataFolder, 'bootstrap.checkpoint'));
    await writeFile(join(dataFolder, 'meta.properties'), formatProperties(identity));
  }
}
