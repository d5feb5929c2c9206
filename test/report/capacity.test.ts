/** Holds the words of a capacity report to what was found, and to no more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capacityLine, probeLine } from '../../src/report/capacity.ts';
import { capacityResult } from '../../src/capacity/document.ts';
import type { SearchEnd } from '../../src/capacity/search.ts';
import { aProbe } from '../capacity/probes.ts';

const settings = {
  fromPerSecond: 1_000,
  resolution: 0.02,
  budgetMicros: 600e6,
  soakMicros: 120e6,
  bracketMicros: 12e6,
  measureMicros: 20e6,
  overheadMicros: 5e6,
  seed: 1,
};

const lineOf = (end: SearchEnd | null) =>
  capacityLine(
    capacityResult({
      cell: 'one',
      settings,
      demands: [],
      bytesPerMessage: 1_000,
      probes: [aProbe(), aProbe()],
      found: end && { end, sustainedPerSecond: null, returnsToBase: null },
      sizing: null,
    }),
  );

const estimate = {
  perSecond: 9_800,
  low: 9_700,
  high: 9_900,
  method: 'latency',
  mostlyPerSecond: null,
  trials: 12,
} as const;

for (const [end, sign, text] of [
  [{ kind: 'capacity', estimate }, 'good', 'capacity 9,800/s (9.8 MB/s), 95 % interval 9,700/s to 9,900/s'],
  [
    { kind: 'unconfirmed', low: 8_000, high: 8_400 },
    'open',
    'unconfirmed: 8,000/s (8 MB/s) was sustained in a single trial, not 8,400/s; a larger capacity.budget confirms it',
  ],
  [
    { kind: 'at-least', perSecond: 5_000, limitedBy: 'generator' },
    'warning',
    'capacity is at least 5,000/s (5 MB/s): beyond, the generator was the limit, not the cluster',
  ],
  [{ kind: 'none', because: 'nothing-sustained' }, 'bad', 'no rate was sustained, down to 1/s'],
  [null, 'open', 'the search was stopped after 2 trials'],
] as const) {
  test(`${end?.kind ?? 'a stopped search'} reads: ${text}`, () => assert.deepEqual(lineOf(end), { sign, text }));
}

test('a rate that failed says by what', () => {
  const missed = [{ code: 'check', metric: 'ack.p99', group: null, value: 31_000, min: null, max: 20_000 } as const];
  assert.equal(
    probeLine(aProbe({ stage: 'bisect', ratePerSecond: 2_828, verdict: 'exceeded', missed })),
    'bisect      2,828/s   exceeded: ack.p99 31 ms',
  );
});
