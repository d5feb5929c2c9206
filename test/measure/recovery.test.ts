import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Disturbance,
  lagNormalAfter,
  latencyNormalAfter,
  normalLatencyLimit,
} from '../../src/measure/recovery.ts';

/** p99 in ms by second; null: nothing was due. */
const seconds = (...millis: readonly (number | null)[]): Map<number, number> =>
  new Map(millis.flatMap((p99, second) => (p99 === null ? [] : [[second, p99 * 1e3] as const])));

const disturbance = (atMicros: number, changes: Partial<Disturbance> = {}): Disturbance => ({
  atMicros,
  endedAtMicros: atMicros + 1e6,
  firstAtMicros: atMicros,
  nextAtMicros: Infinity,
  ...changes,
});

test('latency is normal up to twice its median before, and never less than 5 ms above it', () => {
  assert.equal(normalLatencyLimit([20_000, 30_000, 90_000]), 60_000);
  assert.equal(normalLatencyLimit([1_000, 1_200]), 6_100);
  assert.equal(normalLatencyLimit([]), null);
});

const cases: readonly (readonly [
  what: string,
  p99: readonly (number | null)[],
  Disturbance,
  expected: number | null,
])[] = [
  ['three normal seconds in a row end it', [2, 2, 2, 900, 500, 2, 2, 2, 2, 2], disturbance(3.4e6), 1_600_000],
  ['two in a row do not', [2, 2, 2, 900, 2, 2, 900, 2, 2, 2], disturbance(3.4e6), 3_600_000],
  ['latency that never rose was never abnormal', [2, 2, 2, 3, 2, 2, 2, 2, 2, 2], disturbance(3.4e6), 0],
  [
    'what rises while it lasts counts from the fault',
    [2, 2, 2, 2, 2, 900, 2, 2, 2, 2],
    disturbance(3e6, { endedAtMicros: 6e6 }),
    3e6,
  ],
  ['what rises long after it ended is not its doing', [2, 2, 2, 2, 2, 2, 2, 900, 2, 2, 2, 2], disturbance(2e6), 0],
  [
    'what rises after the next one began is not its doing',
    [2, 2, 2, 2, 900, 2, 2, 2],
    disturbance(2e6, { nextAtMicros: 4e6 }),
    0,
  ],
  ['the window may end before', [2, 2, 2, 900, 900, 2, 2], disturbance(3e6), null],
  ['nothing before it is nothing to compare with', [2, 2, 2, 2, 2, 2], disturbance(0.4e6), null],
  ['a second without messages is not normal', [2, 2, 2, 900, 2, null, 2, 2, 2, 2], disturbance(3e6), 3e6],
  [
    'the second fault is held against what was before the first',
    [2, 2, 900, 900, 900, 50, 2, 2, 2, 2],
    disturbance(4e6, { firstAtMicros: 2e6 }),
    2e6,
  ],
];

for (const [what, p99, fault, expected] of cases) {
  test(`after a fault, ${what}`, () => {
    assert.equal(latencyNormalAfter(seconds(...p99), fault, p99.length * 1e6), expected);
  });
}

const looks = (...unread: readonly (number | null)[]) =>
  unread.flatMap((count, i) => (count === null ? [] : [{ atMicros: i * 1e6 + 500_000, unread: count }]));

test('a group has caught up from the look on after which it stays within what it had been and a second of traffic', () => {
  const fault = disturbance(2e6);
  assert.equal(lagNormalAfter(looks(5, 9, 400, 90, 300, 100, 8), fault, 100), 3_500_000);
  assert.equal(lagNormalAfter(looks(5, 9, null, null, 20, 8), fault, 100), 2_500_000, 'what nobody saw is not claimed');
  assert.equal(lagNormalAfter(looks(5, 9, 400, 390, 380), fault, 100), null, 'it never came so far');
  assert.equal(lagNormalAfter(looks(null, null, 5, 5), fault, 100), null, 'nothing to compare with');
  assert.equal(
    lagNormalAfter(looks(5, 9, 400, 390, 8), { ...fault, nextAtMicros: 4e6 }, 100),
    null,
    'not before the next',
  );
});
