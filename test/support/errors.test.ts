import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  deserializeError,
  type ExitReason,
  exitCodeOf,
  HarnessError,
  serializeError,
} from '../../src/support/errors.ts';

for (const [reasons, code] of [
  [[], 0],
  [['check'], 10],
  [['notComparable', 'check'], 10],
  [['check', 'regression'], 11],
  [['regression', 'incomplete'], 4],
  [['incomplete', 'invalid'], 5],
  [['invalid', 'integrity'], 13],
  [['integrity', 'environment'], 3],
  [['environment', 'interrupted'], 130],
  [['terminated', 'check'], 143],
] as const satisfies readonly (readonly [readonly ExitReason[], number])[]) {
  test(`${reasons.join(' and ') || 'no reason'} exits with ${code}`, () => {
    assert.equal(exitCodeOf(reasons), code);
  });
}

test('an error keeps its reason and its hint on the way between threads', () => {
  const sent = new HarnessError('environment', 'No broker at localhost:1.', { hint: 'Start one.' });
  const received = deserializeError(structuredClone(serializeError(sent)));
  assert.ok(received instanceof HarnessError);
  assert.deepEqual([received.reason, received.message, received.hint], [sent.reason, sent.message, sent.hint]);
});
