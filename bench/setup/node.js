/** Sees to the Node that runs Highwater: the one pinned in `node_modules`, else the system's if it is new enough. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runNpm } from './packages.js';
import { SetupError, say } from './say.js';

/** The oldest Node that runs Highwater's TypeScript as it is. */
const oldest = { major: 24, minor: 15 };

const onWindows = process.platform === 'win32';
const packageName = `node-${onWindows ? 'win' : process.platform}-${process.arch}`;
const pinnedNode = `node_modules/${packageName}/bin/${onWindows ? 'node.exe' : 'node'}`;

/**
 * The program of the Node that runs Highwater here.
 * @param {URL} root the repository's folder
 */
export function nodeOf(root) {
  const pinned = new URL(pinnedNode, root);
  return existsSync(pinned) ? fileURLToPath(pinned) : process.execPath;
}

/**
 * Sees to it that the scripts of `npm run` find a Node that runs Highwater.
 * @param {URL} root the repository's folder
 * @param {string} version of the system's Node
 * @throws {SetupError} where npm has no Node for this machine and the one at hand is too old
 */
export function requireNode(root, version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (
    existsSync(new URL(pinnedNode, root)) ||
    major > oldest.major ||
    (major === oldest.major && minor >= oldest.minor)
  )
    return;
  throw new SetupError(
    `Highwater needs Node ${oldest.major}.${oldest.minor} or newer (found ${version}), and npm has none for ${process.platform}-${process.arch}.`,
    'Install Node 24 LTS from nodejs.org, or with a version manager (`fnm install 24`, `nvm install 24`, `brew install node@24`), then run the same command again.',
  );
}

/**
 * Whether the pinned Node, if npm has one for this machine, is where `npm run` looks for it. npm 10 and older delete the link when
 * they skip the pinned Nodes of other machines, whose program has the same name (npm/cli#4362).
 * @param {URL} root
 */
export function pinnedNodeIsLinked(root) {
  if (!existsSync(new URL(pinnedNode, root))) return true;
  return existsSync(new URL(`node_modules/.bin/${onWindows ? 'node.cmd' : 'node'}`, root));
}

/**
 * Makes the link that is missing.
 * @param {URL} root
 * @param {(pid: number) => void} started is told the process number of npm
 * @throws {SetupError} when npm cannot be found or fails
 */
export async function linkPinnedNode(root, started) {
  say('set-up: linking the pinned Node (npm rebuild) …');
  await runNpm(root, ['rebuild', packageName], started);
}
