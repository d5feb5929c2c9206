/** Holds the word on who limits a closed loop to cases in which it is known. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { limitOf, type Waiting, type WorkerLoad } from '../../src/run/limited-by.ts';

const worker: WorkerLoad = { workFraction: 0.3, runQueueShare: 0.01, sentPerSecond: 100_000, capacityPerSecond: 2e6 };
const waiting: Waiting = { lingerMicros: 0, serviceMeanMicros: 2_000, batchFill: 0.5 };

suite('a load without a schedule is limited', () => {
  for (const [what, over, waits, limit] of [
    ['by the broker, where the worker mostly waits for it', {}, {}, 'broker'],
    ['by the client, where its thread has no time left', { workFraction: 0.97 }, {}, 'client'],
    [
      'by the generator, where most of that time goes into its own path',
      { workFraction: 0.97, sentPerSecond: 1.2e6 },
      {},
      'generator',
    ],
    [
      'by the client, where messages mostly wait for its linger',
      {},
      { lingerMicros: 10_000, serviceMeanMicros: 12_000 },
      'client',
    ],
    [
      'by the broker, where batches are full before they have lingered',
      {},
      { lingerMicros: 10_000, serviceMeanMicros: 12_000, batchFill: 1 },
      'broker',
    ],
    [
      'by the broker, where messages are back before they could have lingered',
      {},
      { lingerMicros: 10_000, serviceMeanMicros: 2_000 },
      'broker',
    ],
    ['by nobody knows whom, between the thresholds', { workFraction: 0.7 }, {}, null],
    [
      'by nobody knows whom, where the thread mostly stands in line for a CPU',
      { workFraction: 0.97, runQueueShare: 0.6 },
      {},
      null,
    ],
    ['by nobody knows whom, where its work is not known', { workFraction: null }, {}, null],
    [
      'by nobody knows whom, where it is busy and its own path was not measured',
      { workFraction: 0.97, capacityPerSecond: null },
      {},
      null,
    ],
  ] as const) {
    test(what, () => assert.equal(limitOf([{ ...worker, ...over }], { ...waiting, ...waits }), limit));
  }

  test('as its busiest worker is', () => {
    assert.equal(limitOf([worker, { ...worker, workFraction: 0.99 }], waiting), 'client');
  });

  test('by nobody knows whom, where one worker is not known', () => {
    assert.equal(limitOf([worker, { ...worker, workFraction: null }], waiting), null);
  });
});
