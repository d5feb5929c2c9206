/** Keeps built addons between clones: a build takes minutes, a copy does not. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folders of a built package that it runs from, and their files. */
const parts = [
  ['Release', /\.node$/],
  ['deps', /\.(?:so\.\d+|dylib)$/],
];

/** As in `src/support/cache.ts`, which an old Node cannot load. */
const cacheFolder = () => process.env['HIGHWATER_CACHE'] || join(homedir(), '.cache', 'highwater');
const placeOf = (/** @type {string} */ situation) => join(cacheFolder(), `confluent-addon-${situation}`);

/**
 * Puts an addon that was built for the same situation into the package.
 * @param {URL} folder the package's
 * @param {string} situation
 * @returns whether there was one
 */
export function copyFromCache(folder, situation) {
  const place = placeOf(situation);
  if (!existsSync(place)) return false;
  try {
    copyBuild(place, fileURLToPath(new URL('build', folder)));
    return true;
  } catch {
    return false;
  }
}

/**
 * Forgets what this machine cannot load any more: a library that it was built for has gone.
 * @param {string} situation
 */
export const dropFromCache = situation => rmSync(placeOf(situation), { recursive: true, force: true });

/**
 * Keeps a copy of what was built. Whatever hinders that, the package itself has it.
 * @param {URL} folder the package's
 * @param {string} situation
 */
export function keepInCache(folder, situation) {
  const place = placeOf(situation);
  if (existsSync(place)) return;
  let aside;
  try {
    mkdirSync(cacheFolder(), { recursive: true });
    aside = mkdtempSync(`${place}.`);
    copyBuild(fileURLToPath(new URL('build', folder)), aside);
    renameSync(aside, place);
  } catch {
    if (aside !== undefined) rmSync(aside, { recursive: true, force: true });
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
function copyBuild(from, to) {
  for (const [part, pattern] of /** @type {[string, RegExp][]} */ (parts)) {
    if (!existsSync(join(from, part))) continue;
    mkdirSync(join(to, part), { recursive: true });
    for (const name of readdirSync(join(from, part))) {
      if (pattern.test(name)) copyFileSync(join(from, part, name), join(to, part, name));
    }
  }
}
