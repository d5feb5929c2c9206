/** Holds the house's order: who may import whom, who may name a Kafka client, and what no file may say. */
import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '..');

/** Kits stand beside each other and know only `support`; a stage knows the kits and the stages to its left. */
const kits = ['support', 'load', 'measure', 'partition', 'drivers'];
const mayImport: Readonly<Record<string, readonly string[]>> = {
  support: [],
  load: ['support'],
  measure: ['support'],
  partition: ['support'],
  drivers: ['support'],
  scenario: kits,
  plan: [...kits, 'scenario'],
  cluster: [...kits, 'scenario', 'plan'],
  run: [...kits, 'scenario', 'plan', 'cluster'],
  fleet: [...kits, 'scenario', 'plan', 'cluster', 'run'],
  results: [...kits, 'scenario', 'plan', 'cluster', 'run'],
  analysis: ['support', 'measure', 'results'],
  capacity: ['support', 'measure', 'results', 'analysis'],
  report: ['support', 'measure', 'results', 'analysis'],
};

const mayNameClients = ['drivers', 'cluster'];
/** Plain loops around a client, which its driver is held against. */
const plainLoops = 'bench/peers/';
const clientPackages = ['kafkajs', '@platformatic/kafka', '@confluentinc/kafka-javascript'];

/** In pieces, so that this file passes its own test. */
const registryHosts = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['pypi', 'org'],
  ['files', 'pythonhosted', 'org'],
  ['repo1', 'maven', 'org'],
  ['repo', 'maven', 'apache', 'org'],
  ['central', 'sonatype', 'com'],
].map(labels => labels.join('.'));

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const filesOf = (...patterns: string[]): string[] => globSync(patterns, { cwd: root }).map(slashed).toSorted();
const slashed = (path: string): string => path.split(sep).join('/');

/** The module specifiers of a file: `from '…'`, `import '…'`, `import('…')`, `require('…')`, `resolve('…')`. */
function specifiersOf(text: string): string[] {
  return [...text.matchAll(/\b(?:from|import|require|resolve)\s*\(?\s*['"]([^'"]+)['"]/g)].map(match => match[1] ?? '');
}

/** The repository's files that a file imports, as paths from the root. */
function importedFiles(file: string, text: string): string[] {
  return specifiersOf(text)
    .filter(specifier => specifier.startsWith('.'))
    .map(specifier => slashed(relative(root, resolve(root, dirname(file), specifier))));
}

/** The folder under `src/` that a file belongs to; undefined for a file beside the folders or elsewhere. */
const folderOf = (file: string): string | undefined => /^src\/([^/]+)\//.exec(file)?.[1];

/** What a file of a folder imports that the folder may not know. */
function forbiddenImports(file: string, text: string): string[] {
  const folder = folderOf(file) ?? '';
  const allowed = [folder, ...(mayImport[folder] ?? [])];
  return importedFiles(file, text).filter(imported => !allowed.includes(folderOf(imported) ?? ''));
}

/** The Kafka clients that a file imports. */
function importedClients(text: string): string[] {
  const isOf = (specifier: string) => (name: string) => specifier === name || specifier.startsWith(`${name}/`);
  return specifiersOf(text).filter(specifier => clientPackages.some(isOf(specifier)));
}

/** Whether a file begins, after a `#!` line, with a doc comment that holds a sentence. */
function opensWithSentence(text: string): boolean {
  const comment = /^(?:#!.*\n)?\/\*\*([^]*?)\*\//.exec(text)?.[1] ?? '';
  return /\w.*[.:]/s.test(comment);
}

for (const [file, text, forbidden] of [
  ['src/load/a.ts', `import { x } from '../support/b.ts';`, []],
  ['src/load/a.ts', `import { x } from './b.ts';`, []],
  ['src/load/deep/a.ts', `import { x } from '../b.ts';`, []],
  ['src/load/a.ts', `import type { X } from '../drivers/b.ts';`, ['src/drivers/b.ts']],
  ['src/plan/a.ts', `export * from '../run/b.ts';`, ['src/run/b.ts']],
  ['src/report/a.ts', `const b = await import('../run/b.ts');`, ['src/run/b.ts']],
  ['src/run/a.ts', `import '../index.ts';`, ['src/index.ts']],
  ['src/run/a.ts', `import '../../bench/b.js';`, ['bench/b.js']],
  ['src/novel/a.ts', `import '../support/b.ts';`, ['src/support/b.ts']],
] as const) {
  test(`the rule over ${file} with ${text} finds ${forbidden.length} forbidden imports`, () => {
    assert.deepEqual(forbiddenImports(file, text), forbidden);
  });
}

test('the rule over clients sees every form of import', () => {
  const text = `import { Kafka } from 'kafkajs'; await import('@platformatic/kafka'); require('kafkajs/package.json');`;
  assert.deepEqual(importedClients(text), ['kafkajs', '@platformatic/kafka', 'kafkajs/package.json']);
});

const sources = filesOf('src/**/*.ts');
const programFiles = filesOf('bench/**/*.{js,ts}');

test('there are sources and a program to look at', () => {
  assert.ok(sources.length > 0);
  assert.ok(programFiles.length > 0);
});

for (const folder of new Set(sources.map(file => folderOf(file) ?? file))) {
  test(`${folder} has a place in the architecture`, () => {
    assert.ok(folder === 'src/index.ts' || folder in mayImport, 'say in this test what it may import');
  });
}

for (const file of sources.filter(source => folderOf(source) !== undefined)) {
  test(`${file} imports only what its folder may know`, () => {
    assert.deepEqual(forbiddenImports(file, read(file)), []);
  });
}

const mayNameNone = (file: string): boolean =>
  !mayNameClients.includes(folderOf(file) ?? '') && !file.startsWith(plainLoops);
for (const file of [...sources, ...programFiles].filter(mayNameNone)) {
  test(`${file} imports no Kafka client`, () => {
    assert.deepEqual(importedClients(read(file)), []);
  });
}

for (const file of programFiles) {
  test(`${file} imports nothing of src/ but its index`, () => {
    const outside = importedFiles(file, read(file)).filter(imported => !imported.startsWith('bench/'));
    assert.deepEqual(
      outside.filter(imported => imported !== 'src/index.ts'),
      [],
    );
  });
}

for (const [text, opens] of [
  ['/** Turns a plan into trials. */\n', true],
  ['#!/usr/bin/env node\n/**\n * Runs it all.\n */\n', true],
  ['/** */\n', false],
  ['// Turns a plan into trials.\n', false],
  [`import './a.ts';\n/** Turns a plan into trials. */\n`, false],
] as const) {
  test(`${JSON.stringify(text)} ${opens ? 'opens' : 'does not open'} with a sentence`, () => {
    assert.equal(opensWithSentence(text), opens);
  });
}

const testHelpers = filesOf('test/**/*.ts').filter(file => !file.endsWith('.test.ts'));
for (const file of [...sources, ...programFiles, ...testHelpers]) {
  test(`${file} opens with a sentence that says what it does`, () => {
    assert.ok(opensWithSentence(read(file)), 'begin the file with /** A sentence. */');
  });
}

test('no file names the host of a package registry: every machine has its own', () => {
  const patterns = ['{src,bench,test,docs,scenarios,.ci,.github}/**/*', '*', '.[a-z]*'];
  const files = filesOf(...patterns).filter(file => statSync(join(root, file)).isFile());
  assert.ok(files.includes('package-lock.json') && files.includes('.npmrc') && files.includes('README.md'));
  const naming = files.filter(file => registryHosts.some(host => read(file).includes(host)));
  assert.deepEqual(naming, []);
});
