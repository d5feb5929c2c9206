import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SequenceCheck } from '../../../bench/peers/sequence-check.ts';

interface Read {
  readonly run?: number;
  readonly producer?: number;
  readonly sequence: number;
  readonly partition?: number;
}

/** A check that has read these messages in this order. */
function after(messages: readonly Read[]): SequenceCheck {
  const check = new SequenceCheck();
  for (const { run = 1, producer = 0, sequence, partition = 0 } of messages)
    check.message({ run, producer, sequence, dueMicros: 0 }, partition);
  return check;
}

for (const [what, messages, duplicated, reordered, missing] of [
  ['messages in order', [{ sequence: 0 }, { sequence: 1 }, { sequence: 2 }], 0, 0, 0],
  ['a message that comes twice', [{ sequence: 0 }, { sequence: 1 }, { sequence: 1 }], 1, 0, 0],
  ['a message that comes after a later one', [{ sequence: 1 }, { sequence: 0 }], 0, 1, 0],
  ['a later message of another partition', [{ sequence: 1, partition: 1 }, { sequence: 0 }], 0, 0, 0],
  ['a message that never comes', [{ sequence: 0 }, { sequence: 2 }], 0, 0, 1],
  ['the same sequence of another producer', [{ sequence: 0 }, { sequence: 0, producer: 1 }], 0, 0, 0],
  ['the same sequence of another run', [{ sequence: 0 }, { sequence: 0, run: 2 }, { sequence: 1 }], 0, 0, 0],
] as const) {
  test(`${what}: ${duplicated} duplicated, ${reordered} reordered, ${missing} missing`, () => {
    const check = after(messages);
    assert.deepEqual([check.duplicated, check.reordered, check.missing()], [duplicated, reordered, missing]);
  });
}

test('nothing is missing where nothing was read', () => assert.equal(after([]).missing(), 0));

test('offsets that are passed over are counted, between batches and within them', () => {
  const check = new SequenceCheck();
  check.offsets(0, 0, 9, 10);
  check.offsets(1, 0, 4, 5);
  check.offsets(0, 10, 19, 10);
  assert.equal(check.skippedOffsets, 0);
  check.offsets(0, 22, 29, 8);
  check.offsets(1, 5, 9, 4);
  assert.equal(check.skippedOffsets, 3);
});
