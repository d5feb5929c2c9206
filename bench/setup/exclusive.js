/** Lets one set-up at a time change `node_modules`. */
import { appendFileSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { say } from './say.js';

const pollMillis = 200;

/**
 * Runs the work while holding the folder's lock file, which lists the processes that hold it; waits while one of another
 * set-up's is alive. The work names its child processes with `alsoHeldBy`: they may outlive a set-up that is killed.
 * @param {URL} root the repository's folder
 * @param {(alsoHeldBy: (pid: number) => void) => Promise<void>} work
 */
export async function exclusively(root, work) {
  const lock = fileURLToPath(new URL('.setup.lock', root));
  let announced = false;
  while (!tryLock(lock)) {
    const holders = readHolders(lock);
    if (holders !== undefined && !holders.split('\n').filter(Boolean).some(isAlive)) {
      removeLockOf(holders, lock); // its set-up was killed
      continue;
    }
    if (!announced) say(`set-up: waiting for another set-up of this folder (it holds ${lock}) …`);
    announced = true;
    await pause(pollMillis);
  }
  try {
    await work(pid => appendFileSync(lock, `${pid}\n`));
  } finally {
    rmSync(lock, { force: true });
  }
}

/**
 * Takes the lock if it is free. A link appears whole, with the holder's process number in it, or not at all.
 * @param {string} lock
 */
function tryLock(lock) {
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, `${process.pid}\n`);
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * Removes the lock that dead processes left; one that another waiter has taken since then is put back.
 * @param {string} holders
 * @param {string} lock
 */
function removeLockOf(holders, lock) {
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
    if (readHolders(aside) !== holders) linkSync(aside, lock);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error; // others were faster
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * @param {string} lock
 * @returns {string | undefined} process numbers, one a line; undefined where the lock was given up meanwhile
 */
function readHolders(lock) {
  try {
    return readFileSync(lock, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** @param {string} pid */
function isAlive(pid) {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM'; // alive, but somebody else's
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
