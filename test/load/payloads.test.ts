import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { meanValueBytes, normalQuantile, payloadPool, payloadPoolOf } from '../../src/load/payloads.ts';
import { seededRandom } from '../../src/support/random.ts';

for (const share of [0, 0.25, 0.5, 0.9]) {
  for (const [codec, compress] of [
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const) {
    test(`${codec} saves ${share * 100} % of a 64 KiB batch of 1 KiB values that were asked to let it`, () => {
      const pool = payloadPool({ kind: 'fixed', bytes: 1_024 }, share, seededRandom(1));
      const random = seededRandom(2);
      const batch = Buffer.concat(
        Array.from({ length: 64 }, (_, i) => [
          Buffer.from(Array.from({ length: 24 }, () => random.below(256))),
          pool.bodies.subarray(pool.offsets[i] as number, (pool.offsets[i] as number) + (pool.lengths[i] as number)),
        ]).flat(),
      );
      const saved = 1 - compress(batch).length / batch.length;
      assert.ok(Math.abs(saved - share) < 0.02, `${saved}`);
    });
  }
}

test('a declared size includes the stamp', () => {
  const pool = payloadPool({ kind: 'fixed', bytes: 100 }, 0.5, seededRandom(1));
  assert.equal(pool.stampIn, 'value');
  assert.ok(pool.lengths.every(length => length === 76));
  assert.equal(pool.meanValueBytes, 100);
});

test('a value too small for the stamp leaves it to a header', () => {
  const pool = payloadPool({ kind: 'fixed', bytes: 10 }, 0.5, seededRandom(1));
  assert.equal(pool.stampIn, 'header');
  assert.ok(pool.lengths.every(length => length === 10));
});

test('lognormal sizes have the median and the p99 that were asked for, and the mean that follows', () => {
  const size = { kind: 'lognormal', medianBytes: 1_024, p99Bytes: 20_480 } as const;
  const { lengths, meanValueBytes: mean } = payloadPool(size, 0, seededRandom(1));
  const sizes = [...lengths].map(length => length + 24).toSorted((a, b) => a - b);
  assert.ok(Math.abs((sizes[sizes.length / 2] as number) - 1_024) < 10);
  assert.ok(Math.abs((sizes[Math.floor(sizes.length * 0.99)] as number) - 20_480) < 600);
  assert.ok(Math.abs(mean / meanValueBytes(size) - 1) < 0.01);
});

test('the same seed makes the same payloads, another seed others', () => {
  const size = { kind: 'fixed', bytes: 100 } as const;
  const bodies = (seed: number): Buffer => payloadPool(size, 0.5, seededRandom(seed)).bodies;
  assert.ok(bodies(1).equals(bodies(1)));
  assert.ok(!bodies(1).equals(bodies(2)));
});

test('the values of a payload file stay as they are', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), values => {
      const pool = payloadPoolOf(values.map(value => ({ key: null, value, headers: {} })));
      assert.equal(pool.stampIn, 'header');
      const read = values.map((_, i) => {
        const offset = pool.offsets[i] as number;
        return pool.bodies.subarray(offset, offset + (pool.lengths[i] as number)).toString();
      });
      assert.deepEqual(
        read,
        values.map(value => Buffer.from(value).toString()),
      );
    }),
  );
});

for (const [p, z] of [
  [0.5, 0],
  [0.975, 1.959963984540054],
  [0.01, -2.3263478740408408],
  [0.999, 3.090232306167813],
] as const) {
  test(`the normal quantile of ${p} is ${z}`, () => {
    assert.ok(Math.abs(normalQuantile(p) - z) < 1e-7);
  });
}
