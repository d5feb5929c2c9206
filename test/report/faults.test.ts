/** How a run with faults is told: in sentences, in tables, and in charts. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { conclude } from '../../src/analysis/conclude.ts';
import { brokenText, durabilityLines } from '../../src/report/durability.ts';
import { faultLabel, faultTables, whatText, whomText } from '../../src/report/faults.ts';
import markdown from '../../src/report/formats/markdown.ts';
import { answerLines } from '../../src/report/html/answer.ts';
import { extractData } from '../../src/report/html/data.ts';
import { reportPage } from '../../src/report/html/report.ts';
import { standingOf } from '../../src/report/html/standing.ts';
import { modelOf } from '../../src/report/model.ts';
import { reportSource } from '../../src/report/render.ts';
import { renderText } from '../../src/report/text.ts';
import type { InjectedFault } from '../../src/results/faults.ts';
import type { CellPromise } from '../../src/results/header.ts';
import type { RunTrial, StoredRun } from '../../src/results/read.ts';
import type { Result } from '../../src/results/schema.ts';
import { aFault, someFaults } from '../builders/faults.ts';
import { aGroup } from '../builders/group.ts';
import { aMeasurement, aRun, aRunTrial } from '../builders/trial.ts';

const promiseOf = (acks: CellPromise['acks']): CellPromise => ({
  acks,
  idempotence: false,
  maxInFlightRequests: 5,
  simulated: false,
  topic: { isExisting: false, replicationFactor: 3, minInsyncReplicas: 2, uncleanLeaderElection: null },
  faults: ['kill', 'pause', 'network'],
  countsRetries: true,
});

interface Broken {
  readonly lost?: number | null;
  readonly faults?: readonly InjectedFault[];
}

const aBrokenTrial = ({ lost = 0, faults = [aFault()] }: Broken, cell: string, block: number): RunTrial =>
  aRunTrial({
    cell,
    block,
    counts: { ...aMeasurement().counts, lost },
    groups: lost === null ? [] : [aGroup()],
    faults: someFaults(...faults),
  });

/** A run of cells by acks, each with a trial for each entry. */
function aBrokenRun(cells: Readonly<Partial<Record<'0' | '1' | 'all', readonly Broken[]>>>): StoredRun {
  const promises = { '0': promiseOf(0), '1': promiseOf(1), all: promiseOf('all') };
  return aRun(
    Object.fromEntries(
      Object.entries(cells).map(([id, trials]) => [id, trials.map((one, i) => aBrokenTrial(one, id, i + 1))]),
    ),
    { promises },
  );
}

const linesOf = (...args: Parameters<typeof aBrokenRun>) => durabilityLines(conclude(aBrokenRun(...args)));
const lineOf = (trials: readonly Broken[], acks: '0' | '1' | 'all' = 'all') => linesOf({ [acks]: trials })[0];

const away = (longestMicros: number, over: Partial<InjectedFault> = {}): Broken => ({
  faults: [aFault({ unavailable: { partitions: 2, longestMicros, isOver: true }, ...over })],
});

suite('the sentence of a cell', () => {
  test('says of how many kills none lost anything, and what that proves', () => {
    assert.deepEqual(lineOf([away(4.1e6), away(5e6), away(3.9e6)]), {
      sign: 'good',
      text: 'acks=all, min.insync.replicas=2: 0 of 3 kills lost anything: at most 63.2 % of such kills do, at 95 % confidence. A partition took nothing for 4.1 s (median of 3 trials; 5 s at worst). Latency was as before after 6 s (median).',
    });
  });

  test('says how much was lost, in all and at worst, and whether that is permitted', () => {
    const told = lineOf([{ lost: 401 }, { lost: 300 }, { lost: 111 }], '1');
    assert.equal(told?.sign, 'warning');
    assert.match(
      told?.text ?? '',
      /^acks=1: 3 of 3 kills lost acknowledged messages, 812 of 60,000 \(401 in the worst trial\), which these settings permit\. A/,
    );
    const breach = lineOf([{ lost: 3 }, {}, {}]);
    assert.equal(breach?.sign, 'bad');
    assert.match(
      breach?.text ?? '',
      /1 of 3 kills lost .* which these settings do not permit; at most 86\.5 % of such kills do/,
    );
  });

  test('never says never', () => {
    const lines = linesOf({ all: Array.from({ length: 30 }, () => ({})), '1': [{}] });
    assert.equal(lines.length, 2);
    for (const { text } of lines) {
      assert.doesNotMatch(text, /never/);
      assert.match(text, /at most (9\.5|95) %/);
    }
  });

  test('does not take for zero what nobody looked at', () => {
    const told = lineOf([{ lost: null }]);
    assert.equal(told?.sign, 'open');
    assert.match(told?.text ?? '', /nothing read the messages back, so that what was lost is not known/);
    const half = lineOf([{ lost: null }, {}]);
    assert.equal(half?.sign, 'open');
    assert.match(half?.text ?? '', /0 of 1 kill lost anything.* Of 1 trial more it is not known/);
  });

  test('speaks of trials where one had several faults', () => {
    const faults = [aFault(), aFault({ kind: 'pause', atMicros: 12e6 })];
    assert.match(lineOf([{ faults }, { faults }])?.text ?? '', /0 of 2 trials with faults lost anything/);
  });

  test('says what had not ended', () => {
    const endless = { partitions: 2, longestMicros: 9e6, isOver: false };
    const told = lineOf([
      away(4e6),
      away(5e6),
      { faults: [aFault({ unavailable: endless, latencyNormalAfterMicros: null })] },
    ]);
    assert.match(
      told?.text ?? '',
      /for 5 s \(median of 3 trials; at least 9 s at worst; in 1 of 3 trials it had not ended\)/,
    );
    assert.match(told?.text ?? '', /after 6 s \(median\), and not within the window after 1 of 3 faults/);
    const never = lineOf([{ faults: [aFault({ unavailable: endless, latencyNormalAfterMicros: null })] }]);
    assert.match(
      never?.text ?? '',
      /A partition took nothing for at least 9 s; in 1 of 1 trial it had not ended\. Latency was not as before/,
    );
  });

  test('of the cell that lost most comes first', () => {
    const [first] = linesOf({ all: [{}], '1': [{ lost: 400 }], '0': [{ lost: 9 }] });
    assert.match(first?.text ?? '', /^acks=1:/);
  });
});

suite('a fault is called', () => {
  const network: InjectedFault['network'] = {
    link: 'clients',
    direction: 'toBroker',
    latencyMicros: 200_000,
    jitterMicros: 20_000,
    bandwidthBytesPerSecond: 1e6,
    cut: false,
    halfOpen: false,
    reset: false,
  };
  for (const [fault, what, whom, label] of [
    [aFault(), 'kill', 'leader: broker 1', 'kill, broker 1'],
    [aFault({ kind: 'pause', asked: '3', brokers: [3] }), 'pause', 'broker 3', 'pause, broker 3'],
    [
      aFault({ kind: 'rollingRestart', asked: 'all', brokers: [1, 2, 3] }),
      'rolling restart',
      'all: brokers 1, 2, 3',
      'rolling restart',
    ],
    [
      aFault({ kind: 'network', network }),
      'network fault, clients: latency 200 ms ± 20 ms, 1 MB/s, to the broker only',
      'leader: broker 1',
      'network fault, broker 1',
    ],
    [
      aFault({
        kind: 'network',
        network: {
          ...network,
          direction: 'both',
          latencyMicros: 0,
          jitterMicros: 0,
          bandwidthBytesPerSecond: null,
          cut: true,
        },
      }),
      'network fault, clients: cut',
      'leader: broker 1',
      'network fault, broker 1',
    ],
  ] as const) {
    test(`${what} (${label})`, () => {
      assert.deepEqual([whatText(fault), whomText(fault), faultLabel(fault)], [what, whom, label]);
    });
  }
});

suite('the table of faults', () => {
  const rowsOf = (faults: readonly InjectedFault[], lost: number | null = 0): (readonly string[])[] =>
    faultTables(conclude(aBrokenRun({ all: [{ lost, faults }] })))[0]?.rows.slice(1) ?? [];

  test('has a row for each, with what became of it', () => {
    assert.deepEqual(rowsOf([aFault()]), [
      ['acks=all', '1', 'kill', 'leader: broker 1', '5–10', '3.2 s', '4.1 s (2)', '6 s', '7.5 s', '2'],
    ]);
  });

  test('says what did not end, what did not come, and what cannot be known', () => {
    const open = aFault({
      endedAtMicros: null,
      detectedAfterMicros: null,
      unavailable: { partitions: 1, longestMicros: 9e6, isOver: false },
      latencyNormalAfterMicros: null,
      lagNormalAfterMicros: null,
    });
    assert.deepEqual(rowsOf([open])[0]?.slice(4), ['5–end', '–', '≥ 9 s (1)', 'not seen', 'not seen', '2']);
    const unknown = aFault({ unavailable: null, lagNormalAfterMicros: null });
    assert.deepEqual(rowsOf([unknown], null)[0]?.slice(6, 9), ['–', '6 s', '–']);
    const harmless = aFault({ unavailable: { partitions: 0, longestMicros: 0, isOver: true } });
    assert.equal(rowsOf([harmless])[0]?.[6], 'none');
  });

  test('counts changes of leaders from a fault until the next', () => {
    const rows = rowsOf([aFault(), aFault({ atMicros: 12e6 })]);
    assert.deepEqual(
      rows.map(row => row.at(-1)),
      ['2', '2'],
    );
  });

  test('is folded away where it is long, and is not where it is short', () => {
    const titles = (count: number) => {
      const faults = Array.from({ length: count }, (_, i) => aFault({ atMicros: i * 1e6 }));
      const { tables, details } = modelOf(conclude(aBrokenRun({ all: [{ faults }] })));
      return [tables, details].map(list => list.some(({ title }) => title === 'Each fault'));
    };
    assert.deepEqual(titles(12), [true, false]);
    assert.deepEqual(titles(13), [false, true]);
  });
});

suite('a run with faults', () => {
  const result: Result = conclude(aBrokenRun({ all: [{}, {}], '1': [{ lost: 400 }, {}] }));

  test('says in its banner that brokers were broken, and answers with what that did', () => {
    assert.equal(brokenText(result), '4 kills in 4 trials');
    assert.ok(
      standingOf(result).marks.some(({ text }) => text === 'brokers were broken on purpose: 4 kills in 4 trials'),
    );
    assert.match(answerLines(result)[0].text, /^acks=1: 1 of 2 kills lost/);
  });

  test('whose loss nothing permits says so in the finding, faults or not', () => {
    const model = modelOf(conclude(aBrokenRun({ all: [{ lost: 3 }] })));
    assert.ok(
      model.findings.some(({ text }) =>
        text.endsWith('3 messages lost, which the settings do not permit, whichever brokers broke'),
      ),
    );
    assert.match(model.conclusion.text, /exit 13$/);
  });

  test('without faults says nothing of them', () => {
    const plain = conclude(aRun({ one: [aRunTrial()] }));
    assert.deepEqual([modelOf(plain).faults, faultTables(plain), brokenText(plain)], [[], [], null]);
  });
});

test('the page has the section, and its numbers have the faults', () => {
  const run = aBrokenRun({ all: [{}] });
  const page = reportPage(reportSource({ result: conclude(run), run }));
  assert.match(page, /<section id="faults"/);
  const { trials } = JSON.parse(extractData(page));
  assert.deepEqual(trials[0].faults, [{ label: 'kill, broker 1', fromMicros: 5e6, toMicros: 10e6 }]);
});

/** Kills at two levels of acks, and a link to clients that was slow. */
const golden = aBrokenRun({
  '1': [{ lost: 401 }, { lost: 0 }, { lost: 411 }],
  all: [
    away(4.1e6),
    { faults: [aFault({ unavailable: { partitions: 2, longestMicros: 5e6, isOver: false }, endedAtMicros: null })] },
    away(3.9e6, { latencyNormalAfterMicros: null }),
  ],
});

test('the terminal report of a run with faults', t => {
  const text = renderText(modelOf(conclude(golden)), { color: false, unicode: true });
  t.assert.fileSnapshot(`${text}\n`, new URL('../golden/a-run-with-faults.txt', import.meta.url).pathname, {
    serializers: [String],
  });
});

test('the Markdown report of a run with faults', t => {
  t.assert.fileSnapshot(
    markdown.render({ model: modelOf(conclude(golden)) }),
    new URL('../golden/a-run-with-faults.md', import.meta.url).pathname,
    { serializers: [String] },
  );
});
