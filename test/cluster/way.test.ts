/** Specifies the draws of a link's jitter: within their bounds, and the same in every run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unhindered, Way } from '../../src/cluster/proxy/way.ts';
import { seededRandom } from '../../src/support/random.ts';

function delaysOf(seed: number, latencyMicros: number, jitterMicros: number): number[] {
  const way = new Way(seededRandom(seed));
  way.hinder({ ...unhindered, latencyMicros, jitterMicros });
  return Array.from({ length: 1_000 }, () => way.delayMicros());
}

test('the same seed draws the same jitter, and another one another', () => {
  assert.deepEqual(delaysOf(1, 50_000, 40_000), delaysOf(1, 50_000, 40_000));
  assert.notDeepEqual(delaysOf(1, 50_000, 40_000), delaysOf(2, 50_000, 40_000));
});

test('jitter makes a piece later or sooner, by no more than itself, and never arrive before it was sent', () => {
  const delays = delaysOf(1, 50_000, 40_000);
  assert.ok(Math.min(...delays) >= 10_000 && Math.min(...delays) < 14_000, String(Math.min(...delays)));
  assert.ok(Math.max(...delays) <= 90_000 && Math.max(...delays) > 86_000, String(Math.max(...delays)));
  assert.equal(Math.min(...delaysOf(1, 10_000, 40_000)), 0);
  assert.deepEqual(new Set(delaysOf(1, 50_000, 0)), new Set([50_000]));
});
