import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunEvent } from '../../src/run/events.ts';
import {
  type EarlierAttempt,
  type EarlierTrials,
  mostAttempts,
  repeatedIn,
  startOf,
  trialsLeft,
} from '../../src/run/earlier.ts';

import { eventsOf } from './running.ts';

const slot = { cell: 'a', block: 1 };
const an = (outcome: EarlierAttempt['outcome'], attempt = 1, over: Partial<EarlierAttempt> = {}): EarlierAttempt => ({
  ...slot,
  attempt,
  outcome,
  ...over,
});
const earlier = (attempts: readonly EarlierAttempt[], over: Partial<EarlierTrials> = {}): EarlierTrials => ({
  attempts,
  repeating: null,
  warmup: null,
  isExtended: false,
  ...over,
});

for (const [what, attempts, repeating, start] of [
  ['was not begun, or was stopped, begins', [], null, { attempt: 1, useless: 0 }],
  ['is done is over', [an('good')], null, null],
  ['failed is run again, as another attempt', [an('failed'), an('failed', 2)], null, { attempt: 3, useless: 0 }],
  ['failed and was done after all is over', [an('failed'), an('good', 2)], null, null],
  ['a check ended is over', [an('ended by a check')], null, null],
  ['was useless, and not to be repeated, is over', [an('useless')], null, null],
  ['was useless when the run was stopped is repeated', [an('useless')], slot, { attempt: 2, useless: 1 }],
  ['was useless as often as may be is over', [1, 2, 3].map(i => an('useless', i)), slot, null],
] as const) {
  test(`a trial that ${what}`, () => {
    assert.equal(mostAttempts, 3);
    assert.deepEqual(startOf(slot, earlier(attempts, { repeating })), start);
  });
}

test('what is left keeps its order, without the cells that a check has ended', () => {
  const order = ['a', 'b', 'c'].flatMap(cell => [1, 2].map(block => ({ cell, block })));
  const attempts = [an('good'), an('ended by a check', 1, { cell: 'b' }), an('failed', 1, { cell: 'c' })];
  assert.deepEqual(trialsLeft(order, earlier(attempts)), [
    { cell: 'a', block: 2 },
    { cell: 'c', block: 1 },
    { cell: 'c', block: 2 },
  ]);
});

test('repetitions of before count, so that a run repeats no more for having been interrupted', () => {
  const attempts = [an('useless'), an('useless', 2), an('good', 3), an('useless', 1, { block: 2 })];
  assert.equal(repeatedIn(earlier(attempts)), 2);
});

const startedIn = (events: readonly RunEvent[]) =>
  events.flatMap(event => (event.type === 'trial-started' ? [event.trial] : []));
const quick = 'load: { outstanding: 10, warmup: 20ms, measure: 50ms }\nsimulated: { serviceTime: 5ms }\n';

test('a run that goes on keeps the places that its trials had', async () => {
  const done = [1, 2].map(block => an('good', 1, { cell: 'test', block }));
  const events = await eventsOf(`${quick}repeat: 3\n`, { earlier: earlier(done) });
  assert.deepEqual(startedIn(events), [{ cell: 'test', block: 3, attempt: 1, position: 3, of: 3 }]);
});

test('a useless attempt before counts towards the most that a trial may have', async () => {
  const useless = an('useless', 1, { cell: 'test' });
  const events = await eventsOf(`${quick}repeat: 5\n`, {
    mustRepeat: () => true,
    earlier: earlier([useless, ...[2, 3, 4, 5].map(block => an('good', 1, { cell: 'test', block }))], {
      repeating: { cell: 'test', block: 1 },
    }),
  });
  assert.deepEqual(
    startedIn(events).map(({ attempt }) => attempt),
    [2, 3],
  );
});

const auto = `${quick.replace('20ms', 'auto')}repeat: 1\nmatrix: { producers.acks: [1, all] }\n`;
const pilot = { seconds: 1, cutSeconds: 0, isSteady: true, unsettled: [] };

test('a warm-up that was found is kept; a cell whose pilot had failed stays without', async () => {
  const warmup = { asked: 'auto', micros: 30_000, pilots: [{ ...pilot, cell: 'acks-1' }] } as const;
  const events = await eventsOf(auto, { earlier: earlier([], { warmup }) });
  assert.ok(!events.some(({ type }) => type === 'pilot-started' || type === 'warmup-found'));
  const done = events.flatMap(event => (event.type === 'trial-done' ? [event.measurement] : []));
  assert.deepEqual(
    done.map(({ cell, warmupMicros }) => [cell, warmupMicros]),
    [['acks-1', 30_000]],
  );
  assert.ok(events.some(event => event.type === 'trial-skipped' && event.because === 'pilot'));
});
