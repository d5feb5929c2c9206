/** Says which version of Highwater this is. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { extname } from 'node:path';

/** Highwater's own version; null where its package cannot be read. */
export function programVersion(): string | null {
  try {
    const path = findPackageJSON(import.meta.url);
    return path === undefined ? null : (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  } catch {
    return null;
  }
}

/** Whether this is a packed release: the repository runs its TypeScript as it is. */
export const isPacked = extname(import.meta.filename) === '.js';
