/** Finds out what a build of librdkafka lacks on this machine, and installs it where that is this set-up's to do. */
import { accessSync, constants } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { run } from './run.js';
import { say } from './say.js';

/** @typedef {{ name: string, debian: string }} Piece something that is needed, and the package of Debian and Ubuntu that holds it */

const compiler = 'g++';

const tools = [
  { name: compiler, debian: compiler },
  { name: 'make', debian: 'make' },
  { name: 'python3', debian: 'python3' },
];

const headers = [
  { name: 'curl/curl.h', debian: 'libcurl4-openssl-dev' },
  { name: 'openssl/ssl.h', debian: 'libssl-dev' },
  { name: 'sasl/sasl.h', debian: 'libsasl2-dev' },
  { name: 'zlib.h', debian: 'zlib1g-dev' },
  { name: 'zstd.h', debian: 'libzstd-dev' },
  { name: 'lz4.h', debian: 'liblz4-dev' },
];

const aptMillis = 600_000;

/**
 * What a build lacks. Without some headers there would be a librdkafka too, but one that cannot encrypt, or compress with all codecs.
 * @returns {Piece[]}
 */
export function findMissing() {
  const missing = tools.filter(({ name }) => !isOnPath(name));
  // elsewhere libraries stand where only their own tools find them
  if (process.platform !== 'linux') return missing;
  return [...missing, ...missingHeaders()];
}

/**
 * Installs what is missing on Debian and Ubuntu, if this user may; says what it does.
 * @param {Piece[]} missing
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, log: string, started: (pid: number) => void }} place
 * @returns {Promise<Piece[]>} what is missing still
 */
export async function installMissing(missing, place) {
  if (!mayInstallByApt()) return missing;
  say(`set-up: installing ${packagesOf(missing)} (apt-get) …`);
  await installByApt(
    missing.map(({ debian }) => debian),
    place,
  );
  return findMissing();
}

/** Whether this is a Debian or Ubuntu whose packages this user may change. */
export const mayInstallByApt = () => isOnPath('apt-get') && process.getuid?.() === 0;

/**
 * Installs packages of Debian and Ubuntu; whether they are there then is its caller's to see.
 * @param {string[]} packages
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, log: string, started: (pid: number) => void }} place
 */
export async function installByApt(packages, place) {
  const options = { ...place, mostMillis: aptMillis, env: { ...place.env, DEBIAN_FRONTEND: 'noninteractive' } };
  await run('apt-get', ['update'], options);
  await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], options);
}

/**
 * What a user is to do about it.
 * @param {Piece[]} missing
 */
export function howToInstall(missing) {
  const how = isOnPath('apt-get')
    ? `Run \`sudo apt-get install -y --no-install-recommends ${packagesOf(missing)}\``
    : 'Install them (a C++ compiler, make, Python 3, the headers of libcurl, OpenSSL, SASL, zlib, zstd and lz4)';
  return `${how}, then \`npm run setup\`.`;
}

const packagesOf = (/** @type {Piece[]} */ pieces) => pieces.map(({ debian }) => debian).join(' ');

/** Asks the compiler itself: it knows where this machine keeps headers. */
function missingHeaders() {
  if (!isOnPath(compiler)) return headers;
  const mark = 'highwater-lacks';
  const input = headers.map(({ name }) => `#if !__has_include(<${name}>)\n${mark} <${name}>\n#endif\n`).join('');
  const { stdout } = spawnSync(compiler, ['-E', '-P', '-x', 'c++', '-'], { input, encoding: 'utf8' });
  return headers.filter(({ name }) => (stdout ?? '').includes(`${mark} <${name}>`));
}

/** @param {string} program */
function isOnPath(program) {
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
