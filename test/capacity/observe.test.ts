/** Specifies what a search learns from a trial whose generator was late: a number with a mark, or none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf } from '../../src/capacity/observe.ts';
import { storedTrial } from '../../src/results/trial.ts';
import { aMeasurement, latency } from '../builders/trial.ts';

/** A trial of ack p99 10 ms whose generator's own lag has this p99. */
function outcomeWith(lagP99Micros: number, maxMicros: number) {
  const lag = latency(lagP99Micros / 10, lagP99Micros);
  const { latencies, ...rest } = aMeasurement();
  const measurement = { ...rest, latencies: { ...latencies, scheduleLag: lag, generatorLag: lag } };
  const demand = { metric: 'ack.p99', group: null, min: null, max: maxMicros } as const;
  return outcomeOf(storedTrial(measurement), { ack: [], endToEnd: [] }, [demand]);
}

for (const [what, lagP99Micros, maxMicros, verdict, isDegraded, limitedBy] of [
  ['held its schedule shows that its rate is sustained', 100, 20_000, 'sustained', false, null],
  ['was a little late shows the same, with a mark', 1_000, 20_000, 'sustained', true, null],
  ['was a little late shows that a rate is too high, with a mark', 1_000, 5_000, 'exceeded', true, null],
  ['was late by a third of the latency shows nothing of the cluster', 3_300, 20_000, 'limited', false, 'generator'],
  ['was late makes no failure of the cluster’s', 3_300, 5_000, 'limited', false, 'generator'],
] as const) {
  test(`a generator that ${what}`, () => {
    const outcome = outcomeWith(lagP99Micros, maxMicros);
    assert.deepEqual([outcome.verdict, outcome.isDegraded, outcome.limitedBy], [verdict, isDegraded, limitedBy]);
  });
}
