/** Builds an image that behaves as `apache/kafka` does, out of this host's Java and the cached jars: for hosts that cannot fetch the real one. */
import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { fetchJars } from '../../src/cluster/jars.ts';
import { findJava } from '../../src/cluster/java.ts';

const run = promisify(execFile);

/**
 * What the real image does with its environment: KAFKA_A_B becomes a.b, `__` an underscore and `___` a hyphen; then the
 * storage is formatted for CLUSTER_ID, once, and the process becomes the broker.
 */
const entry = `#!/bin/bash
set -eu
config=/opt/kafka/config/server.properties
: > "$config"
for name in "\${!KAFKA_@}"; do
  case $name in KAFKA_HEAP_OPTS | KAFKA_OPTS | KAFKA_LOG4J_*) continue ;; esac
  key=\${name#KAFKA_}
  key=\${key,,}
  key=\${key//_/.}
  key=\${key//.../-}
  key=\${key//../_}
  echo "$key=\${!name}" >> "$config"
done
java=(/opt/java/bin/java -cp '/opt/kafka/libs/*')
"\${java[@]}" kafka.tools.StorageTool format --ignore-formatted --cluster-id="$CLUSTER_ID" -c "$config"
exec "\${java[@]}" \${KAFKA_HEAP_OPTS--Xms256m -Xmx512m} kafka.Kafka "$config"
`;

const instructions = [
  'CMD ["/etc/kafka/docker/run"]',
  'ENV PATH=/opt/java/bin:/usr/bin:/bin',
  'USER 1000:1000',
  'EXPOSE 9092',
  'VOLUME ["/etc/kafka/secrets", "/var/lib/kafka/data", "/mnt/shared/config"]',
];

const folders = [
  'etc/kafka/docker',
  'etc/kafka/secrets',
  'mnt/shared/config',
  'var/lib/kafka/data',
  'opt/kafka/config',
];

/** The folder that a Java belongs to, as it says itself. */
async function homeOf(java: string): Promise<string> {
  const { stderr } = await run(java, ['-XshowSettings:properties', '-version']);
  const home = /java\.home = (.+)/.exec(stderr)?.[1];
  if (home === undefined) throw new Error(`${java} does not say where its home is`);
  return home;
}

/** The libraries that programs load, by the names that they look for. */
async function librariesOf(programs: readonly string[]): Promise<string[]> {
  const { stdout } = await run('ldd', [...programs], { maxBuffer: 16 << 20 });
  const named = [...stdout.matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x/gm)].map(([, path = '']) => path);
  return [...new Set(named)];
}

async function fillRoot(root: string, version: string): Promise<void> {
  const [java, jars] = await Promise.all([findJava(), fetchJars(version)]);
  const home = await homeOf(java);
  for (const folder of [...folders, 'bin', 'tmp']) await mkdir(join(root, folder), { recursive: true });
  // a JDK's modules are for compilers, and Debian's has links that lead nowhere
  const filter = (source: string) => existsSync(source) && basename(source) !== 'jmods';
  await cp(home, join(root, 'opt/java'), { recursive: true, dereference: true, filter });
  await cp(jars, join(root, 'opt/kafka/libs'), { recursive: true });
  await cp(await realpath('/bin/bash'), join(root, 'bin/bash'));
  await symlink('bash', join(root, 'bin/sh'));
  await writeFile(join(root, 'etc/kafka/docker/run'), entry, { mode: 0o755 });
  await writeFile(join(root, 'etc/passwd'), 'appuser:x:1000:1000::/tmp:/bin/bash\n');
  const programs = ['/bin/bash', join(home, 'bin/java'), ...globSync(join(home, 'lib/**/*.so'))];
  for (const library of await librariesOf(programs)) {
    if (library.startsWith(home)) continue;
    await mkdir(join(root, dirname(library)), { recursive: true });
    await cp(await realpath(library), join(root, library));
  }
}

/** Builds the image from nothing and gives it that name; Linux alone, whose programs a container can run. */
export async function buildKafkaImage(name: string, version: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-image-'));
  try {
    const root = join(folder, 'root');
    const archive = join(folder, 'root.tar');
    await fillRoot(root, version);
    await run('tar', ['--owner=1000', '--group=1000', '-C', root, '-cf', archive, '.']);
    const changes = instructions.flatMap(instruction => ['--change', instruction]);
    await run('docker', ['import', ...changes, archive, name]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
