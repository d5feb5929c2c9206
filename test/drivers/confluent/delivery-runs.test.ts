import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeliveryRuns } from '../../../src/drivers/confluent/delivery-runs.ts';

const late = new Error('too late');
const full = new Error('too large');

/** A report: ticket, partition, offset, error. */
type Report = readonly [ticket: number, partition: number, offset: number, error?: Error];

/** What is told of reports that come in one turn. */
function runsOf(reports: readonly Report[], outcome: 'acknowledged' | 'departed' = 'acknowledged'): string[] {
  const told: string[] = [];
  const runs = new DeliveryRuns(
    {
      // oxlint-disable-next-line max-params -- the contract's
      acknowledged: (first, count, at, partition, base) =>
        void told.push(`${first}+${count} acknowledged at ${at}, ${partition}-${base}`),
      failed: (first, count, at, error) => void told.push(`${first}+${count} failed at ${at}, ${error.message}`),
      departed: (first, count, at) => void told.push(`${first}+${count} departed at ${at}`),
      writable: () => undefined,
    },
    outcome,
  );
  for (const [ticket, partition, offset, error = null] of reports) runs.add(ticket, partition, offset, error, 7);
  runs.tell();
  return told;
}

for (const [what, reports, expected] of [
  [
    'consecutive tickets at consecutive offsets are one run',
    [
      [0, 3, 10],
      [1, 3, 11],
      [2, 3, 12],
    ],
    ['0+3 acknowledged at 7, 3-10'],
  ],
  [
    'another partition begins a run',
    [
      [0, 3, 10],
      [1, 4, 11],
    ],
    ['0+1 acknowledged at 7, 3-10', '1+1 acknowledged at 7, 4-11'],
  ],
  [
    'a gap between offsets begins a run',
    [
      [0, 3, 10],
      [1, 3, 12],
    ],
    ['0+1 acknowledged at 7, 3-10', '1+1 acknowledged at 7, 3-12'],
  ],
  [
    'a gap between tickets begins a run',
    [
      [0, 3, 10],
      [2, 3, 11],
    ],
    ['0+1 acknowledged at 7, 3-10', '2+1 acknowledged at 7, 3-11'],
  ],
  [
    'offsets that the broker did not tell are told as −1',
    [
      [0, 3, -1001],
      [1, 3, -1001],
      [2, 3, 5],
    ],
    ['0+2 acknowledged at 7, 3--1', '2+1 acknowledged at 7, 3-5'],
  ],
  [
    'messages that failed for one reason are one run, wherever they were to go',
    [
      [0, 3, -1, late],
      [1, 4, -1, late],
      [2, 4, -1, full],
      [3, 4, 9],
    ],
    ['0+2 failed at 7, too late', '2+1 failed at 7, too large', '3+1 acknowledged at 7, 4-9'],
  ],
  ['nothing is told of nothing', [], []],
] as const satisfies readonly (readonly [string, readonly Report[], readonly string[]])[]) {
  test(what, () => assert.deepEqual(runsOf(reports), expected));
}

test('with acks 0 consecutive tickets are one run, wherever they went', () => {
  const reports = [
    [5, 0, -1001],
    [6, 1, -1001],
  ] as const;
  assert.deepEqual(runsOf(reports, 'departed'), ['5+2 departed at 7']);
});
