#!/usr/bin/env node
/** The program's entry, in JavaScript that an old Node can read: it says which Node is needed before anything else can fail. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import module from 'node:module';

/** A packed release is compiled; the repository needs a Node that runs its TypeScript as it is. */
const isPacked = !existsSync(new URL('./cli.ts', import.meta.url));
const wanted = isPacked ? { major: 22, minor: 22 } : { major: 24, minor: 15 };
const remedy = isPacked ? 'Install Node 24 LTS.' : 'Start it with npm run bench.';
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < wanted.major || (major === wanted.major && minor < wanted.minor)) {
  process.stderr.write(
    `Highwater needs Node ${wanted.major}.${wanted.minor} (found ${process.versions.node}). ${remedy}\n`,
  );
  process.exitCode = 3;
} else {
  keepCompiled();
  void import('./cli.ts').then(cli => cli.main(process.argv.slice(2)));
}

/** Keeps what was compiled beside the dependencies: half of what a start costs. */
function keepCompiled() {
  const modules = join(import.meta.dirname, '..', 'node_modules');
  if (existsSync(modules)) module.enableCompileCache(join(modules, '.cache', 'compile'));
}
