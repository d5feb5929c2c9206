/** Holds what reports say of comparisons: primary rows first, hints labelled, and what is open said with what would close it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparisonLines, comparisonNote } from '../../src/report/comparisons.ts';
import { effectText, foundText, verdictText } from '../../src/report/words.ts';
import { Comparison } from '../../src/results/schema.ts';

function aComparison(over: Partial<Comparison> = {}): Comparison {
  return {
    ...Comparison.parse({
      metric: 'ack.p99',
      a: 'one',
      b: 'two',
      ratio: 1.163,
      low: 1.092,
      high: 1.238,
      verdict: 'worse',
      because: null,
      blocks: 5,
      blocksToDecide: null,
    }),
    delta: 0.05,
    confidence: 0.95,
    adjustedP: 0.01,
    mde: 0.08751,
    ...over,
  };
}

const open = { verdict: 'inconclusive', because: 'too-noisy' } as const;

for (const [text, over] of [
  ['worse', {}],
  ['inconclusive, ~12 blocks would decide', { ...open, blocksToDecide: 12 }],
  [
    'inconclusive, ~12 blocks would decide; not worse by 5 % (non-inferior)',
    { ...open, blocksToDecide: 12, nonInferior: true },
  ],
  ['inconclusive', open],
  ['inconclusive, 4 of at least 5 blocks', { ...open, because: 'too-few-trials', blocks: 4, blocksToDecide: 5 }],
  ['inconclusive, no data', { ...open, because: 'no-data' }],
  [
    'inconclusive, the sign-flip test does not confirm it; ~7 blocks would decide',
    { ...open, because: 'tests-disagree', blocksToDecide: 7 },
  ],
  ['inconclusive, values are lower bounds', { ...open, because: 'censored' }],
] as const) {
  test(`a verdict reads "${text}"`, () => {
    assert.equal(verdictText(aComparison(over)), text);
  });
}

test('an effect names its confidence where that is not 95 %', () => {
  assert.equal(effectText(aComparison()), '+16.3 % [+9.2 %, +23.8 %]');
  assert.equal(effectText(aComparison({ confidence: 0.995 })), '+16.3 % [+9.2 %, +23.8 %; 99.5 % CI]');
});

test('the smallest effect that would be found is rounded up; without one nothing is said', () => {
  assert.deepEqual(foundText(aComparison()), ['MDE 8.8 %']);
  assert.deepEqual(foundText(aComparison({ mde: null })), []);
});

test('primary rows stand as they are, exploratory differences are labelled and fail nothing, the rest is counted', () => {
  const hint = { role: 'exploratory', metric: 'ack.p50' } as const;
  const comparisons = [
    aComparison(),
    aComparison({ verdict: 'same' }),
    aComparison(hint),
    aComparison({ ...hint, verdict: 'same' }),
    aComparison({ ...hint, ...open }),
  ];
  const lines = comparisonLines({ comparisons }, id => `acks=${id}`);
  assert.deepEqual(lines, [
    { sign: 'bad', text: 'acks=two against acks=one   ack.p99   +16.3 % [+9.2 %, +23.8 %]   worse   MDE 8.8 %' },
    { sign: 'equal', text: 'acks=two against acks=one   ack.p99   +16.3 % [+9.2 %, +23.8 %]   same   MDE 8.8 %' },
    {
      sign: 'warning',
      text: 'acks=two against acks=one   ack.p50 (exploratory)   +16.3 % [+9.2 %, +23.8 %]   worse   MDE 8.8 %',
    },
    { sign: 'equal', text: 'exploratory, not shown: 1 same, 1 inconclusive' },
  ]);
});

test('the note says how rows were judged; of results of before it says nothing', () => {
  const noteOf = (...comparisons: Comparison[]): string | null => comparisonNote({ comparisons });
  assert.equal(noteOf(aComparison()), 't-intervals on log ratios, block by block · delta 5 %');
  assert.equal(
    noteOf(aComparison(), aComparison({ metric: 'ack.p999', delta: 0.1 })),
    't-intervals on log ratios, block by block · Holm over 2 primary rows · delta 5 %, 10 %',
  );
  assert.match(noteOf(aComparison({ design: 'unpaired' })) ?? '', /^not interleaved/);
  assert.equal(noteOf(aComparison({ confidence: null })), null);
});

test('of two settings the judged one is named with what it is held against, and cells without a counterpart are told', () => {
  const against = { name: 'main', newCells: ['new'], goneCells: ['gone'] };
  const lines = comparisonLines({ comparisons: [aComparison({ a: 'against.two' })], against }, id => `acks=${id}`);
  assert.deepEqual(
    lines.map(({ text }) => text),
    [
      'acks=two against main   ack.p99   +16.3 % [+9.2 %, +23.8 %]   worse   MDE 8.8 %',
      'new: acks=new',
      'gone: acks=gone',
    ],
  );
  const looks = { planned: 2, taken: 1, level: 0.0294 } as const;
  assert.equal(
    comparisonNote({ comparisons: [aComparison()], against, looks }),
    'interleaved with main · t-intervals on log ratios, block by block · delta 5 % · look 1 of 2, each at 97.1 %',
  );
});
