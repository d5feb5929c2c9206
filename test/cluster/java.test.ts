/** Specifies where a Java is looked for, and what is said where none will do. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { findJava, majorVersionIn } from '../../src/cluster/java.ts';
import { HarnessError } from '../../src/support/errors.ts';

const onWindows = process.platform === 'win32' && 'its programs are no shell scripts';

/** A folder with a Java of that version in `bin`, and an empty cache. */
async function aHost(version: string) {
  const home = await mkdtemp(join(tmpdir(), 'highwater-java-'));
  const bin = join(home, 'bin');
  const java = join(bin, 'java');
  await mkdir(bin);
  await writeFile(java, `#!/bin/sh\necho 'openjdk version "${version}"' >&2\n`);
  await chmod(java, 0o755);
  const cacheFolder = join(home, 'cache');
  return { home, bin, java, cacheFolder, [Symbol.asyncDispose]: () => rm(home, { recursive: true }) };
}

for (const [text, version] of [
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['openjdk version "25" 2025-09-16', 25],
  ['java version "1.8.0_392"', 8],
  ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21.0.2" 2024-01-16', 21],
  ['java: command not found', undefined],
] as const) {
  test(`${JSON.stringify(text)} is Java ${version}`, () => {
    assert.equal(majorVersionIn(text), version);
  });
}

test('JAVA_HOME comes before the path', { skip: onWindows }, async () => {
  await using chosen = await aHost('21.0.2');
  await using other = await aHost('17.0.1');
  const environment = { JAVA_HOME: chosen.home, PATH: other.bin };
  assert.equal(await findJava({ cacheFolder: chosen.cacheFolder, environment }), chosen.java);
});

test('the first Java on the path is taken', { skip: onWindows }, async () => {
  await using host = await aHost('17.0.1');
  const environment = { PATH: ['/nowhere', host.bin].join(delimiter) };
  assert.equal(await findJava({ cacheFolder: host.cacheFolder, environment }), host.java);
});

for (const [what, version, said] of [
  ['too old', '11.0.2', /Java 11, but Kafka needs Java 17/],
  ['no Java', 'none', /no Java that starts, but Kafka needs Java 17/],
] as const) {
  test(`a JAVA_HOME that is ${what} is an error, not passed over`, { skip: onWindows }, async () => {
    await using host = await aHost(version);
    await assert.rejects(findJava({ cacheFolder: host.cacheFolder, environment: { JAVA_HOME: host.home } }), error => {
      assert.ok(error instanceof HarnessError && error.reason === 'environment');
      assert.match(error.message, said);
      assert.match(error.hint ?? '', /JAVA_HOME/);
      return true;
    });
  });
}

test('where none is to be had the error says what to install', { skip: onWindows }, async () => {
  await using host = await aHost('11.0.2');
  const options = { cacheFolder: host.cacheFolder, environment: { PATH: host.bin } };
  await assert.rejects(findJava(options), error => {
    assert.ok(error instanceof HarnessError && error.reason === 'environment');
    assert.match(error.hint ?? '', /Install Java 17/);
    return true;
  });
});
