/** Specifies what GitHub Actions is told, and that nothing in it can be taken for a command. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import fc from 'fast-check';
import { type Annotation, workflowCommands } from '../../bench/annotations.ts';
import { cutTo, type Outcome, tellGitHub } from '../../bench/github.ts';
import type { Terminal } from '../../bench/terminal.ts';

const anError: Annotation = { level: 'error', title: 'Check missed', message: 'p99 too high', place: null };
const aWarning: Annotation = { ...anError, level: 'warning', title: 'Inconclusive' };

suite('an annotation', () => {
  test('points at a line of the scenario', () => {
    const place = { file: 'scenarios/acks.yaml', line: 14 };
    assert.deepEqual(workflowCommands([{ ...anError, place }]), [
      '::error file=scenarios/acks.yaml,line=14,title=Check missed::p99 too high',
    ]);
  });

  test('escapes what the runner takes for its own syntax', () => {
    const place = { file: 'a,b:c.yaml', line: 1 };
    assert.deepEqual(workflowCommands([{ ...anError, title: '100%,\n', message: 'a: b, 5 %\r\n', place }]), [
      '::error file=a%2Cb%3Ac.yaml,line=1,title=100%25%2C%0A::a: b, 5 %25%0D%0A',
    ]);
  });

  test('is one line that says what it was made of, whatever that is', () => {
    const text = fc.string({ unit: fc.constantFrom('%', '\r', '\n', ':', ',', '2', '5', 'A', ' ') });
    fc.assert(
      fc.property(text, text, (title, message) => {
        const [command = ''] = workflowCommands([{ ...anError, title, message }]);
        assert.doesNotMatch(command, /[\r\n]/);
        const [, escapedTitle = '', escapedMessage] = /^::error title=([^:,]*)::(.*)$/.exec(command) ?? [];
        assert.deepEqual(
          [decodeURIComponent(escapedTitle), decodeURIComponent(escapedMessage ?? '')],
          [title, message],
        );
      }),
    );
  });
});

for (const [errors, warnings, commands, last] of [
  [0, 0, 0, undefined],
  [10, 0, 10, '::error title=Check missed::p99 too high'],
  [11, 0, 10, '::error::and 2 more'],
  [2, 30, 10, '::warning::and 23 more'],
] as const) {
  test(`${errors} errors and ${warnings} warnings are ${commands} commands, errors first`, () => {
    const many = [...Array(warnings).fill(aWarning), ...Array(errors).fill(anError)] as Annotation[];
    const told = workflowCommands(many);
    assert.equal(told.length, commands);
    assert.equal(told.at(-1), last);
    assert.ok(told.slice(0, Math.min(errors, 9)).every(command => command.startsWith('::error')));
  });
}

test('a summary is cut between lines, to bytes and not to characters, and says so', () => {
  const text = 'é'.repeat(40).concat('\n').repeat(100);
  const cut = cutTo(text, 1_000);
  assert.ok(Buffer.byteLength(cut) <= 1_000);
  assert.match(cut, /^(é{40}\n)+\n\n?… cut: the whole report|^(é{40}\n)*é{40}\n\n… cut/);
  assert.equal(cutTo(text, 1e6), text);
  assert.equal(cutTo(text, 10), '');
});

suite('GitHub', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-test-github-'));
  after(() => rm(folder, { recursive: true, force: true }));
  const said: string[] = [];
  const say = (text: string): number => said.push(text);
  const terminal = { error: say, command: say, sign: () => '!' } as unknown as Terminal;
  const outcome: Outcome = {
    annotations: [anError],
    markdown: '# acks',
    verdict: 'fail',
    reports: ['r/report.md'],
    asWarnings: false,
  };
  const [summary, output] = [join(folder, 'summary.md'), join(folder, 'output.txt')];
  const environment = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output };

  test('is told in its files, to which others write as well', async () => {
    await writeFile(summary, 'before\n');
    await tellGitHub(outcome, terminal, environment);
    assert.equal(await readFile(summary, 'utf8'), 'before\n# acks\n\n');
    assert.equal(await readFile(output, 'utf8'), 'verdict=fail\nreport=r/report.md\n');
    assert.deepEqual(said.splice(0), ['::error title=Check missed::p99 too high']);
  });

  test('is not called to order by what fails nothing', async () => {
    await tellGitHub({ ...outcome, asWarnings: true }, terminal, { GITHUB_ACTIONS: 'true' });
    assert.deepEqual(said.splice(0), ['::warning title=Check missed::p99 too high']);
  });

  test('that cannot be told changes nothing', async () => {
    await tellGitHub({ ...outcome, annotations: [] }, terminal, { ...environment, GITHUB_OUTPUT: folder });
    assert.match(said.splice(0).join(''), /GitHub's files cannot be written/);
  });

  test('is not told elsewhere', async () => {
    await tellGitHub(outcome, terminal, { CI: 'true' });
    assert.deepEqual(said, []);
  });
});
