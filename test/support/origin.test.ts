import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { originCode, packOrigin } from '../../src/support/origin.ts';

test('a producer and a key are read as they were packed, however many producers there are', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.nat(),
      fc.integer({ min: -1, max: 300_000 }),
      (producers, who, key) => {
        const code = originCode(producers);
        const producer = who % producers;
        const origin = packOrigin(code, producer, key);
        assert.ok(origin >= 0 && origin < 2 ** 32);
        assert.equal(origin & code.mask, producer);
        assert.equal((origin >>> code.bits) - 1, key < code.keys ? key : -1);
      },
    ),
  );
});

test('one producer leaves room for two thousand million keys, ten thousand for a quarter of a million', () => {
  assert.equal(originCode(1).keys, 2 ** 31 - 1);
  assert.equal(originCode(10_000).keys, 2 ** 18 - 1);
});
