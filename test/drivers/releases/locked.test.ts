/** Specifies which clients are told as pinned to another release than is installed. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { otherReleases } from '../../../src/drivers/releases/locked.ts';

const installed = (createRequire(import.meta.url)('kafkajs/package.json') as { version: string }).version;
const lockFile = (version: string): string => JSON.stringify({ packages: { 'node_modules/kafkajs': { version } } });

for (const [sentence, text, drivers, found] of [
  [
    'another release is told',
    lockFile('2.0.0'),
    ['kafkajs', 'wire'],
    [{ package: 'kafkajs', pinned: '2.0.0', installed }],
  ],
  ['the installed one is not', lockFile(installed), ['kafkajs'], []],
  ['a client that takes no part is not', lockFile('2.0.0'), ['platformatic', 'simulated'], []],
  ['what the file does not pin is not', '{}', ['kafkajs'], []],
  ['what is no lock file pins nothing', 'lockfileVersion: 9', ['kafkajs'], []],
] as const) {
  test(sentence, () => assert.deepEqual(otherReleases(text, drivers), found));
}
