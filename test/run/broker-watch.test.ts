/** What brokers tell stands on the time axis of the trial, and the means are those of its window. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProcesses } from '../../src/cluster/broker-figures/processes.ts';
import { type Figures, figureNames } from '../../src/cluster/broker-figures/reading.ts';
import { storedTrial } from '../../src/results/trial.ts';
import { StoredTrial } from '../../src/results/schema.ts';
import { type BrokerSample, BrokerWatch, meansOf } from '../../src/run/broker-watch.ts';
import { nowMicros } from '../../src/support/clock.ts';
import { aMeasurement } from '../builders/trial.ts';

const noFigures = Object.fromEntries(figureNames.map(name => [name, null])) as Figures;

const sample = (fromSecond: number, atSecond: number, cpuCores: number | null): BrokerSample => ({
  fromMicros: fromSecond * 1e6,
  atMicros: atSecond * 1e6,
  figures: { ...noFigures, cpuCores },
});

test('a mean is over the window: warm-up and drain do not count, and a sample across an edge counts by what lies within', () => {
  const samples = [sample(-1, 0, 9), sample(0, 1, 1), sample(1, 3, 2), sample(3, 5, 4), sample(5, 6, 9)];
  // 1 s of 1, 2 s of 2, and of the third the half that is within
  assert.deepEqual(meansOf(samples, 4e6), { cpuCores: (1 + 4 + 4) / 4 });
});

test('of what was not told there is no mean, and what was told in part counts for its own time', () => {
  assert.deepEqual(meansOf([sample(0, 1, null)], 4e6), {});
  assert.deepEqual(meansOf([sample(0, 1, null), sample(1, 2, 3)], 4e6), { cpuCores: 3 });
  assert.deepEqual(meansOf([sample(-1, 0, 1)], 4e6), {});
});

test(
  'looks come at full seconds of the window, and what they saw is stored',
  { skip: process.platform !== 'linux' },
  async () => {
    await using source = readProcesses(() => [process.pid]);
    const startMicros = nowMicros() + 500_000;
    const { promise: sawTwo, resolve } = Promise.withResolvers<void>();
    let looks = 0;
    const counted = {
      ...source,
      async look() {
        const seen = await source.look();
        if (++looks === 3) resolve();
        return seen;
      },
    };
    const watch = new BrokerWatch(counted, startMicros);
    await sawTwo;
    await watch[Symbol.asyncDispose]();
    const measured = watch.measurement(2e6);
    assert.deepEqual([measured.looks, measured.missed, measured.hosts.length], [3, 0, 1]);
    const [broker] = measured.brokers;
    assert.equal(broker?.samples.length, 2);
    // the first look was at the start of the window; a busy host comes late, never early
    const [first] = broker.samples;
    assert.ok(first !== undefined && first.fromMicros >= -1e3 && first.atMicros >= 1e6 - 1e3, JSON.stringify(first));

    const stored = storedTrial({ ...aMeasurement(), brokers: measured });
    assert.deepEqual(StoredTrial.parse(JSON.parse(JSON.stringify(stored))), stored);
    const [entry] = stored.brokers?.brokers ?? [];
    assert.equal(entry?.atMicros.length, 2);
    assert.equal(entry.samples.cpuCores?.length, 2);
    assert.equal('receivedBytesPerSecond' in entry.samples, false, 'what was never told takes no room');
  },
);

test('a result of before brokers were watched can still be read', () => {
  const stored = storedTrial(aMeasurement());
  assert.equal('brokers' in stored, false);
  assert.deepEqual(StoredTrial.parse(stored), stored);
});
