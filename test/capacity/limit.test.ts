/** What a search names as the resource that ran out: what most of the trials show that were too much, and no more than that. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capacityResult, limitOfCluster } from '../../src/capacity/document.ts';
import { outcomeOf } from '../../src/capacity/observe.ts';
import type { SearchEnd } from '../../src/capacity/search.ts';
import { limitLines } from '../../src/report/limits.ts';
import { CapacityResult } from '../../src/results/capacity.ts';
import { storedTrial } from '../../src/results/trial.ts';
import type { BrokersMeasurement } from '../../src/run/broker-watch.ts';
import { aBrokersMeasurement, aWatched } from '../builders/brokers.ts';
import { aMeasurement } from '../builders/trial.ts';
import { aProbe } from './probes.ts';

const exceeded = (ranOut: 'disk' | 'host-cpu' | null | undefined, stage: 'bracket' | 'confirm' = 'confirm') =>
  aProbe({ verdict: 'exceeded', stage, ...(ranOut === undefined ? {} : { ranOut }) });

test('more than half of the trials that were too much must name the same', () => {
  assert.equal(limitOfCluster([aProbe(), exceeded('disk'), exceeded('disk'), exceeded(null)]), 'disk');
  assert.equal(limitOfCluster([exceeded('disk'), exceeded(null)]), 'cluster');
  assert.equal(limitOfCluster([exceeded('disk'), exceeded('host-cpu'), exceeded(null)]), 'cluster');
  assert.equal(limitOfCluster([exceeded(null), exceeded(null), exceeded('disk')]), 'cluster');
  assert.equal(limitOfCluster([aProbe(), exceeded(undefined)]), 'cluster');
});

test('trials near the capacity count, and those far above it only where there are no others', () => {
  assert.equal(
    limitOfCluster([exceeded('host-cpu', 'bracket'), exceeded('host-cpu', 'bracket'), exceeded('disk')]),
    'disk',
  );
  assert.equal(limitOfCluster([exceeded('host-cpu', 'bracket')]), 'host-cpu');
});

const answerTo = (end: SearchEnd, probes = [aProbe(), exceeded('disk')]) =>
  CapacityResult.parse(
    capacityResult({
      cell: 'one',
      settings: {
        fromPerSecond: 1_000,
        resolution: 0.02,
        budgetMicros: 600e6,
        soakMicros: 0,
        bracketMicros: 12e6,
        measureMicros: 20e6,
        overheadMicros: 5e6,
        seed: 1,
      },
      demands: [],
      bytesPerMessage: 1_000,
      probes,
      found: { end, sustainedPerSecond: null, returnsToBase: null },
      sizing: null,
    }),
  );

test('an answer names the resource, a lower bound the generator, and each has its sentence or none', () => {
  const unconfirmed = answerTo({ kind: 'unconfirmed', low: 1_000, high: 2_000 });
  assert.equal(unconfirmed.limitedBy, 'disk');
  assert.match(limitLines(unconfirmed)[0] ?? '', /disk of the brokers/);
  const open = answerTo({ kind: 'unconfirmed', low: 1_000, high: null });
  assert.equal(open.limitedBy, null);
  const bound = answerTo({ kind: 'at-least', perSecond: 1_000, limitedBy: 'generator' });
  assert.equal(bound.limitedBy, 'generator');
  assert.deepEqual([limitLines(open), limitLines(bound)], [[], []]);
});

test('where nothing was at its end that is said, and where nothing was watched that', () => {
  const end = { kind: 'unconfirmed', low: 1_000, high: 2_000 } as const;
  assert.match(limitLines(answerTo(end, [exceeded(null)]))[0] ?? '', /not told/);
  assert.match(limitLines(answerTo(end, [exceeded(undefined)]))[0] ?? '', /not measured/);
});

test('a trial that was too much tells what was full; one that was sustained, or not watched, tells nothing', () => {
  const full = { ...aBrokersMeasurement(), hosts: [aWatched('this host', { diskBusy: [1, 1, 1, 1] })] };
  const seconds = { ack: [], endToEnd: [] };
  const outcome = (failed: number, brokers?: BrokersMeasurement) => {
    const { counts, ...usual } = aMeasurement();
    const measured = { ...usual, counts: { ...counts, acked: counts.acked - failed, failed } };
    return outcomeOf(storedTrial(brokers === undefined ? measured : { ...measured, brokers }), seconds, []);
  };
  assert.deepEqual([outcome(500, full).verdict, outcome(500, full).ranOut], ['exceeded', 'disk']);
  assert.equal(outcome(500, aBrokersMeasurement()).ranOut, null);
  assert.equal('ranOut' in outcome(500), false);
  assert.equal('ranOut' in outcome(0, full), false);
});
