/** Specifies the JUnit report: what CI systems are told of each cell, and that no name can break it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { compareSides } from '../../src/analysis/compare-runs.ts';
import { conclude } from '../../src/analysis/conclude.ts';
import { judgeGate, usualFailures, withGate } from '../../src/analysis/gate.ts';
import junit from '../../src/report/formats/junit.ts';
import type { Result } from '../../src/results/schema.ts';
import { aSide } from '../builders/side.ts';
import { aCell, aMeasurement, aRun, aRunTrial, latency } from '../builders/trial.ts';

const steady = [5_000, 5_050, 4_950, 5_020, 4_980];
const check = { metric: 'ack.p99', min: null, max: 15_000, where: {}, group: null, every: null };
const render = (result: Result): string => junit.render({ result });

/** The cases by suite, as `name: outcome`. */
function casesOf(xml: string): Record<string, string[]> {
  const suites = [...xml.matchAll(/<testsuite name="([^"]*)"[^>]*?(?:\/>|>(.*?)<\/testsuite>)/gs)];
  return Object.fromEntries(
    suites.map(([, name = '', body = '']) => [
      name,
      [...body.matchAll(/<testcase[^>]*? name="([^"]*)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs)].map(
        ([, one = '', inner = '']) =>
          `${one}: ${inner.includes('<failure') ? 'failed' : inner.includes('<skipped') ? 'skipped' : 'passed'}`,
      ),
    ]),
  );
}

suite('a cell is a suite that says', () => {
  test('that it ran, where nothing was asked of it', () => {
    assert.deepEqual(casesOf(render(conclude(aRun({ one: aCell('one', steady) })))), {
      'acks: acks=one': ['ran: passed'],
    });
  });

  test('which checks it met and which it missed', () => {
    const cells = {
      one: aCell('one', steady),
      two: aCell(
        'two',
        steady.map(micros => micros * 2),
      ),
    };
    const ofTwo = { ...check, metric: 'ack.p50', where: { 'producers.acks': 'two' } };
    assert.deepEqual(casesOf(render(conclude(aRun(cells, { checks: [check, ofTwo] })))), {
      'acks: acks=one': ['ran: passed', 'ack.p99 ≤ 15 ms: passed'],
      'acks: acks=two': ['ran: passed', 'ack.p99 ≤ 15 ms: failed', 'ack.p50 ≤ 15 ms, acks two: passed'],
    });
  });

  test('that a check without data failed, and that another cell’s was not judged', () => {
    const endToEnd = aCell('one', steady, { latencies: { ...aMeasurement().latencies, endToEnd: latency(5_000) } });
    const run = aRun({ one: endToEnd, two: aCell('two', steady) }, { checks: [{ ...check, metric: 'endToEnd.p99' }] });
    assert.deepEqual(casesOf(render(conclude(run))), {
      'acks: acks=one': ['ran: passed', 'endToEnd.p99 ≤ 15 ms: skipped'],
      'acks: acks=two': ['ran: passed', 'endToEnd.p99 ≤ 15 ms: failed'],
    });
  });

  test('that trials are missing or invalid, and why', () => {
    const late = steady.map((_, i) =>
      aRunTrial({
        cell: 'one',
        block: i + 1,
        latencies: { ...aMeasurement().latencies, generatorLag: latency(3_000, 6_000) },
      }),
    );
    const xml = render(conclude(aRun({ one: late, two: aCell('two', steady.slice(1)) })));
    assert.deepEqual(casesOf(xml), { 'acks: acks=one': ['ran: failed'], 'acks: acks=two': ['ran: failed'] });
    assert.match(xml, /0 of 5 trials count&#xA;the generator was late/);
  });

  test('that delivery was broken', () => {
    const lossy = steady.map((_, i) => aRunTrial({ block: i + 1, counts: { ...aMeasurement().counts, lost: 3 } }));
    assert.deepEqual(casesOf(render(conclude(aRun({ one: lossy })))), {
      'acks: acks=one': ['ran: passed', 'delivery: failed'],
    });
  });

  test('how it stands against the baseline, where it was gated; what is not decided is skipped', () => {
    const noisy = [5_000, 9_000, 4_000, 8_000, 3_000];
    const cells = {
      one: aCell(
        'one',
        steady.map(micros => micros * 2),
      ),
      two: aCell('two', noisy),
      three: aCell('three', steady),
    };
    const run = aRun(cells, { runId: 'later' });
    const a = aSide({ one: aCell('one', steady), two: aCell('two', steady), three: aCell('three', steady) });
    const comparison = compareSides(a, aSide(cells, { runId: 'later' }), {
      metrics: [],
      delta: {},
      confidence: 0.95,
      onMismatch: 'refuse',
    });
    const result = withGate(conclude(run), judgeGate({ reasons: [], comparison, failOn: usualFailures }), comparison);
    assert.deepEqual(casesOf(render(result)), {
      'acks: acks=one': ['ran: passed', 'ack.p99 against the baseline: failed'],
      'acks: acks=two': ['ran: passed', 'ack.p99 against the baseline: skipped'],
      'acks: acks=three': ['ran: passed', 'ack.p99 against the baseline: passed'],
    });
  });
});

test('a check that is about no cell fails in a suite of its own', () => {
  const run = aRun({ one: aCell('one', steady) }, { checks: [{ ...check, where: { 'producers.acks': '7' } }] });
  assert.deepEqual(casesOf(render(conclude(run)))['acks: checks of no cell'], ['ack.p99 ≤ 15 ms, acks 7: failed']);
});

/** Asserts that a text is well-formed XML as far as any name could break it. */
function assertWellFormed(xml: string): void {
  assert.doesNotMatch(xml, /(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/u);
  assert.ok(xml.isWellFormed());
  const markup = xml.replaceAll(/<!\[CDATA\[.*?\]\]>/gs, '');
  const open: string[] = [];
  const rest = markup.replaceAll(/<(\/?)([a-z-]+)((?: [a-z-]+="[^"<]*")*)\s*(\/?)>/g, (...found: readonly string[]) => {
    const [, close, name = '', attributes = '', alone] = found;
    if (close) assert.equal(open.pop(), name);
    else if (!alone) open.push(name);
    assert.doesNotMatch(attributes, /&(?!(?:amp|lt|gt|quot|apos|#x?[0-9A-Fa-f]+);)/);
    return '';
  });
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest.replace(/^<\?xml [^>]*\?>/, ''), /[<&]/);
}

test('no name can break it', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom(']]>', '"><failure/>', '\u0000\u001b[31m', '\ud800', '<!--', '&amp;', '\uffff'),
  );
  const result = conclude(aRun({ one: aCell('one', steady) }, { checks: [check] }));
  const [cell] = result.cells;
  assert.ok(cell !== undefined);
  fc.assert(
    fc.property(hostile, hostile, hostile, (name, label, message) => {
      const failures = [{ block: 6, attempt: 1, message, aborted: false }];
      assertWellFormed(render({ ...result, name, cells: [{ ...cell, label, failures }] }));
    }),
    { numRuns: 200 },
  );
});
