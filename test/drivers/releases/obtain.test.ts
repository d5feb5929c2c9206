/** Specifies how a release of a client comes into the cache: whole, once, and only if its driver can drive it. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Npm } from '../../../src/drivers/releases/npm.ts';
import { runNpm, runProgram } from '../../../src/drivers/releases/npm.ts';
import { obtainRelease } from '../../../src/drivers/releases/obtain.ts';
import { versionSeenFrom } from '../../../src/drivers/releases/packages.ts';
import { nearestVersions } from '../../../src/drivers/releases/published.ts';
import { isProcessAlive } from '../../../src/support/cache.ts';
import { HarnessError } from '../../../src/support/errors.ts';
import { anEmptyCache, ended, folderIn, npmThatInstalls } from './made-up.ts';

const kafkajs = (version: string) => ({ driver: 'kafkajs', version }) as const;
const installedVersion = versionSeenFrom('kafkajs', import.meta.url) as string;

/** Asserts an expected failure with that exit code, and returns what it says and what is to be done. */
async function refusalOf(work: Promise<unknown>, exitCode: number): Promise<string> {
  const error = await work.then(
    () => assert.fail('it was obtained'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof HarnessError, String(error));
  assert.equal(error.exitCode, exitCode, error.message);
  return `${error.message} | ${error.hint}`;
}

suite('a release', () => {
  test('is fetched into the cache, as exactly this version and without its scripts, and the next time is there', async () => {
    await using cache = await anEmptyCache();
    const npm = npmThatInstalls();
    const said: string[] = [];
    const options = { ...cache, npm, onProgress: (text: string) => void said.push(text) };
    await obtainRelease(kafkajs('9.9.9'), options);
    assert.match(npm.calls[0] as string, /^install --ignore-scripts .*kafkajs@9\.9\.9$/);
    assert.deepEqual(said, ['fetching kafkajs 9.9.9 with npm']);
    assert.ok(existsSync(join(folderIn(cache.cacheFolder, '9.9.9'), 'node_modules/kafkajs/index.js')));
    await obtainRelease(kafkajs('9.9.9'), options);
    assert.equal(npm.calls.length, 1);
    assert.equal(said.length, 1);
  });

  test('that is the installed one is used where it is', async () => {
    await using cache = await anEmptyCache();
    const npm = npmThatInstalls();
    await obtainRelease(kafkajs(installedVersion), { ...cache, npm });
    assert.deepEqual([npm.calls, await readdir(cache.cacheFolder)], [[], []]);
  });

  test('is fetched once by two runs that want it at the same time', async () => {
    await using cache = await anEmptyCache();
    const npm = npmThatInstalls();
    await Promise.all([1, 2].map(() => obtainRelease(kafkajs('9.9.9'), { ...cache, npm })));
    assert.equal(npm.calls.length, 1);
  });

  test('is never seen half-fetched, and leaves nothing behind where fetching it failed', async () => {
    await using cache = await anEmptyCache();
    const folder = folderIn(cache.cacheFolder, '9.9.9');
    let isSeen = true;
    const npm = npmThatInstalls({
      midway: async () => {
        isSeen = existsSync(folder);
        throw new Error('the power failed');
      },
    });
    assert.match(await refusalOf(obtainRelease(kafkajs('9.9.9'), { ...cache, npm }), 3), /the power failed/);
    assert.equal(isSeen, false);
    assert.deepEqual(await readdir(dirname(folder)), []);
  });

  test('takes away what a run that was killed had begun', async () => {
    await using cache = await anEmptyCache();
    const home = dirname(folderIn(cache.cacheFolder, '9.9.9'));
    await mkdir(join(home, 'unfinished-0a0b0c0d/node_modules'), { recursive: true });
    await obtainRelease(kafkajs('9.9.9'), { ...cache, npm: npmThatInstalls() });
    assert.deepEqual(await readdir(home), ['release']);
  });

  test('is refused where npm installed another version', async () => {
    await using cache = await anEmptyCache();
    const npm = npmThatInstalls({
      alter: folder => writeFile(join(folder, 'package.json'), '{ "name": "kafkajs", "version": "1.0.0" }'),
    });
    assert.match(await refusalOf(obtainRelease(kafkajs('9.9.9'), { ...cache, npm }), 3), /another release/);
  });

  for (const [what, alter, lacks] of [
    [
      'a private part that the driver changes',
      (folder: string) => rm(join(folder, 'src/network/requestQueue'), { recursive: true }),
      // kafkajs itself needs it too
      /Cannot find module '\.\/requestQueue'/,
    ],
    [
      'a method',
      (folder: string) =>
        writeFile(join(folder, 'src/network/requestQueue/index.js'), 'module.exports = class RequestQueue {};'),
      /it has no prototype\.scheduleCheckPendingRequests in kafkajs\/src\/network\/requestQueue\./,
    ],
    [
      'a name that the driver imports',
      (folder: string) => writeFile(join(folder, 'index.js'), 'module.exports = { Kafka: class Kafka {} };'),
      /(?:logLevel|CompressionTypes|Partitioners|PartitionAssigners)/,
    ],
  ] as const) {
    test(`without ${what} is refused before anything runs, by name and with what is missing`, async () => {
      await using cache = await anEmptyCache();
      const said = await refusalOf(obtainRelease(kafkajs('9.9.9'), { ...cache, npm: npmThatInstalls({ alter }) }), 3);
      assert.match(said, /^The driver kafkajs cannot drive kafkajs 9\.9\.9: /);
      assert.match(said, lacks);
      assert.match(said, /\| Choose another release/);
    });
  }
});

suite('when npm fails', () => {
  const failing =
    (code: string, published: readonly string[] | null): Npm =>
    async ([command]) => {
      if (command === 'install') return ended(1, { stderr: `npm error code ${code}\nnpm error said so\n` });
      return published === null ? ended(1) : ended(0, { stdout: JSON.stringify(published) });
    };

  for (const [code, published, exitCode, expected] of [
    [
      'ETARGET',
      ['2.2.4', '2.2.3'],
      2,
      /^There is no release kafkajs 9\.9\.9\. \| Published are, next to it: 2\.2\.3, 2\.2\.4\.$/,
    ],
    ['ETARGET', null, 2, /\| npm view kafkajs versions lists what there is\.$/],
    ['E404', [], 2, /^There is no release kafkajs 9\.9\.9\./],
    ['ENOTFOUND', null, 3, /npm ended with ENOTFOUND \(said so\)\. \| Check the network/],
    ['ERR_SOCKET_TIMEOUT', null, 3, /ERR_SOCKET_TIMEOUT .*\| Check the network/],
    ['E401', null, 3, /E401 \(said so\)\. \| Mend what npm says/],
  ] as const) {
    test(`with ${code}${published === null ? ' and tells no versions' : ''} the exit code is ${exitCode}, and it is said what to do`, async () => {
      await using cache = await anEmptyCache();
      const npm = failing(code, published);
      assert.match(await refusalOf(obtainRelease(kafkajs('9.9.9'), { ...cache, npm }), exitCode), expected);
    });
  }

  test('because there is none, the way out is named', async () => {
    await using cache = await anEmptyCache();
    const npm: Npm = () => Promise.reject(new Error('spawn npm ENOENT'));
    assert.match(await refusalOf(obtainRelease(kafkajs('9.9.9'), { ...cache, npm }), 3), /ENOENT.*\| Install npm/);
  });
});

suite('the versions next to one', () => {
  const published = ['1.9.0', '1.10.0', '1.8.2', '1.10.1', '1.10.0-rc1', '1.9.1', '1.10.0-rc2', '2.0.0'];
  for (const [version, near] of [
    ['1.9.2', ['1.9.0', '1.9.1', '1.10.0', '1.10.1']],
    ['0.1.0', ['1.8.2', '1.9.0']],
    ['3.0.0', ['1.10.1', '2.0.0']],
    ['1.10.0-rc3', ['1.10.0-rc1', '1.10.0-rc2', '1.10.0', '1.10.1']],
  ] as const) {
    test(`${version} are ${near.join(', ')}`, () => assert.deepEqual(nearestVersions(version, published), near));
  }
});

const reaches = await runNpm(['view', 'kafkajs@2.2.3', 'version'], { cwd: import.meta.dirname }).catch(() => ended(1));
const skip = reaches.code === 0 ? false : 'npm reaches no registry';

suite('from the registry', { skip }, () => {
  test('a release is fetched and can be driven', async () => {
    await using cache = await anEmptyCache();
    await obtainRelease(kafkajs('2.2.3'), cache);
    assert.equal(versionSeenFrom('kafkajs', join(folderIn(cache.cacheFolder, '2.2.3'), 'module.js')), '2.2.3');
  });

  test('a version that was never published is refused with those next to it', async () => {
    await using cache = await anEmptyCache();
    assert.match(await refusalOf(obtainRelease(kafkajs('2.2.99'), cache), 2), /next to it: .*2\.2\.4/);
  });
});

suite('a program', { skip: process.platform === 'win32' ? 'there are no process groups' : false }, () => {
  /** Ends only when it is told to, and has started another one that does too; both are named. */
  const endless = `
    const { pid } = require('node:child_process').spawn('sleep', ['600'], { stdio: 'ignore' });
    require('node:fs').writeFileSync(process.argv[1], String(pid));
    setInterval(() => {}, 1000);
  `;

  test('that is stopped takes with it what it had started', async () => {
    await using cache = await anEmptyCache();
    const file = join(cache.cacheFolder, 'pid');
    const stop = new AbortController();
    const running = runProgram(process.execPath, ['-e', endless, file], {
      cwd: cache.cacheFolder,
      signal: stop.signal,
    });
    const refused = assert.rejects(running, { name: 'AbortError' });
    let pid = 0;
    while (pid === 0) {
      pid = Number(await readFile(file, 'utf8').catch(() => '0'));
      await pause(20);
    }
    assert.ok(isProcessAlive(pid));
    stop.abort();
    await refused;
    for (let i = 0; i < 100 && isProcessAlive(pid); i++) await pause(20);
    assert.equal(isProcessAlive(pid), false);
  });

  test('that takes too long is stopped, and has no exit code', async () => {
    const slow = runProgram(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      cwd: import.meta.dirname,
      mostMillis: 300,
    });
    assert.equal((await slow).code, null);
  });
});
