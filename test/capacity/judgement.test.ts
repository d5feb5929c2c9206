/** Holds the judgement of a rate to the definition of a sustainable one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missedBy, type Observation, slopeBound } from '../../src/capacity/judgement.ts';

/** 1,000/s for 20 s, of which nothing is missing. */
const sound: Observation = {
  windowMicros: 20e6,
  scheduled: 20_000,
  ackedInWindow: 20_000,
  withoutAck: 0,
  backlogs: [{ of: 'producers', samples: Array.from({ length: 20 }, (_, i) => 10 + (i % 2)) }],
  undrained: [],
  demands: [{ metric: 'ack.p99', group: null, min: null, max: 20_000, value: 19_000, halves: null }],
};

const codesOf = (observation: Observation): string[] | undefined => missedBy(observation)?.map(({ code }) => code);

/** A backlog that grows by so many messages each second. */
const growing = (perSecond: number) => ({
  of: 'producers',
  samples: Array.from({ length: 20 }, (_, second) => second * perSecond),
});

test('a rate is sustained where all is acknowledged, no backlog grows and the checks hold', () => {
  assert.deepEqual(codesOf(sound), []);
});

for (const [name, changed, codes] of [
  ['98.9 % are acknowledged within the window', { ackedInWindow: 19_780 }, ['acknowledged-late']],
  ['99 % are acknowledged within the window', { ackedInWindow: 19_800 }, []],
  ['0.11 % have no acknowledgement', { withoutAck: 22 }, ['errors']],
  ['0.1 % have no acknowledgement', { withoutAck: 20 }, []],
  ['the backlog grows by 0.6 % of the rate', { backlogs: [growing(6)] }, ['backlog-grows']],
  ['the backlog grows by 0.4 % of the rate', { backlogs: [growing(4)] }, []],
  [
    'a lag ends more than a second of messages above where it began',
    { backlogs: [{ of: 'readers', samples: [0, 1_500, 0, 1_500, 0, 1_500, 0, 1_500, 0, 1_001] }] },
    ['backlog-grows', 'lag-left'],
  ],
  ['a group does not catch up', { undrained: ['readers'] }, ['not-drained']],
  [
    'a latency is above its limit',
    { demands: [{ metric: 'ack.p99', group: null, min: null, max: 20_000, value: 20_001, halves: null }] },
    ['check'],
  ],
] as const) {
  test(`${name}: ${codes.length === 0 ? 'sustained' : codes.join(' and ')}`, () => {
    assert.deepEqual(codesOf({ ...sound, ...changed }), codes);
  });
}

test('of a demand without data, or a window without messages, nothing follows', () => {
  const demands = [{ metric: 'endToEnd.p99', group: null, min: null, max: 20_000, value: null, halves: null }];
  assert.equal(missedBy({ ...sound, demands }), null);
  assert.equal(missedBy({ ...sound, scheduled: 0 }), null);
});

test('the upper bound of a slope is the slope where all samples lie on a line, and above it where they do not', () => {
  assert.ok(Math.abs(slopeBound([0, 2, 4, 6, 8]) - 2) < 1e-12);
  // y = x + (1, −1, 1, −1, 1) − …: slope 1, standard error 0.3651, t(0.95; 3) = 2.3534
  assert.ok(Math.abs(slopeBound([1, 0, 3, 2, 5]) - (1 + 2.353_363 * Math.sqrt(4.8 / 3 / 10))) < 1e-5);
});
