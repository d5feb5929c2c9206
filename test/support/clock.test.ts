import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { nowMicros } from '../../src/support/clock.ts';

test('the clock stands on the one that process.hrtime reads, to 100 µs', () => {
  let best = Infinity;
  for (let i = 0; i < 100; i++) best = Math.min(best, Math.abs(nowMicros() - Number(process.hrtime.bigint()) / 1e3));
  assert.ok(best < 100, `${best} µs apart`);
});

test('threads of one process share the clock', async () => {
  const source = new URL('../../src/support/clock.ts', import.meta.url).href;
  const worker = new Worker(
    `import(${JSON.stringify(source)}).then(({ nowMicros }) => require('node:worker_threads').parentPort.postMessage(nowMicros()))`,
    { eval: true },
  );
  const before = nowMicros();
  const [between] = (await once(worker, 'message')) as [number];
  assert.ok(between > before && between < nowMicros(), `${before} < ${between} < ${nowMicros()}`);
  await worker.terminate();
});
