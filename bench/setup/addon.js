/** Sees to the native addon of the driver confluent: from the cache, prebuilt, or built from source; else notes what is missing. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyFromCache, dropFromCache, keepInCache } from './addon-cache.js';
import { findMissing, howToInstall, installMissing } from './build-tools.js';
import { nodeOf } from './node.js';
import { withoutFlagsOfNpm } from './packages.js';
import { run } from './run.js';
import { say } from './say.js';

const packageName = '@confluentinc/kafka-javascript';
const folderOf = (/** @type {URL} */ root) => new URL(`node_modules/${packageName}/`, root);

const addonFile = 'build/Release/confluent-kafka-javascript.node';

/** What set-up has done, which the driver reads too: it tells whoever names it why there is no addon. */
const noteFile = 'highwater-build.json';
const logFile = 'highwater-build.log';

/** A prebuilt addon is some 10 MB; where its host cannot be reached, some networks never say so. */
const downloadMillis = 60_000;

/**
 * @typedef {object} Note
 * @property {string} situation what it holds for: the package's version, Node, the machine
 * @property {string} [message] what is wrong, to follow "needs a native addon that"; none where the addon is there
 * @property {string} [hint] what to do about it
 * @property {boolean} [isLacking] whether the build was not tried because something is missing
 */

/**
 * Whether there is nothing to do for the addon: it is there, or could not be had and nothing has changed since then.
 * @param {URL} root the repository's folder
 * @param {boolean} isAsked whether somebody asked for the set-up: then what has failed is tried again
 */
export function addonIsSettled(root, isAsked) {
  const situation = situationOf(root);
  if (situation === undefined) return true;
  const note = readNote(root);
  if (note?.situation !== situation) return false;
  if (note.message === undefined) return existsSync(new URL(addonFile, folderOf(root)));
  return !isAsked && !(note.isLacking === true && findMissing().length === 0);
}

/**
 * Gets the addon in the first way that works. Where none does, everything but its driver works: it says so in a line and goes on.
 * @param {URL} root the repository's folder
 * @param {(pid: number) => void} started is told the process numbers of what it starts
 */
export async function settleAddon(root, started) {
  const situation = /** @type {string} */ (situationOf(root));
  const settings = { root, folder: folderOf(root), situation, started };
  rmSync(new URL(noteFile, settings.folder), { force: true });
  rmSync(new URL(logFile, settings.folder), { force: true });
  const failure = (await isHadAnyhow(settings)) ? undefined : await build(settings);
  writeFileSync(new URL(noteFile, settings.folder), JSON.stringify({ situation, ...failure }));
  if (failure === undefined) keepInCache(settings.folder, situation);
  else
    say(`set-up: the driver confluent needs a native addon that ${failure.message}. ${failure.hint} All else works.`);
}

/** @typedef {{ root: URL, folder: URL, situation: string, started: (pid: number) => void }} Settings */

/**
 * Looks for an addon that need not be built.
 * @param {Settings} settings
 */
async function isHadAnyhow({ root, folder, situation, started }) {
  if (loads(root)) return true;
  if (copyFromCache(folder, situation)) {
    if (loads(root)) {
      say('set-up: the native addon of the driver confluent was in the cache.');
      return true;
    }
    dropFromCache(situation);
  }
  say('set-up: looking for a prebuilt native addon of the driver confluent …');
  const program = fileURLToPath(new URL('node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp', root));
  const ended = await run(nodeOf(root), [program, 'install'], {
    ...placeOf(root),
    started,
    mostMillis: downloadMillis,
  });
  return ended === 'done' && loads(root);
}

/**
 * Builds from source.
 * @param {Settings} settings
 * @returns {Promise<Omit<Note, 'situation'> | undefined>} why it could not; undefined where it could
 */
async function build({ root, folder, started }) {
  if (process.platform === 'win32') {
    const hint = 'Let this machine reach github.com, then run `npm run setup`.';
    return { message: 'could not be fetched, and is not built from source on Windows', hint };
  }
  let missing = findMissing();
  if (missing.length > 0) missing = await installMissing(missing, { ...placeOf(root), started });
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ');
    return { message: `could not be built without ${names}`, hint: howToInstall(missing), isLacking: true };
  }
  say('set-up: building the native addon of the driver confluent from source, which takes a minute or two …');
  const program = process.env['npm_config_node_gyp'];
  const ended =
    program === undefined
      ? 'was not found: set-up was not started by npm'
      : await run(nodeOf(root), [program, 'rebuild', ...gypVariables(folder)], { ...placeOf(root), started });
  if (ended === 'done' && loads(root)) return undefined;
  const problem = ended === 'done' ? 'it cannot be loaded' : `node-gyp ${ended}`;
  const log = fileURLToPath(new URL(logFile, folder));
  return { message: `could not be built: ${problem}`, hint: `See ${log}, then run \`npm run setup\` again.` };
}

/**
 * What the addon's own build is told by its installer.
 * @param {URL} folder
 */
const gypVariables = folder => [
  '--module_name=confluent-kafka-javascript',
  `--module_path=${fileURLToPath(new URL('build/Release', folder))}`,
];

/**
 * Where and with what environment the programs run: the pinned Node first, its headers, and libraries of this machine.
 * @param {URL} root
 */
function placeOf(root) {
  const headers = new URL(`node_modules/node-${process.platform}-${process.arch}/`, root);
  const hasHeaders = existsSync(new URL('include/node/node.h', headers));
  const env = {
    ...withoutFlagsOfNpm(process.env),
    PATH: `${fileURLToPath(new URL('node_modules/.bin', root))}${delimiter}${process.env['PATH']}`,
    CKJS_LINKING: 'dynamic',
    JOBS: '1', // with more, node-gyp looks for a header before it is written; librdkafka itself is built with all cores
    ...(hasHeaders ? { npm_config_nodedir: fileURLToPath(headers) } : {}),
  };
  const folder = folderOf(root);
  return { cwd: fileURLToPath(folder), env, log: fileURLToPath(new URL(logFile, folder)) };
}

/**
 * Whether the Node that will run the driver can load the addon.
 * @param {URL} root
 */
function loads(root) {
  if (!existsSync(new URL(addonFile, folderOf(root)))) return false;
  const program = `require(${JSON.stringify(packageName)})`;
  const options = { cwd: fileURLToPath(root), timeout: 30_000, stdio: /** @type {const} */ ('ignore') };
  return spawnSync(nodeOf(root), ['-e', program], options).status === 0;
}

/**
 * What an addon is built for; undefined where the package is not installed.
 * @param {URL} root
 */
function situationOf(root) {
  const version = versionOf(new URL('package.json', folderOf(root)));
  const pinned = versionOf(new URL(`node_modules/node-${process.platform}-${process.arch}/package.json`, root));
  const [node] = (pinned ?? process.versions.node).split('.');
  return version && `${version}-node${node}-${process.platform}-${process.arch}`;
}

/**
 * @param {URL} packageFile
 * @returns {string | undefined}
 */
function versionOf(packageFile) {
  return existsSync(packageFile) ? JSON.parse(readFileSync(packageFile, 'utf8')).version : undefined;
}

/**
 * @param {URL} root
 * @returns {Note | undefined}
 */
function readNote(root) {
  try {
    return JSON.parse(readFileSync(new URL(noteFile, folderOf(root)), 'utf8'));
  } catch {
    return undefined;
  }
}
