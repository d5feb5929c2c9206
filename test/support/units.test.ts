import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatDuration,
  formatSize,
  parseDuration,
  parsePercent,
  parseRate,
  parseSizeBytes,
} from '../../src/support/units.ts';

for (const [text, micros] of [
  ['500us', 500],
  ['250ms', 250_000],
  ['9.5ms', 9_500],
  ['30s', 30_000_000],
  ['5m', 300_000_000],
  ['2h', 7_200_000_000],
  ['3d', 259_200_000_000],
  ['5', undefined],
  ['5 s', undefined],
  ['-5s', undefined],
  ['5S', undefined],
] as const) {
  test(`"${text}" as a duration is ${micros === undefined ? 'refused' : `${micros} µs`}`, () => {
    assert.equal(parseDuration(text), micros);
  });
}

for (const [text, bytes] of [
  ['1000', 1_000],
  ['1KiB', 1_024],
  ['64kB', 64_000],
  ['1.5MiB', 1_572_864],
  ['1kb', undefined],
  ['KiB', undefined],
] as const) {
  test(`"${text}" as a size is ${bytes === undefined ? 'refused' : `${bytes} bytes`}`, () => {
    assert.equal(parseSizeBytes(text), bytes);
  });
}

for (const [text, rate] of [
  ['5000/s', { kind: 'messages', perSecond: 5_000 }],
  ['600/m', { kind: 'messages', perSecond: 10 }],
  ['300MB/s', { kind: 'bytes', perSecond: 300_000_000 }],
  ['1MiB/s', { kind: 'bytes', perSecond: 1_048_576 }],
  ['5000', undefined],
  ['5000/d', undefined],
] as const) {
  test(`"${text}" as a rate is ${rate === undefined ? 'refused' : `${rate.perSecond} ${rate.kind} a second`}`, () => {
    assert.deepEqual(parseRate(text), rate);
  });
}

test('a percentage is a share', () => {
  assert.equal(parsePercent('5%'), 0.05);
  assert.equal(parsePercent('5'), undefined);
});

test('a whole number of microseconds or bytes survives being written and read', () => {
  fc.assert(
    fc.property(fc.nat(), amount => {
      assert.equal(parseDuration(formatDuration(amount)), amount);
      assert.equal(parseSizeBytes(formatSize(amount)), amount);
    }),
  );
});
