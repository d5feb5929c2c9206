/** Holds trials in virtual time to the laws of queues. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeHistograms } from '../../src/measure/histogram.ts';
import { runVirtualTrial, type VirtualTrialSettings } from '../../src/run/virtual-trial.ts';

const settings: VirtualTrialSettings = {
  ratePerSecond: 2_000,
  serviceMeanMicros: 250,
  servers: 1,
  warmupMicros: 1e6,
  measureMicros: 100e6,
  seed: 7,
};

/** The quantile of the response time of M/M/1: −ln(1 − q) / (μ − λ). */
const responseMicros = (q: number): number => (-Math.log(1 - q) / (4_000 - 2_000)) * 1e6;

const within = (actual: number, expected: number, share: number): void =>
  assert.ok(Math.abs(actual / expected - 1) < share, `${actual} is not within ${share} of ${expected}`);

test('one server with Poisson arrivals and exponential service answers as M/M/1 does', () => {
  const { ack, scheduled, acked } = runVirtualTrial(settings);
  assert.equal(scheduled, acked);
  within(scheduled, 200_000, 0.01);
  const histogram = mergeHistograms([ack]);
  for (const q of [0.5, 0.9, 0.99]) within(histogram.percentileMicros(q), responseMicros(q), 0.04);
});

test('with a server for everybody the latency is the service time alone, and a slower server shows as what it is', () => {
  const p99 = (serviceMeanMicros: number): number =>
    mergeHistograms([runVirtualTrial({ ...settings, servers: 'unlimited', serviceMeanMicros }).ack]).percentileMicros(
      0.99,
    );
  within(p99(1_000), -Math.log(0.01) * 1_000, 0.02);
  within(p99(1_100) / p99(1_000), 1.1, 0.005);
});

test('the same seed gives the same trial, another seed another', () => {
  const short = { ...settings, measureMicros: 1e6 };
  assert.deepEqual(runVirtualTrial(short), runVirtualTrial(short));
  assert.notDeepEqual(runVirtualTrial(short), runVirtualTrial({ ...short, seed: 8 }));
});
