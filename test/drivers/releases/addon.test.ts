/** Specifies how a release of confluent gets its native addon: by the package's own build, once, and without what it was built from. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { loadDriver } from '../../../src/drivers/registry.ts';
import type { Ended, Npm, Running } from '../../../src/drivers/releases/npm.ts';
import { obtainRelease } from '../../../src/drivers/releases/obtain.ts';
import { placeOf } from '../../../src/drivers/releases/place.ts';
import { HarnessError } from '../../../src/support/errors.ts';
import { whyMissing } from '../contract/subject.ts';
import { anEmptyCache, ended } from './made-up.ts';

const release = { driver: 'confluent', version: '9.9.9' } as const;
const packageName = '@confluentinc/kafka-javascript';
const folderOf = (name: string): string => dirname(findPackageJSON(name, import.meta.url) as string);

/** Installs the installed package under another version, without its addon. */
async function install(cwd: string): Promise<void> {
  const installed = folderOf(packageName);
  const folder = join(cwd, 'node_modules', packageName);
  await mkdir(folder, { recursive: true });
  for (const part of ['lib', 'librdkafka.js', 'util'])
    await cp(join(installed, part), join(folder, part), { recursive: true });
  const own = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as object;
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...own, version: release.version }));
  await symlink(folderOf('bindings'), join(cwd, 'node_modules/bindings'));
}

/** "Builds" the installed addon, and leaves what a build leaves. */
async function build(cwd: string): Promise<void> {
  const [from, to] = [folderOf(packageName), join(cwd, 'node_modules', packageName)];
  await cp(join(from, 'build/Release'), join(to, 'build/Release'), { recursive: true });
  await cp(join(from, 'build/deps'), join(to, 'build/deps'), { recursive: true });
  for (const file of ['deps/librdkafka/src/rdkafka.c', 'build/deps/librdkafka.a', 'build/Release/obj.target/a.o']) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await writeFile(join(to, file), 'large');
  }
}

/** An npm that installs and builds it, and tells how it was asked to. */
function npmThatBuilds(builds: (cwd: string) => Promise<Ended>) {
  const asked: { readonly args: readonly string[]; readonly env: Running['env'] }[] = [];
  const npm: Npm = async (args, { cwd, env }) => {
    asked.push({ args, env });
    if (args[0] === 'rebuild') return await builds(cwd);
    await install(cwd);
    return ended(0);
  };
  return { npm, asked };
}

const missing = await loadDriver('confluent').then(() => false, whyMissing);

suite('the native addon of a release', { skip: missing }, () => {
  test('is built as set-up builds it, can be loaded, and what it was built from is removed', async () => {
    await using cache = await anEmptyCache();
    const { npm, asked } = npmThatBuilds(cwd => build(cwd).then(() => ended(0)));
    const said: string[] = [];
    await obtainRelease(release, { ...cache, npm, onProgress: text => void said.push(text) });
    assert.deepEqual(
      said.map(text => text.split(' ')[0]),
      ['fetching', 'looking', 'building'],
    );
    const [, rebuild] = asked;
    assert.deepEqual([rebuild?.args[0], rebuild?.args.at(-1)], ['rebuild', packageName]);
    assert.equal(rebuild?.env?.['CKJS_LINKING'], 'dynamic');
    assert.equal(rebuild?.env?.['npm_config_build_from_source'], 'true');
    const { home, folder } = placeOf(release, cache.cacheFolder);
    const own = join(folder, 'node_modules', packageName);
    const left = ['deps', 'build/deps/librdkafka.a', 'build/Release/obj.target'].filter(name =>
      existsSync(join(own, name)),
    );
    assert.deepEqual(left, []);
    assert.deepEqual(await readdir(home), ['release']);
  });

  test('that cannot be built is an environment’s fault, whose log stays', async () => {
    await using cache = await anEmptyCache();
    const { npm } = npmThatBuilds(async () => ended(1, { stderr: 'g++: not found' }));
    await assert.rejects(obtainRelease(release, { ...cache, npm }), (error: unknown) => {
      assert.ok(error instanceof HarnessError && error.exitCode === 3, String(error));
      assert.match(`${error.message} ${error.hint}`, /could not be built.*build\.log.*Install a C\+\+ compiler/);
      return true;
    });
    const { home } = placeOf(release, cache.cacheFolder);
    assert.deepEqual(await readdir(home), ['build.log']);
    assert.match(await readFile(join(home, 'build.log'), 'utf8'), /g\+\+: not found/);
  });

  test('that was built and cannot be loaded is refused', async () => {
    await using cache = await anEmptyCache();
    const { npm } = npmThatBuilds(async cwd => {
      await build(cwd);
      await writeFile(
        join(cwd, 'node_modules', packageName, 'build/Release/confluent-kafka-javascript.node'),
        'nonsense',
      );
      return ended(0);
    });
    await assert.rejects(obtainRelease(release, { ...cache, npm }), /could not be built/);
  });
});
