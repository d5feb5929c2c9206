import assert from 'node:assert/strict';
import { pbkdf2 } from 'node:crypto';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { threadMeter } from '../../src/run/thread-meter.ts';
import { nowMicros } from '../../src/support/clock.ts';

/** Some hundred milliseconds of work, in a thread of Node's own. */
const workElsewhere = (): Promise<Buffer> => promisify(pbkdf2)('password', 'salt', 300_000, 64, 'sha512');

/** What the work costs, by the process's own account. */
async function costSeconds(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

test('a worker that is a process counts all its threads, for a native client works in threads of its own', async () => {
  const meter = threadMeter();
  meter.watch(nowMicros(), nowMicros() + 60e6);
  await new Promise(resolve => setTimeout(resolve, 0)); // the meter's own timer is older
  const cost = await costSeconds(workElsewhere);
  const { cpuSeconds } = meter.report();
  assert.ok(cpuSeconds !== null && cpuSeconds > cost * 0.9, `${cpuSeconds} s of ${cost} s`);
});

test('a worker that is a thread counts itself alone', async () => {
  const urlOf = (file: string): string => new URL(`../../src/${file}.ts`, import.meta.url).href;
  const text = `
    const { parentPort } = await import('node:worker_threads');
    const { threadMeter } = await import('${urlOf('run/thread-meter')}');
    const { nowMicros } = await import('${urlOf('support/clock')}');
    const meter = threadMeter();
    meter.watch(nowMicros(), nowMicros() + 60e6);
    setTimeout(() => parentPort.postMessage('watching'), 0);
    parentPort.once('message', () => parentPort.postMessage(meter.report()));`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`));
  const next = (): Promise<unknown> => new Promise(resolve => worker.once('message', resolve));
  await next();
  const cost = await costSeconds(workElsewhere);
  const answered = next();
  worker.postMessage('report');
  const { cpuSeconds } = (await answered) as ReturnType<ReturnType<typeof threadMeter>['report']>;
  await worker.terminate();
  assert.ok(cpuSeconds !== null && cpuSeconds < cost / 2, `${cpuSeconds} s of ${cost} s`);
});
