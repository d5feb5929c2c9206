/** Packs the package as a release is packed, and installs it where nothing else is. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const root = resolve(import.meta.dirname, '../..');
const onWindows = process.platform === 'win32';

/** How a program ended. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project whose only dependency is the packed release, whose client with an addon is not built. */
export interface Project extends AsyncDisposable {
  readonly folder: string;
  /** Paths of what was packed. */
  readonly packed: readonly string[];
  /** The program of the newest Node 22 that npm has for this machine; null where it has none, or cannot be reached. */
  readonly node22: string | null;
  run(program: string, args: readonly string[]): Promise<Ended>;
}

/** What a release is made of; tests and reports stay behind. */
const ingredients = ['bench', 'docs', 'scenarios', 'src', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
const documents = ['CHANGELOG.md', 'LICENSE', 'README.md'];

/** Of whatever started this test nothing reaches the programs, but where npm finds its packages. */
function environment(): NodeJS.ProcessEnv {
  const foreign = /^(npm_(?!config_(registry|cache|userconfig)$)|HIGHWATER_(?!CACHE$)|NODE_TEST_|OTEL_)/i;
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(own), PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) };
}

/** Runs a program to its end. */
async function run(program: string, args: readonly string[], cwd: string): Promise<Ended> {
  const child = spawn(program, args, { cwd, env: environment(), stdio: ['ignore', 'pipe', 'pipe'], shell: onWindows });
  const [[exitCode], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { exitCode: exitCode as number, stdout, stderr };
}

async function succeeded(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { exitCode, stdout, stderr } = await run(program, args, cwd);
  assert.equal(exitCode, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

/** Packs a copy of this repository, so that whoever works in it meets no build. */
async function pack(into: string): Promise<{ readonly tarball: string; readonly files: readonly string[] }> {
  const copy = join(into, 'repository');
  await mkdir(copy);
  for (const name of [...ingredients, ...documents]) await cp(join(root, name), join(copy, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  const packed = await succeeded('npm', ['pack', '--json', '--silent', '--pack-destination', into], copy);
  const [{ filename, files }] = JSON.parse(packed.slice(packed.indexOf('['))) as [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ];
  return { tarball: join(into, filename), files: files.map(({ path }) => path) };
}

/** Without scripts: no addon is built, as where none can be. */
const installing = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent', '--ignore-scripts'];

async function install(folder: string): Promise<{ readonly project: string; readonly packed: readonly string[] }> {
  const { tarball, files } = await pack(folder);
  const project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await succeeded('npm', [...installing, tarball], project);
  return { project, packed: files };
}

/** Packs, installs, and puts those files beside it; disposing removes it all. */
export async function openProject(files: Readonly<Record<string, string>>): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-test-package-'));
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  // both have ended before the folder may be removed
  const [installed, found] = await Promise.allSettled([install(folder), findNode22(folder)]);
  if (installed.status === 'rejected') throw installed.reason;
  const { project, packed } = installed.value;
  const node22 = found.status === 'fulfilled' ? found.value : null;
  for (const [name, content] of Object.entries(files)) await writeFile(join(project, name), content);
  const rest = opened.move();
  return {
    folder: project,
    packed,
    node22,
    run: (program, args) => run(program, args, project),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

async function findNode22(within: string): Promise<string | null> {
  const name = `node-${onWindows ? 'win' : process.platform}-${process.arch}`;
  const folder = join(within, 'node22');
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  const { exitCode } = await run('npm', [...installing, `${name}@22`], folder);
  return exitCode === 0 ? join(folder, 'node_modules', name, 'bin', onWindows ? 'node.exe' : 'node') : null;
}
