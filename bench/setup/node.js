/** Finds the Node that runs Highwater: the one pinned in `node_modules`, else the system's if it is new enough. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SetupError } from './say.js';

/** The oldest Node that runs Highwater's TypeScript as it is. */
const oldest = { major: 24, minor: 15 };

/**
 * The path of a Node that can run Highwater.
 * @param {URL} root the repository's folder
 * @throws {SetupError} where npm has no Node for this machine and the one at hand is too old
 */
export function findNode(root) {
  const pinned = pinnedNode(root);
  if (pinned !== undefined) return pinned;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return process.execPath;
  throw new SetupError(
    `Highwater needs Node ${oldest.major}.${oldest.minor} or newer (found ${process.versions.node}), and npm has none for ${process.platform}-${process.arch}.`,
    'Install Node 24 LTS from nodejs.org, or with a version manager (`fnm install 24`, `nvm install 24`, `brew install node@24`), then run the same command again.',
  );
}

/**
 * @param {URL} root
 * @returns {string | undefined}
 */
function pinnedNode(root) {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const program = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node';
  const path = fileURLToPath(new URL(`node_modules/node-${platform}-${process.arch}/${program}`, root));
  return existsSync(path) ? path : undefined;
}
