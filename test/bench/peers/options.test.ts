import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNamed, readOptions } from '../../../bench/peers/options.ts';
import { HarnessError } from '../../../src/index.ts';

const ids = ['java', 'openmessaging', 'highwater-wire', 'highwater-kafkajs'];

test('without flags everything is compared, in five rounds of ten seconds', () => {
  assert.deepEqual(readOptions([], ids), {
    only: ['produce', 'consume', 'both'],
    tools: [],
    rounds: 5,
    seconds: 10,
    folders: [],
    references: ['java', 'openmessaging'],
    filled: 20_000_000,
    markdown: null,
  });
});

test('flags choose comparisons, tools and where peers are', () => {
  const options = readOptions(['--only', 'consume,both', '--tools', 'java,highwater', '--peers', '/a,/b'], ids);
  assert.deepEqual(options.only, ['consume', 'both']);
  assert.deepEqual(options.tools, ['java', 'highwater']);
  assert.deepEqual(options.folders, ['/a', '/b']);
});

for (const [args, message, hint] of [
  [['--tools', 'highwater-wir'], /--tools highwater-wir/, /Did you mean highwater-wire/],
  [['--only', 'x'], /--only x/, /Choose among produce, consume, both/],
  [['--rounds', '0'], /--rounds 0 is not a whole number from 1 on/, /--rounds 1/],
  [['--seconds', '1.5'], /--seconds 1.5/, /--seconds 1/],
  [['--round', '5'], /--round/, /docs\/peers.md/],
] as const) {
  test(`${args.join(' ')} is refused with what to do`, () => {
    assert.throws(
      () => readOptions(args, ids),
      error =>
        error instanceof HarnessError &&
        error.reason === 'usage' &&
        message.test(error.message) &&
        hint.test(error.hint ?? ''),
    );
  });
}

for (const [id, names, named] of [
  ['java', [], true],
  ['java', ['java'], true],
  ['highwater-wire', ['highwater'], true],
  ['highwater-wire', ['highwater-kafkajs'], false],
] as const) {
  test(`${id} is ${named ? '' : 'not '}one of [${names.join(', ')}]`, () => assert.equal(isNamed(id, names), named));
}
