/** Specifies what a report says of a search for capacity: on the page, in the terminal, in Markdown. Golden files hold the words. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseHTML } from 'linkedom';
import { conclude } from '../../src/analysis/conclude.ts';
import { capacityCurve } from '../../src/report/figures/capacity.ts';
import { scaling } from '../../src/report/figures/scaling.ts';
import markdown from '../../src/report/formats/markdown.ts';
import { repeatCommand } from '../../src/report/html/repeat.ts';
import { reportPage } from '../../src/report/html/report.ts';
import { standingOf } from '../../src/report/html/standing.ts';
import { modelOf } from '../../src/report/model.ts';
import { reportSource } from '../../src/report/render.ts';
import { renderText } from '../../src/report/text.ts';
import type { CapacityResult } from '../../src/results/capacity.ts';
import type { StoredRun } from '../../src/results/read.ts';
import { aSearched, aSearchRun } from '../builders/search.ts';

const confirmed = await aSearched({ hottestShare: 0.4 });
const unconfirmed = await aSearched({ settings: { budgetMicros: 250e6 } });
const bounded = await aSearched({ generatorPerSecond: 5_000 });
const degraded = await aSearched({ probe: { isDegraded: true } });
const stopped: CapacityResult = { ...unconfirmed, kind: 'unfinished', low: null, high: null };
const levels = [1, 2, 3, 6, 12, 24];
const ofLevels = await Promise.all(
  levels.map(n => aSearched({ cell: `p${n}`, serverPerSecond: (4_000 * n) / (1 + 0.1 * (n - 1)) })),
);
const scaledRun = (searches: readonly CapacityResult[] = ofLevels): StoredRun =>
  aSearchRun(searches, {
    cells: searches.map(({ cell }) => ({
      id: cell,
      label: cell,
      factors: { 'topic.partitions': Number(cell.slice(1)) },
    })),
  });

const sourceOf = (run: StoredRun) => reportSource({ result: conclude(run), run });
const goldenOf = (file: string): string => new URL(`../golden/${file}`, import.meta.url).pathname;

for (const [name, run] of Object.entries({
  'a search that found a capacity': aSearchRun([confirmed]),
  'searches of six levels': scaledRun(),
})) {
  const file = name.replaceAll(' ', '-');
  test(`the terminal report of ${name}`, t => {
    const text = renderText(modelOf(conclude(run)), { color: false, unicode: true });
    t.assert.fileSnapshot(`${text}\n`, goldenOf(`${file}.txt`), { serializers: [String] });
  });
  test(`the Markdown report of ${name}`, t => {
    const text = markdown.render({ model: modelOf(conclude(run)) });
    t.assert.fileSnapshot(text, goldenOf(`${file}.md`), { serializers: [String] });
  });
}

suite('the page of a search', () => {
  const pageOf = (run: StoredRun) => parseHTML(reportPage(sourceOf(run))).document;
  const words = (element: { readonly textContent: string } | null): string =>
    (element?.textContent ?? assert.fail('it is not there')).replaceAll(/\s+/g, ' ').trim();

  test('says first what was found, and how sure that is', () => {
    const document = pageOf(aSearchRun([confirmed]));
    const { estimate, low, high } = confirmed;
    const whole = (value: number | null): string => Math.round(value ?? 0).toLocaleString('en-US');
    assert.match(words(document.querySelector('.banner .verdict')), /CONFIRMED By \d+ trials at rates about it/);
    assert.ok(
      words(document.querySelector('.banner h1 .answer')).startsWith(
        `Capacity ${whole(estimate)}/s (${((estimate ?? 0) / 1e3).toFixed(2)} MB/s), 95 % interval ${whole(low)}/s to ${whole(high)}/s`,
      ),
    );
    assert.match(words(document.querySelector('.banner .lines')), /sustainable: [\d,]+\/s, held for 2 m 0 s/);
  });

  test('has the answer of each search in a row, and no latencies of trials that had other rates', () => {
    const document = pageOf(scaledRun());
    const headings = [...document.querySelectorAll('table.answers thead th')].map(words);
    assert.deepEqual(headings, ['cell', 'capacity', 'at least', 'at most', 'held', 'trials', 'answer']);
    assert.equal(document.querySelectorAll('table.answers tbody tr').length, levels.length);
    for (const id of ['latency', 'time', 'throughput']) assert.equal(document.querySelector(`#${id}`), null, id);
  });

  test('draws latency over rate with its limit, its knee and the interval, and sizes what was asked for', () => {
    const document = pageOf(aSearchRun([confirmed]));
    const figure = document.querySelector('#figure-capacity');
    const drawn = words(figure?.querySelector('svg') ?? null);
    for (const word of ['limit 20 ms', 'capacity', 'knee', 'offered per second']) assert.ok(drawn.includes(word), word);
    const tables = words(document.querySelector('#capacity'));
    for (const word of ['Sizing', 'kept for 3 d, replication 3, read once', 'brokers, 1 of them spare', 'Assumed']) {
      assert.ok(tables.includes(word), word);
    }
  });

  test('is repeated by the command that searches', () => {
    assert.equal(
      repeatCommand(sourceOf(aSearchRun([confirmed]))),
      'npx highwater capacity reports/how-much/run/resolved.yaml',
    );
  });
});

for (const [what, search, kind, word, why] of [
  ['that found a capacity', confirmed, 'pass', 'CONFIRMED', /^by \d+ trials .* was held for/],
  ['whose budget ended it', unconfirmed, 'open', 'UNCONFIRMED', /single trial/],
  ['that the generator ended', bounded, 'open', 'LOWER BOUND', /^the generator was at its end before the cluster/],
  ['that was stopped', stopped, 'partial', 'PARTIAL', /^the search was stopped after \d+ trials/],
] as const) {
  test(`a search ${what} stands as ${word}, never as PASS`, () => {
    const reasons = kind === 'partial' ? (['interrupted'] as const) : [];
    const standing = standingOf(conclude({ ...aSearchRun([search]), reasons }));
    assert.deepEqual([standing.kind, standing.word], [kind, word]);
    assert.match(standing.why, why);
  });
}

test('a capacity whose trials were degraded says so in the same sentence, and is no good news', () => {
  const { sign, text } = modelOf(conclude(aSearchRun([degraded]))).conclusion;
  assert.equal(sign, 'warning');
  assert.match(text, /^capacity [\d,]+\/s .*; (\d+) of \1 confirming trials were degraded$/);
});

test('a search that the generator ended gives no more than a lower bound', () => {
  const { sign, text } = modelOf(conclude(aSearchRun([bounded]))).conclusion;
  assert.equal(sign, 'warning');
  assert.match(text, /^capacity is at least [\d,]+\/s \(.*\): beyond, the generator was the limit, not the cluster$/);
  const [figure] = capacityCurve.figures(sourceOf(aSearchRun([bounded])));
  assert.match(figure?.title ?? '', /^ack\.p99 stays within 20 ms at least up to/);
});

test('six levels are drawn with the law through them, five without', () => {
  const [six] = scaling.figures(sourceOf(scaledRun()));
  assert.match(six?.help ?? '', /nothing is said beyond 48/);
  assert.ok(six?.table.rows.slice(1).every(row => row.at(-1) !== '–'));
  const [five] = scaling.figures(sourceOf(scaledRun(ofLevels.slice(0, 5))));
  assert.match(five?.help ?? '', /No law was fitted: 5 levels, and a fit takes 6/);
  assert.ok(five?.table.rows.slice(1).every(row => row.at(-1) === '–'));
});
