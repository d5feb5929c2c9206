/** Sees to the browser in which tests look at reports: Debian's chromium, installed where that is this set-up's to do. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { installByApt, mayInstallByApt } from './build-tools.js';
import { withoutFlagsOfNpm } from './packages.js';
import { say } from './say.js';

const packageName = 'chromium';

/** As tests look for it: `CHROMIUM` names another. */
const isThere = () => existsSync(process.env['CHROMIUM'] ?? '/usr/bin/chromium');

const retryMillis = 86_400_000;
const noteOf = (/** @type {URL} */ root) => new URL('node_modules/.cache/highwater-chromium.txt', root);

/**
 * Whether there is nothing to do: it is there, cannot be installed by this user, or could not be within the last day.
 * @param {URL} root the repository's folder
 */
export function chromiumIsSettled(root) {
  if (isThere() || !mayInstallByApt()) return true;
  try {
    return Date.now() - Number(readFileSync(noteOf(root), 'utf8')) < retryMillis;
  } catch {
    return false;
  }
}

/**
 * Installs it; without it tests of reports in a browser are skipped, or fail where CI is set.
 * @param {URL} root the repository's folder
 * @param {(pid: number) => void} started is told the process numbers of what it starts
 */
export async function settleChromium(root, started) {
  say(`set-up: installing ${packageName} (apt-get), in which tests look at reports …`);
  const cache = new URL('.', noteOf(root));
  mkdirSync(cache, { recursive: true });
  const log = new URL('highwater-chromium.log', cache);
  const place = { cwd: fileURLToPath(root), env: withoutFlagsOfNpm(process.env), log: fileURLToPath(log), started };
  await installByApt([packageName], place);
  if (isThere()) return;
  writeFileSync(noteOf(root), String(Date.now()));
  say(`set-up: ${packageName} could not be installed (${fileURLToPath(log)}). All else works.`);
}
