/** Installs what the lock file lists, if `node_modules` holds something else. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SetupError, say } from './say.js';

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, os?: string | string[], cpu?: string | string[] }} LockedPackage
 * @typedef {{ packages: Record<string, LockedPackage> }} LockFile
 */

/**
 * Whether `node_modules` holds every package of the lock file in its version. npm writes its own record there as its last
 * step, so an installation that was interrupted, or is older than the lock file, does not pass.
 * @param {URL} root the repository's folder
 */
export function packagesAreInstalled(root) {
  const wanted = /** @type {LockFile} */ (JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8')));
  const installed = readInstalled(root);
  if (installed === undefined) return false;
  return Object.entries(wanted.packages)
    .filter(([path, locked]) => path !== '' && isMeantForThisMachine(path, locked))
    .every(([path, locked]) => isSamePackage(locked, installed.packages[path]));
}

/**
 * npm's record of what it installed; undefined where there is none, or one that was cut short.
 * @param {URL} root
 * @returns {LockFile | undefined}
 */
function readInstalled(root) {
  try {
    return /** @type {LockFile} */ (JSON.parse(readFileSync(new URL('node_modules/.package-lock.json', root), 'utf8')));
  } catch {
    return undefined;
  }
}

/**
 * An optional package may be missing where it does not fit; the pinned Node may not where it does, and a client whose addon is
 * not built is there all the same, unless npm took it away when its own attempt failed.
 * @param {string} path
 * @param {LockedPackage} locked
 */
function isMeantForThisMachine(path, locked) {
  if (locked.optional !== true) return true;
  if (path === 'node_modules/@confluentinc/kafka-javascript') return true;
  const isPinnedNode = /^node_modules\/node-(linux|win|darwin)-/.test(path);
  return isPinnedNode && [locked.os].flat().includes(process.platform) && [locked.cpu].flat().includes(process.arch);
}

/**
 * @param {LockedPackage} locked
 * @param {LockedPackage | undefined} installed
 */
function isSamePackage(locked, installed) {
  return installed !== undefined && installed.version === locked.version && installed.integrity === locked.integrity;
}

/**
 * Installs the packages that the lock file lists, in place of those that are there.
 * @param {URL} root
 * @param {(pid: number) => void} started is told the process number of npm
 * @throws {SetupError} when npm cannot be found or fails
 */
export async function installPackages(root, started) {
  say('set-up: installing packages (npm ci) …');
  // the only script is that of a native addon, for which set-up knows better ways
  await runNpm(root, ['ci', '--include=dev', '--include=optional', '--ignore-scripts'], started);
}

/**
 * Runs npm, and on the Node, that started this set-up.
 * @param {URL} root
 * @param {string[]} args
 * @param {(pid: number) => void} started is told the process number of npm
 * @throws {SetupError} when npm cannot be found or fails
 */
export async function runNpm(root, args, started) {
  const npm = process.env['npm_execpath'];
  if (npm === undefined || !(process.env['npm_config_user_agent'] ?? '').startsWith('npm/')) {
    throw new SetupError('The packages are not installed, and set-up was not started by npm.', 'Run: npm run setup');
  }
  // The Node that npm itself runs on: this process may run on the pinned one, which npm ci is about to replace.
  const node = process.env['npm_node_execpath'] ?? process.execPath;
  const child = spawn(node, [npm, ...args], {
    cwd: fileURLToPath(root),
    env: withoutFlagsOfNpm(process.env),
    stdio: ['ignore', 2, 2],
  });
  if (child.pid !== undefined) started(child.pid);
  const [code, signal] = await once(child, 'exit');
  if (code === 0) return;
  throw new SetupError(
    `The packages could not be installed: npm ${args[0]} ended with ${signal ?? `exit code ${code}`}.`,
    'Mend what npm says above (is the package registry reachable?), then run the same command again.',
  );
}

/**
 * npm takes flags that were meant for the benchmark (`npm run bench a.yaml --dry-run`) and hands them down to every npm below.
 * @param {NodeJS.ProcessEnv} env
 */
export function withoutFlagsOfNpm(env) {
  const flags = [
    'dry_run',
    'global',
    'json',
    'loglevel',
    'omit',
    'only',
    'package_lock_only',
    'prefix',
    'production',
    'workspace',
  ];
  const taken = new Set(flags.map(flag => `npm_config_${flag}`));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !taken.has(name.toLowerCase())));
}
