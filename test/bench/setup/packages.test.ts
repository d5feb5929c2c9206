import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { packagesAreInstalled } from '../../../bench/setup/packages.js';

const zod = { version: '4.0.0', integrity: 'sha512-a' };
const yaml = { version: '2.0.0', integrity: 'sha512-b' };
const nodeHere = { version: '24.0.0', optional: true, os: [process.platform], cpu: [process.arch] };
const nodeElsewhere = { version: '24.0.0', optional: true, os: ['aix'], cpu: ['ppc64'] };
const nodeHereTersely = { ...nodeHere, os: process.platform, cpu: process.arch };
const addOn = { version: '1.0.0', optional: true };

const at = (packages: Record<string, object>) =>
  Object.fromEntries(Object.entries(packages).map(([name, it]) => [`node_modules/${name}`, it]));

for (const [situation, locked, installed, expected] of [
  ['everything is there', at({ zod, yaml }), JSON.stringify({ packages: at({ zod, yaml }) }), true],
  ['nothing is there', at({ zod }), undefined, false],
  ['a package is missing', at({ zod, yaml }), JSON.stringify({ packages: at({ zod }) }), false],
  ['a package is older', at({ zod }), JSON.stringify({ packages: at({ zod: { ...zod, version: '3.9.9' } }) }), false],
  [
    'a package is another one of the same version',
    at({ zod }),
    JSON.stringify({ packages: at({ zod: { ...zod, integrity: 'sha512-x' } }) }),
    false,
  ],
  ['a package is there that is no longer wanted', at({ zod }), JSON.stringify({ packages: at({ zod, yaml }) }), true],
  ["npm's record is cut short", at({ zod }), '{ "packages": { "node_mo', false],
  ['an optional package is missing', at({ zod, addOn }), JSON.stringify({ packages: at({ zod }) }), true],
  [
    'the package of a native addon was taken away by npm',
    at({ '@confluentinc/kafka-javascript': addOn }),
    JSON.stringify({ packages: {} }),
    false,
  ],
  [
    'the pinned Node of another machine is missing',
    at({ 'node-linux-q': nodeElsewhere }),
    JSON.stringify({ packages: {} }),
    true,
  ],
  [
    'the pinned Node of this machine is missing',
    at({ 'node-linux-q': nodeHere }),
    JSON.stringify({ packages: {} }),
    false,
  ],
  [
    'its pinned Node, listed with plain os and cpu, is missing',
    at({ 'node-linux-q': nodeHereTersely }),
    JSON.stringify({ packages: {} }),
    false,
  ],
  [
    'the pinned Node of this machine is there',
    at({ 'node-linux-q': nodeHere }),
    JSON.stringify({ packages: at({ 'node-linux-q': nodeHere }) }),
    true,
  ],
] as const) {
  test(`when ${situation}, the packages ${expected ? 'count' : 'do not count'} as installed`, t => {
    const folder = mkdtempSync(join(tmpdir(), 'highwater-test-'));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(
      join(folder, 'package-lock.json'),
      JSON.stringify({ packages: { '': { version: '0.1.0' }, ...locked } }),
    );
    mkdirSync(join(folder, 'node_modules'));
    if (installed !== undefined) writeFileSync(join(folder, 'node_modules/.package-lock.json'), installed);
    assert.equal(packagesAreInstalled(pathToFileURL(`${folder}/`)), expected);
  });
}
