import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { conclude } from '../../src/analysis/conclude.ts';
import { resultJsonSchema } from '../../src/results/schema.ts';
import { aCell, aRun } from '../builders/trial.ts';

test('the published schema of results is the one that the program has', async () => {
  const published = new URL('../../docs/result.schema.json', import.meta.url);
  assert.deepEqual(JSON.parse(await readFile(published, 'utf8')), JSON.parse(JSON.stringify(resultJsonSchema())));
});

test('a result is valid by its published schema', () => {
  const ajv = formats.default(new Ajv({ strict: false }));
  const isValid = ajv.compile(resultJsonSchema() as object);
  assert.ok(isValid(conclude(aRun({ one: aCell('one', [1_000, 2_000]) }))), JSON.stringify(isValid.errors));
});
