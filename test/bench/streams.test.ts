import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { openWorkplace, resultOf, root } from './program.ts';
import { closedLoop, scenario } from './scenarios.ts';

const works = await openWorkplace({
  'plain.yaml': scenario(closedLoop),
  'rich.yaml': scenario({
    ...closedLoop,
    name: 'rich',
    consumers: { readers: { members: 2 } },
    topic: { partitions: 2 },
    matrix: { 'producers.acks': [0, 1] },
    checks: [{ metric: 'lost', max: 0 }],
  }),
  'wrong.yaml': 'name: wrong\nlaod: {}\n',
});
after(() => works[Symbol.asyncDispose]());

const controlCode = /(?!\n)\p{Cc}/u;
const beyondAscii = /[✓✗⚠]/;

suite('--json', () => {
  for (const file of ['plain.yaml', 'rich.yaml']) {
    test(`prints one document on stdout that the published schema accepts, as in result.json: ${file}`, async () => {
      const ended = await works.run([file, '--json']);
      const result = resultOf(ended);
      const ajv = new Ajv({ strict: false, allErrors: true });
      formats.default(ajv);
      const accepts = ajv.compile(JSON.parse(await readFile(join(root, 'docs/result.schema.json'), 'utf8')));
      assert.ok(accepts(result), ajv.errorsText(accepts.errors));
      const stored = await readFile(join(works.folder, 'reports', result.name, result.runId, 'result.json'), 'utf8');
      assert.deepEqual(JSON.parse(stored), result);
      assert.equal(ended.exitCode, result.exitCode);
      assert.match(ended.stderr, /block 1\/1 done/, 'progress goes to stderr');
    });
  }

  test('prints an array of documents for several scenarios', async () => {
    const { stdout } = await works.run(['plain.yaml', 'rich.yaml', '--json', '--quiet']);
    assert.deepEqual(
      JSON.parse(stdout).map(({ name }: { name: string }) => name),
      ['short', 'rich'],
    );
  });

  test('prints nothing on stdout where nothing was run', async () => {
    const { stdout, exitCode } = await works.run(['wrong.yaml', '--json']);
    assert.deepEqual([stdout, exitCode], ['', 2]);
  });
});

suite('into pipes and files', () => {
  for (const [sentence, args, environment, isQuiet] of [
    ['progress goes to stderr and results to stdout', [], {}, false],
    ['nothing changes on CI systems', [], { CI: 'true' }, false],
    ['nothing changes with NO_COLOR', [], { NO_COLOR: '1' }, false],
    ['nothing changes on a dumb terminal', [], { TERM: 'dumb' }, false],
    ['--quiet leaves the results alone', ['--quiet'], {}, true],
    ['--progress none does, too', ['--progress', 'none'], {}, true],
  ] as const) {
    test(`${sentence}, without control codes`, async () => {
      const { stdout, stderr, exitCode } = await works.run(['plain.yaml', ...args], environment);
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /1 of 1 trials, 1 valid[^]*✓ PASS/);
      assert.doesNotMatch(stdout, /started|done/);
      assert.doesNotMatch(stdout + stderr, controlCode);
      if (isQuiet) assert.equal(stderr, '');
      else assert.match(stderr, /^plan +1 cell × 1 trial[^]*\[1\/1\] short · block 1\/1 started[^]*✓ .* done/m);
    });
  }

  test('errors come without control codes on CI systems, too', async () => {
    const { stderr } = await works.run(['wrong.yaml', '--colour'], { CI: 'true' });
    assert.match(stderr, /^✗ /);
    assert.doesNotMatch(stderr, controlCode);
  });

  for (const [sentence, args, environment] of [
    ['--color always colours all the same', ['--color', 'always'], {}],
    ['HIGHWATER_COLOR does as its flag', [], { HIGHWATER_COLOR: 'always' }],
  ] as const) {
    test(sentence, async () => {
      const { stdout } = await works.run(['validate', 'plain.yaml', ...args], environment);
      assert.ok(stdout.startsWith('\u001B[32m✓\u001B[39m '), JSON.stringify(stdout));
    });
  }
});

suite('signs', () => {
  for (const [sentence, args, environment] of [
    ['--no-unicode puts words in place of signs', ['--no-unicode'], {}],
    ['HIGHWATER_UNICODE=false does, too', [], { HIGHWATER_UNICODE: 'false' }],
  ] as const) {
    test(sentence, async () => {
      const { stdout, stderr } = await works.run(['plain.yaml', ...args], environment);
      assert.match(stdout, /^ok 1 of 1 trials[^]*^ok PASS$/m);
      assert.match(stderr, /^ok \[1\/1\] short/m);
      assert.doesNotMatch(stdout + stderr, beyondAscii);
      const refused = await works.run(['wrong.yaml', ...args], environment);
      assert.match(refused.stderr, /^FAIL wrong\.yaml: 1 problem/);
    });
  }
});
