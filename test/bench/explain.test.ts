import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { explainCommand } from '../../bench/commands/explain.ts';
import { explained } from '../../bench/explanations/index.ts';
import { errorCodes, exitCodes } from '../../src/index.ts';
import { done } from './in-process.ts';
import { root } from './program.ts';

const explain = (code?: string, json = false) => done(explainCommand, { code, json });

/** Those of zod and of the system stand in the sources, too. */
const isForReaders = (code: string): boolean => /^(?:E\d+|W-\w+|[a-z]+(?:-[a-z]+)*)$/.test(code) && code !== 'custom';
const inSources = globSync('src/**/*.ts', { cwd: root })
  .flatMap(file => [...readFileSync(join(root, file), 'utf8').matchAll(/\bcode:? (?:as const )?(?:=== )?'([^']+)'/g)])
  .map(match => match[1] ?? '')
  .filter(isForReaders);

suite('every code has a text', () => {
  test('the codes are found in the sources', () => {
    for (const known of ['schedule-not-held', 'client-error', 'W-COLO', 'E107']) assert.ok(inSources.includes(known));
  });

  for (const code of new Set([...Object.keys(exitCodes), ...Object.keys(errorCodes), ...inSources])) {
    test(`${code} is explained`, async () => {
      const { exitCode, stdout, stderr } = await explain(code);
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /\n\nWhat to do: \S/);
    });
  }

  for (const number of Object.values(exitCodes)) {
    test(`the exit code ${number} is explained`, async () => {
      const { code } = JSON.parse((await explain(String(number), true)).stdout);
      assert.equal(exitCodes[code as keyof typeof exitCodes], number);
    });
  }

  test('no code has two texts, and none is explained that nothing can have', () => {
    const codes = explained.map(({ code }) => code);
    assert.deepEqual(codes, [...new Set(codes)]);
    const known = new Set([...Object.keys(exitCodes), ...Object.keys(errorCodes), ...inSources]);
    assert.deepEqual(
      codes.filter(code => !known.has(code)),
      [],
    );
  });

  test('documents that are named exist', () => {
    for (const { more } of explained) assert.ok(more === undefined || existsSync(join(root, more)), more);
  });
});

suite('a code may be written', () => {
  for (const [written, code] of [
    ['W-SHORT', 'W-SHORT'],
    ['w-short', 'W-SHORT'],
    ['e104', 'E104'],
    ['exit 12', 'notComparable'],
    ['not-comparable', 'notComparable'],
    ['143', 'terminated'],
  ] as const) {
    test(`${written}, for ${code}`, async () => {
      assert.equal(JSON.parse((await explain(written, true)).stdout).code, code);
    });
  }
});

suite('what is no code', () => {
  for (const [written, said] of [
    ['W-SHROT', /Did you mean "W-SHORT"\?/],
    ['scedule-not-held', /Did you mean "schedule-not-held"\?/],
    ['headroom', /Did you mean "little-headroom"\?/],
    ['14', /`highwater explain` lists all/],
    ['nonsense', /There is no code "nonsense"\.\n`highwater explain` lists all/],
  ] as const) {
    test(`${written} ends with 2, and says what may be meant`, async () => {
      const { exitCode, stdout, stderr } = await explain(written);
      assert.deepEqual([exitCode, stdout], [2, '']);
      assert.match(stderr, said);
    });
  }
});

test('without a code all are listed, each with its line', async () => {
  const [text, json] = await Promise.all([explain(), explain(undefined, true)]);
  const all = JSON.parse(json.stdout) as { code: string; title: string }[];
  assert.deepEqual(
    all.map(({ code }) => code),
    explained.map(({ code }) => code),
  );
  for (const { code, title } of all) assert.ok(text.stdout.includes(code) && text.stdout.includes(title), code);
});
