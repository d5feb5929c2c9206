import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offsetsFinding } from '../../src/run/findings.ts';

const totals = { sent: 100, acked: 90, failed: 5, unresolved: 5, retries: 2, appended: 90 };

for (const [appended, isShared, agrees] of [
  [90, false, true],
  [102, false, true],
  [103, false, false],
  [89, false, false],
  [5_000, true, true],
  [89, true, false],
] as const) {
  test(`90 acknowledged of 100 ${agrees ? 'agree' : 'do not agree'} with ${appended} appended${isShared ? ' where others write too' : ''}`, () => {
    assert.equal(offsetsFinding({ ...totals, appended }, { isShared }).length, agrees ? 0 : 1);
  });
}
