/** Lets set-up build the addon of a made-up package, with made-up tools: what is tested is what it tries, says and remembers. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';

const packageFolder = 'node_modules/@confluentinc/kafka-javascript';
const addon = `${packageFolder}/build/Release/confluent-kafka-javascript.node`;
const preGyp = 'node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp';
const nodeGyp = 'node-gyp.js';

/** Programs that write an addon which can be loaded, or one that cannot, or end in failure. Their names say what they did. */
const makes = (text: string): string => `
  const { mkdirSync, writeFileSync } = require('node:fs');
  mkdirSync('build/Release', { recursive: true });
  writeFileSync('build/Release/confluent-kafka-javascript.node', ${JSON.stringify(text)});`;
const fails = 'process.exit(1);';

/** Stands for the library: loading it loads the addon. */
const library = `
  const text = require('node:fs').readFileSync(__dirname + '/build/Release/confluent-kafka-javascript.node', 'utf8');
  if (!text.startsWith('good')) throw new Error('cannot be loaded');`;

interface Clone {
  readonly folder: string;
  /** What set-up says, line by line. */
  setUp(environment?: Readonly<Record<string, string>>): string[];
  isSettled(asked?: 'asked'): boolean;
  note(): { readonly message?: string; readonly hint?: string };
  write(file: string, text: string): void;
  /** Puts a tool on the path; what it prints is what headers the compiler lacks. */
  addTool(name: string, prints?: string): void;
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'highwater-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const module = new URL('../../../bench/setup/addon.js', import.meta.url).href;

function aClone(t: TestContext, cache = temporaryFolder(t)): Clone {
  const folder = temporaryFolder(t);
  const run = (program: string, environment: Readonly<Record<string, string>> = {}) => {
    const root = JSON.stringify(pathToFileURL(`${folder}/`).href);
    const code = `import { addonIsSettled, settleAddon } from ${JSON.stringify(module)}; const root = new URL(${root}); ${program}`;
    const env = {
      PATH: join(folder, 'tools'),
      HIGHWATER_CACHE: cache,
      npm_config_node_gyp: join(folder, nodeGyp),
      ...environment,
    };
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      env,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    return { stdout, stderr };
  };
  const clone: Clone = {
    folder,
    setUp: environment =>
      run('await settleAddon(root, () => undefined);', environment).stderr.split('\n').filter(Boolean),
    isSettled: asked => run(`console.log(addonIsSettled(root, ${asked === 'asked'}));`).stdout === 'true\n',
    note: () => JSON.parse(readFileSync(join(folder, packageFolder, 'highwater-build.json'), 'utf8')),
    write(file, text) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    },
    addTool(name, prints = '') {
      clone.write(`tools/${name}`, `#!/bin/sh\necho '${prints}'\n`);
      chmodSync(join(folder, 'tools', name), 0o755);
    },
  };
  clone.write(`${packageFolder}/package.json`, JSON.stringify({ version: '1.0.0', main: 'index.js' }));
  clone.write(`${packageFolder}/index.js`, library);
  clone.write(preGyp, fails);
  clone.write(nodeGyp, fails);
  return clone;
}

const isRoot = process.getuid?.() === 0;

const addTools = (clone: Clone): void => ['g++', 'make', 'python3'].forEach(name => clone.addTool(name));

describe('set-up', { skip: process.platform === 'linux' ? false : 'knows the headers of Linux alone' }, () => {
  before(() => assert.ok(existsSync('/bin/sh')));

  test('takes a prebuilt addon where there is one, without a compiler', t => {
    const clone = aClone(t);
    clone.write(preGyp, makes('good, fetched'));
    assert.ok(!clone.isSettled());
    assert.deepEqual(clone.setUp(), ['set-up: looking for a prebuilt native addon of the driver confluent …']);
    assert.equal(readFileSync(join(clone.folder, addon), 'utf8'), 'good, fetched');
    assert.ok(clone.isSettled() && clone.isSettled('asked'));
  });

  test('builds from source where there is none, and a second clone gets it from the cache', t => {
    const cache = temporaryFolder(t);
    const clone = aClone(t, cache);
    addTools(clone);
    clone.write(nodeGyp, makes('good, built'));
    assert.match(clone.setUp().join('\n'), /prebuilt .*\n.* from source, which takes a minute or two …$/);
    assert.ok(clone.isSettled());
    const second = aClone(t, cache);
    assert.deepEqual(second.setUp(), ['set-up: the native addon of the driver confluent was in the cache.']);
    assert.equal(readFileSync(join(second.folder, addon), 'utf8'), 'good, built');
    assert.ok(second.isSettled());
  });

  test('forgets an addon of the cache that this machine cannot load any more', t => {
    const cache = temporaryFolder(t);
    const clone = aClone(t, cache);
    addTools(clone);
    clone.write(nodeGyp, makes('good, built'));
    clone.setUp();
    const second = aClone(t, cache);
    addTools(second);
    second.write(`${packageFolder}/index.js`, library.replace("'good'", "'good, built anew'"));
    second.write(nodeGyp, makes('good, built anew'));
    assert.match(second.setUp().join('\n'), /from source/);
    assert.ok(second.isSettled());
    const third = aClone(t, cache);
    third.setUp();
    assert.equal(readFileSync(join(third.folder, addon), 'utf8'), 'good, built anew');
  });

  test('takes an addon that npm has built itself', t => {
    const clone = aClone(t);
    clone.write(addon, 'good, by npm');
    assert.ok(!clone.isSettled());
    assert.deepEqual(clone.setUp(), []);
    assert.ok(clone.isSettled());
  });

  test('says in a line what is missing, and notes it for the driver', t => {
    const clone = aClone(t);
    clone.addTool('make');
    const [, line = '', ...rest] = clone.setUp();
    assert.deepEqual(rest, []);
    assert.match(
      line,
      /^set-up: the driver confluent needs a native addon that could not be built without g\+\+, python3, /,
    );
    assert.match(line, /Install them .*, then `npm run setup`\. All else works\.$/);
    assert.match(clone.note().message ?? '', /could not be built without g\+\+, python3/);
  });

  test('asks the compiler for headers, and names the packages where apt-get is', t => {
    const clone = aClone(t);
    addTools(clone);
    clone.addTool('g++', 'highwater-lacks <sasl/sasl.h>');
    clone.addTool('apt-get');
    clone.setUp();
    assert.match(clone.note().message ?? '', /without sasl\/sasl\.h$/);
    assert.match(clone.note().hint ?? '', /sudo apt-get install -y --no-install-recommends libsasl2-dev`/);
  });

  test('installs what is missing where it may, and goes on', { skip: isRoot ? false : 'this is not root' }, t => {
    const clone = aClone(t);
    for (const tool of ['g++', 'python3', 'apt-get']) clone.addTool(tool);
    const tools = join(clone.folder, 'tools');
    clone.write('tools/apt-get', `#!/bin/sh\necho "$@"\n/bin/cp ${tools}/g++ ${tools}/make\n`);
    clone.write(nodeGyp, makes('good, built'));
    assert.match(clone.setUp().join('\n'), /^set-up: installing make \(apt-get\) …$/m);
    const log = readFileSync(join(clone.folder, packageFolder, 'highwater-build.log'), 'utf8');
    assert.match(log, /^update\ninstall -y --no-install-recommends make$/m);
    assert.ok(clone.isSettled());
  });

  test('tries again what lacked something when it is there, or when asked to', t => {
    const clone = aClone(t);
    clone.setUp();
    assert.ok(clone.isSettled(), 'it would try again though nothing has changed');
    assert.ok(!clone.isSettled('asked'));
    addTools(clone);
    assert.ok(!clone.isSettled(), 'it would not notice that tools have come');
  });

  for (const [what, program] of [
    ['fails', fails],
    ['makes what cannot be loaded', makes('bad')],
  ] as const) {
    test(`does not try again a build that ${what}, unless asked to or for another version`, t => {
      const clone = aClone(t);
      addTools(clone);
      clone.write(nodeGyp, program);
      assert.match(clone.setUp().at(-1) ?? '', /could not be built: .* See .*highwater-build\.log/);
      assert.ok(clone.isSettled());
      assert.ok(!clone.isSettled('asked'));
      clone.write(`${packageFolder}/package.json`, JSON.stringify({ version: '1.0.1', main: 'index.js' }));
      assert.ok(!clone.isSettled());
    });
  }

  test('leaves what a build said in the log, and nothing of it on the screen', t => {
    const clone = aClone(t);
    addTools(clone);
    clone.write(nodeGyp, `console.log('a thousand lines'); console.error('an error'); ${fails}`);
    assert.doesNotMatch(clone.setUp().join('\n'), /a thousand lines|an error/);
    const log = readFileSync(join(clone.folder, packageFolder, 'highwater-build.log'), 'utf8');
    assert.match(log, /a thousand lines[^]*an error/);
  });

  test('builds for the pinned Node: its program comes first, and its headers are used', t => {
    const clone = aClone(t);
    addTools(clone);
    const pinned = `node_modules/node-${process.platform}-${process.arch}`;
    clone.write(`${pinned}/include/node/node.h`, '');
    clone.write(
      nodeGyp,
      `const { PATH, npm_config_nodedir, CKJS_LINKING } = process.env;
       console.log(JSON.stringify([PATH.split(':')[0], npm_config_nodedir, CKJS_LINKING])); ${fails}`,
    );
    clone.setUp();
    const log = readFileSync(join(clone.folder, packageFolder, 'highwater-build.log'), 'utf8');
    const expected = [join(clone.folder, 'node_modules/.bin'), join(clone.folder, pinned, '/'), 'dynamic'];
    assert.deepEqual(JSON.parse(log), expected);
  });

  test('has nothing to do where the package is not installed', t => {
    const clone = aClone(t);
    rmSync(join(clone.folder, packageFolder), { recursive: true });
    assert.ok(clone.isSettled('asked'));
  });
});
