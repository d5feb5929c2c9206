import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseThreadStat, watchCompilers } from '../../src/cluster/compiler-load.ts';
import { hasSettled, p90Of } from '../../src/cluster/warm.ts';

test('a thread’s CPU time is its user and its system time, whatever its name holds', () => {
  const line = '42 (C2 (odd) Compile) S 1 42 42 0 -1 4194560 10 0 0 0 150 25 0 0 20 0 60 0 1000 1 2';
  assert.deepEqual(parseThreadStat(line), { name: 'C2 (odd) Compile', cpuSeconds: 1.75 });
});

test('the compilers of no process are not known', async () => {
  const share = await watchCompilers([]);
  assert.equal(await share(), null);
});

for (const [windows, settled] of [
  [[100, 50, 30], false],
  [[100, 50, 30, 20], false],
  [[100, 20, 19, 18], false],
  [[100, 20, 19, 18, 18], true],
  [[100, 20, 19, 12, 15, 14], false],
  [[100, 20, 25, 30, 24], true],
] as const) {
  test(`windows of ${windows.join(', ')} ms have ${settled ? '' : 'not '}settled`, () => {
    assert.equal(hasSettled(windows), settled);
  });
}

test('nine tenths of the values do not exceed the p90', () => {
  assert.equal(p90Of([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]), 10);
  assert.ok(Number.isNaN(p90Of([])));
});
