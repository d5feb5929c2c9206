/** Specifies the HTML report where no browser is needed: what it says first, that it loads nothing, its size and its data. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { HtmlValidate } from 'html-validate';
import { parseHTML } from 'linkedom';
import { conclude } from '../../src/analysis/conclude.ts';
import { answerLines } from '../../src/report/html/answer.ts';
import { bestCell } from '../../src/report/html/best.ts';
import { dataElement, extractData } from '../../src/report/html/data.ts';
import { html, Markup } from '../../src/report/html/markup.ts';
import { repeatCommand } from '../../src/report/html/repeat.ts';
import { reportPage } from '../../src/report/html/report.ts';
import { standingOf } from '../../src/report/html/standing.ts';
import { reportSource } from '../../src/report/render.ts';
import type { Comparison, Result } from '../../src/results/schema.ts';
import { aCell, aMeasurement, aRun, aRunTrial, latency } from '../builders/trial.ts';
import { aPageRun, someCells } from './browser/page-run.ts';
import { type PageName, soundPages, writePages } from './browser/pages.ts';

const steady = [5_000, 5_050, 4_950, 5_020, 4_980];
const aResult = (cells = { one: steady }, over: Parameters<typeof aRun>[1] = {}): Result =>
  conclude(aRun(Object.fromEntries(Object.entries(cells).map(([id, micros]) => [id, aCell(id, micros)])), over));
const doubled = steady.map(micros => micros * 2);
const demand = (max: number) => ({ metric: 'ack.p99', min: null, max, where: {}, group: null, every: null });

const late = { ...aMeasurement().latencies, generatorLag: latency(3_000, 6_000) };
const invalid = conclude(aRun({ one: steady.map((_, i) => aRunTrial({ block: i + 1, latencies: late })) }));

suite('a run’s standing', () => {
  for (const [what, result, kind, word, why] of [
    ['a run that nothing was asked of', aResult(), 'pass', 'PASS', /^every trial was finished; nothing was demanded/],
    ['a check that holds', aResult(undefined, { checks: [demand(15_000)] }), 'pass', 'PASS', /^its check holds/],
    ['a check that is missed', aResult(undefined, { checks: [demand(1)] }), 'fail', 'FAIL', /^a check failed/],
    [
      'a generator that was the limit',
      invalid,
      'invalid',
      'INVALID',
      /limit in 5 of 5 trials; mostly because the generator was late/,
    ],
    [
      'trials that are missing',
      aResult(undefined, { repeat: 9 }),
      'partial',
      'PARTIAL',
      /^5 of 9 trials were finished: a cell has fewer/,
    ],
    ['a run that was killed', { ...aResult(), finishedAt: null }, 'partial', 'PARTIAL', /^5 of 5 trials/],
  ] as const) {
    test(`of ${what} is ${word}`, () => {
      const standing = standingOf(result);
      assert.deepEqual([standing.kind, standing.word], [kind, word]);
      assert.match(standing.why, why);
    });
  }

  test('names what was overridden', () => {
    const { marks } = standingOf(aResult(undefined, { overridden: { 'load.rate': '500/s' } }));
    assert.deepEqual(marks, [{ sign: 'warning', text: 'overridden: load.rate=500/s' }]);
  });
});

suite('the answer', () => {
  for (const [what, result, sign, text] of [
    [
      'two cells that differ',
      aResult({ one: steady, two: doubled } as never),
      'bad',
      /^acks=two is worse than acks=one: ack\.p99 20 ms against 10 ms, \+100\.0 % \[/,
    ],
    [
      'two that do not',
      aResult({ one: steady, two: steady } as never),
      'equal',
      /^acks=two is the same as acks=one within 5 %: ack\.p99 /,
    ],
    [
      'too few trials',
      aResult({ one: [5_000, 5_000], two: [9_000, 9_000] } as never),
      'open',
      /^Not decided: acks=two against acks=one, ack\.p99 .*: inconclusive, 2 of at least 5 blocks\.$/,
    ],
    [
      'a check that is missed',
      aResult(undefined, { checks: [demand(1)] }),
      'bad',
      /^ack\.p99 ≤ 1 µs missed in acks=one, worst 10 ms\.$/,
    ],
    [
      'one cell of which nothing was asked',
      aResult(),
      'equal',
      /^acks=one: ack\.p50 5 ms, ack\.p99 10 ms, ackedPerSecond 1,000\/s\.$/,
    ],
    ['an invalid run', invalid, 'bad', /^No answer: the generator or its host was the limit/],
    ['trials that are missing', aResult(undefined, { repeat: 9 }), 'equal', /^So far: acks=one: /],
    ['a run without a trial', conclude(aRun({ one: [] }, { repeat: 3 })), 'open', /^No answer: nothing was measured/],
  ] as const) {
    test(`of ${what} says so`, () => {
      const [first] = answerLines(result);
      assert.equal(first.sign, sign, first.text);
      assert.match(first.text, text);
    });
  }
});

suite('the best cell', () => {
  const cells = ['a', 'b', 'c'].map(id => ({ id })) as Result['cells'];
  const against = (a: string, b: string, verdict: Comparison['verdict'], role: Comparison['role'] = 'primary') =>
    ({ metric: 'ack.p99', a, b, verdict, role }) as Comparison;
  for (const [what, comparisons, best] of [
    ['beats all others', [against('a', 'b', 'worse'), against('a', 'c', 'worse')], 'a'],
    ['beats the reference, which beats the rest', [against('a', 'b', 'better'), against('a', 'c', 'worse')], 'b'],
    ['is none of two that beat the reference', [against('a', 'b', 'better'), against('a', 'c', 'better')], null],
    ['is none where one is the same', [against('a', 'b', 'worse'), against('a', 'c', 'same')], null],
    ['is none where one is undecided', [against('a', 'b', 'worse'), against('a', 'c', 'inconclusive')], null],
    [
      'is none by hints alone',
      [against('a', 'b', 'worse', 'exploratory'), against('a', 'c', 'worse', 'exploratory')],
      null,
    ],
  ] as const) {
    test(what, () => assert.equal(bestCell({ cells, comparisons: [...comparisons] }, 'ack.p99'), best));
  }

  test('is none where there is only one', () => {
    assert.equal(bestCell({ cells: cells.slice(0, 1), comparisons: [] }, 'ack.p99'), null);
  });
});

test('a template escapes text, and leaves markup and lists of it', () => {
  const hostile = `<b title="x">'&'</b>`;
  assert.equal(
    String(html`<p>${hostile}${html`<i>${1}</i>`}${[new Markup('<br>'), '<']}${null}</p>`),
    '<p>&lt;b title=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/b&gt;<i>1</i><br>&lt;</p>',
  );
});

for (const [what, size] of [
  ['plain', 10],
  ['compressed beyond 400 kB', 200_000],
] as const) {
  test(`data come out of a page as they were put in: ${what}`, () => {
    const data = { text: '</template><!-- & &lt; 🦀', numbers: Array.from({ length: size }, (_, i) => i) };
    const element = String(dataElement(data));
    assert.equal(element.includes('gzip'), what !== 'plain');
    assert.deepEqual(JSON.parse(extractData(`<p>${element}</p>`)), data);
  });
}

test('a page without data says so', () => {
  assert.throws(() => extractData('<html></html>'), /holds no data/);
});

test('a run is repeated by its resolved scenario, with names that a shell leaves alone', () => {
  const run = { ...aRun({ one: aCell('one', steady) }), folder: `reports/it's here` };
  assert.equal(
    repeatCommand({ run, result: conclude(run) }),
    String.raw`npx highwater run 'reports/it'\''s here/resolved.yaml'`,
  );
});

test('the page of 12 cells × 5 trials × 60 s is below 1,000 kB, with charts', () => {
  const run = aPageRun({ cells: someCells(12), repeat: 5, seconds: 60 });
  const page = reportPage(reportSource({ result: conclude(run), run }));
  assert.ok(Buffer.byteLength(page) < 1_000_000, `${Buffer.byteLength(page)} bytes`);
  assert.ok(page.includes('<svg'));
});

suite('every page', () => {
  let written: Awaited<ReturnType<typeof writePages>>;
  before(async () => (written = await writePages()));
  after(() => written[Symbol.asyncDispose]());
  const textOf = (name: PageName): string => written.pages.get(name)?.text ?? assert.fail(name);
  // how markup is written, and how long a name is, browsers do not mind
  const rules = {
    'doctype-style': 'off',
    'void-style': 'off',
    'long-title': 'off',
    'no-trailing-whitespace': 'off',
  } as const;
  const validator = new HtmlValidate({ extends: ['html-validate:recommended'], rules });

  for (const name of soundPages) {
    test(`of ${name} is valid HTML`, async () => {
      const { results } = await validator.validateString(textOf(name));
      const messages = results.flatMap(one =>
        one.messages.map(({ ruleId, message, line }) => `${line} ${ruleId}: ${message}`),
      );
      assert.deepEqual(messages.slice(0, 5), []);
    });

    test(`of ${name} loads nothing, and has every id once`, () => {
      const { document } = parseHTML(textOf(name));
      const loading = [...document.querySelectorAll('[src], link, [srcset], object, iframe, use')];
      assert.deepEqual(loading.map(String), []);
      const links = [...document.querySelectorAll('[href]')].map(one => one.getAttribute('href') ?? '');
      assert.deepEqual(
        links.filter(link => !link.startsWith('#')),
        [],
      );
      const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
      assert.deepEqual(
        ids.filter((id, i) => ids.indexOf(id) !== i),
        [],
      );
      assert.deepEqual(
        links.filter(link => !ids.includes(link.slice(1))),
        [],
      );
    });
  }

  test('has a policy that lets its own script run and nothing else', () => {
    const page = textOf('one');
    const script = /<script>([^]*)<\/script>/.exec(page)?.[1] ?? assert.fail('no script');
    const hash = createHash('sha256').update(script).digest('base64');
    const policy = parseHTML(page).document.querySelector('meta[http-equiv]')?.getAttribute('content');
    assert.equal(
      policy,
      `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    );
  });

  for (const [name, word] of [
    ['partial', 'PARTIAL'],
    ['empty', 'PARTIAL'],
  ] as const) {
    test(`of ${name} cannot be mistaken for a result: title, ribbon and banner say ${word}`, () => {
      const { document } = parseHTML(textOf(name));
      assert.match(document.querySelector('title')?.textContent ?? '', new RegExp(`^${word} · `));
      assert.match(document.querySelector('.ribbon')?.textContent ?? '', new RegExp(word));
      assert.match(document.querySelector('.banner .verdict')?.textContent ?? '', new RegExp(word));
    });
  }

  test('of usual has no ribbon, and marks the best cell of the metric that decides, by a sign too', () => {
    const { document } = parseHTML(textOf('usual'));
    assert.equal(document.querySelector('.ribbon'), null);
    const marked = [...document.querySelectorAll('table.answers b')].map(one => one.textContent ?? '');
    assert.equal(marked.length, 1);
    assert.match(marked[0] ?? '', /^★ \d/);
  });

  test('of an empty run has – where there is no data, and no 0', () => {
    const { document } = parseHTML(textOf('empty'));
    const figures = [...document.querySelectorAll('table.answers td.right')].map(one => one.textContent?.trim());
    assert.ok(figures.length > 0 && figures.every(text => text === '–'), String(figures));
  });
});
