/** Holds the wire engine to what may come from a network: any cut, and any nonsense. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Frames } from '../../../src/drivers/wire/protocol/frames.ts';
import { MalformedFrameError } from '../../../src/drivers/wire/protocol/reader.ts';

const framed = (body: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
};

test('frames come out whole and in order, however the stream is cut', () => {
  const bodies = fc.array(fc.uint8Array({ minLength: 4, maxLength: 300 }), { maxLength: 20 });
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1 }), (sent, cuts) => {
      const stream = Buffer.concat(sent.map(body => framed(Buffer.from(body))));
      const received: Buffer[] = [];
      const frames = new Frames((bytes, start, end) => received.push(Buffer.from(bytes.subarray(start, end))), 1_000);
      for (let at = 0, cut = 0; at < stream.length; cut++) {
        const size = cuts[cut % cuts.length] as number;
        frames.push(stream.subarray(at, at + size));
        at += size;
      }
      assert.deepEqual(
        received,
        sent.map(body => Buffer.from(body)),
      );
    }),
  );
});

for (const [what, size] of [
  ['a negative length', -1],
  ['a length too short for a frame', 3],
  ['a length beyond what was asked for', 1_001],
] as const) {
  test(`${what} is refused before anything is read`, () => {
    const frames = new Frames(() => assert.fail('there is no frame'), 1_000);
    const length = Buffer.alloc(4);
    length.writeInt32BE(size);
    assert.throws(() => frames.push(length), MalformedFrameError);
  });
}

test('a large length that is never honoured takes no more memory than what came', () => {
  const frames = new Frames(() => assert.fail('there is no frame'), 2 ** 31 - 1);
  const before = process.memoryUsage().arrayBuffers;
  frames.push(framed(Buffer.alloc(2 ** 20)).subarray(0, 4 + 1_000));
  const length = Buffer.alloc(4);
  length.writeInt32BE(2 ** 31 - 1);
  new Frames(() => assert.fail('there is no frame'), 2 ** 31 - 1).push(Buffer.concat([length, Buffer.alloc(1_000)]));
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 * 2 ** 20);
});
