import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { readdir, readFile, symlink } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { after, suite, test } from 'node:test';
import { exitCodes, type Result } from '../../src/index.ts';
import { closedLoop, scenario } from '../bench/scenarios.ts';
import { type Ended, openProject } from './packed.ts';

const root = resolve(import.meta.dirname, '../..');
const entry = 'node_modules/highwater/dist/bench/highwater.js';
const linked = join('node_modules', '.bin', 'highwater');
const runShort = ['short.yaml', '--json', '--quiet', '--report', 'json'];

const libraryUser = `import { runScenario, type Result } from 'highwater';
const result: Result = await runScenario('short.yaml', { out: 'from-library', onEvent: event => console.error(event.type) });
console.log(result.cells[0]?.trials[0]?.counts.acked);
`;
const notOfAnyLibrary = `import { runScenario } from 'highwater';
const result: string = await runScenario(1);
`;
const compilerOptions = { strict: true, module: 'nodenext', target: 'es2023', noEmit: true, types: ['node'] };

const project = await openProject({
  'short.yaml': scenario(closedLoop),
  'native.yaml': scenario({ driver: 'confluent', load: closedLoop['load'] }),
  'user.ts': libraryUser,
  'wrong.ts': notOfAnyLibrary,
  'tsconfig.json': JSON.stringify({ compilerOptions, files: ['user.ts', 'wrong.ts'] }),
  'older.mjs': `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.21.1' } });`,
});
after(() => project[Symbol.asyncDispose]());

/** What the run printed; on a machine that is busy with something else its trials may be invalid. */
function resultOf({ exitCode, stdout, stderr }: Ended): Result {
  assert.ok(exitCode === exitCodes.ok || exitCode === exitCodes.invalid, `${stdout}${stderr}`);
  return JSON.parse(stdout) as Result;
}

test('a packed release holds all that its code reads beside it', () => {
  const assets = globSync('src/**/*.*', { cwd: root }).filter(file => !['.ts', '.js'].includes(extname(file)));
  assert.ok(assets.length > 0);
  assert.deepEqual(
    assets.map(file => `dist/${file.replaceAll('\\', '/')}`).filter(file => !project.packed.includes(file)),
    [],
  );
});

test('a packed release holds no TypeScript that would have to run, and nothing that only the repository needs', () => {
  const { packed } = project;
  assert.deepEqual(
    packed.filter(file => file.startsWith('dist/') && file.endsWith('.ts') && !file.endsWith('.d.ts')),
    [],
  );
  assert.deepEqual(
    packed.filter(file => /(^|\/)(test|trust|peers|ledger|setup|node_modules)\//.test(file)),
    [],
  );
});

test('a packed release brings no Node', async () => {
  const manifest = JSON.parse(await readFile(join(project.folder, 'node_modules/highwater/package.json'), 'utf8')) as {
    readonly dependencies: object;
    readonly optionalDependencies: object;
  };
  assert.deepEqual(Object.keys(manifest.optionalDependencies), ['@confluentinc/kafka-javascript', '@resvg/resvg-js']);
  assert.deepEqual(
    (await readdir(join(project.folder, 'node_modules'))).filter(name => /^node-(linux|win|darwin)-/.test(name)),
    [],
  );
});

test('its command says the version of the release, and not of the project that it is installed in', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const { exitCode, stdout } = await project.run(linked, ['--version']);
  assert.deepEqual([exitCode, stdout], [0, `${version}\n`]);
});

suite('a packed release runs a scenario', { concurrency: 2 }, () => {
  test('by npx, with Node 24', async () => {
    const result = resultOf(await project.run('npx', ['highwater', 'run', ...runShort]));
    assert.ok((result.cells[0]?.trials[0]?.counts.acked ?? 0) > 0);
  });

  test('with Node 22', async t => {
    const { node22: node } = project;
    if (node === null) return t.skip('npm has no Node 22 for this machine, or cannot be reached');
    const result = resultOf(await project.run(node, [entry, ...runShort]));
    assert.ok((result.cells[0]?.trials[0]?.counts.acked ?? 0) > 0);
    assert.match(String(result.environment['node']), /^22\./);
  });

  test('from a program of a few lines, which compiles against its types', async () => {
    await symlink(join(root, 'node_modules/@types'), join(project.folder, 'node_modules/@types'), 'junction');
    await symlink(
      join(root, 'node_modules/undici-types'),
      join(project.folder, 'node_modules/undici-types'),
      'junction',
    );
    const { stdout } = await project.run(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.json']);
    const places = [...stdout.matchAll(/^(\S+)\((\d+,\d+)\): error (TS\d+)/gm)].map(([, ...place]) => place.join(' '));
    assert.deepEqual(places, ['wrong.ts 2,7 TS2322', 'wrong.ts 2,42 TS2345'], stdout);
    const ended = await project.run(process.execPath, ['user.ts']);
    assert.equal(ended.exitCode, 0, ended.stderr);
    assert.ok(Number(ended.stdout) > 0, ended.stdout);
    assert.match(ended.stderr, /^trial-started\n.*^trial-done$/ms);
  });
});

test('a packed release says what it needs to a Node that is too old', async () => {
  const { exitCode, stderr } = await project.run(process.execPath, ['--import', './older.mjs', entry, 'short.yaml']);
  assert.deepEqual([exitCode, stderr], [3, 'Highwater needs Node 22.22 (found 22.21.1). Install Node 24 LTS.\n']);
});

test('a scenario that names the client whose addon is missing says what to do', async () => {
  const { exitCode, stderr } = await project.run(linked, ['native.yaml']);
  assert.equal(exitCode, 3, stderr);
  assert.match(stderr, /The driver confluent needs a native addon that is not built/);
  assert.match(stderr, /Install a C\+\+ compiler.*npm rebuild @confluentinc\/kafka-javascript/);
});
