/** Holds the decision rule: worse, better, same, inconclusive; non-inferior; strict; levels; how many blocks would decide. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide, type Decision, type DecisionRule, type LogDifference } from '../../src/analysis/decide.ts';
import { meanEstimate, tInterval } from '../../src/analysis/stats.ts';

const rule: DecisionRule = { delta: 0.05, level: 0.05 };
const D = Math.log(1.05);

/** Blocks whose differences have this mean and standard deviation. */
function blocksOf(mean: number, deviation: number, blocks: number): LogDifference {
  return {
    estimate: mean,
    standardError: deviation / Math.sqrt(blocks),
    degreesOfFreedom: blocks - 1,
    blocks,
    pairs: null,
  };
}

/** 10 blocks: half the 95 % interval is .7153 deviations wide, half the 90 % one .5797. */
for (const [name, mean, deviation, over, verdict, isNonInferior] of [
  ['an interval above 0 with a mean beyond delta', 0.06, 0.08, {}, 'worse', false],
  ['its mirror image', -0.06, 0.08, {}, 'better', true],
  ['an interval above 0 with a mean below delta, 90 % interval within delta', 0.03, 0.02, {}, 'same', true],
  ['an interval above 0 with a mean below delta, 90 % interval beyond it', 0.045, 0.02, {}, 'inconclusive', false],
  ['a mean beyond delta whose interval holds 0', 0.06, 0.09, {}, 'inconclusive', false],
  ['a 90 % interval within delta, around 0', 0, 0.08, {}, 'same', true],
  ['a 90 % interval that reaches below −delta only', -0.02, 0.08, {}, 'inconclusive', true],
  ['no change and no spread', 0, 0, {}, 'same', true],
  ['a change beyond delta without spread', 0.06, 0, {}, 'worse', false],
  ['strict: an interval above 0 that holds delta', 0.06, 0.08, { isStrict: true }, 'inconclusive', false],
  ['strict: an interval above delta', 0.12, 0.08, { isStrict: true }, 'worse', false],
  ['strict: an interval below −delta', -0.12, 0.08, { isStrict: true }, 'better', true],
  ['a wider delta', 0.06, 0.05, { delta: 0.1 }, 'same', true],
  [
    'the level of two looks, where 95 % leaves 0 out and 97.06 % does not',
    0.06,
    0.08,
    { level: 0.0294 },
    'inconclusive',
    false,
  ],
  [
    'a step’s level, where 95 % leaves 0 out and 99 % does not',
    0.06,
    0.08,
    { claimLevel: 0.01 },
    'inconclusive',
    false,
  ],
  ['a step’s level, where `same` keeps the whole level', 0, 0.08, { claimLevel: 0.001 }, 'same', true],
] as const) {
  test(`${name}: ${verdict}${isNonInferior ? ', non-inferior' : ''}`, () => {
    const decision = decide(blocksOf(mean, deviation, 10), { ...rule, ...over });
    assert.deepEqual([decision.verdict, decision.isNonInferior], [verdict, isNonInferior]);
  });
}

for (const [blocks, verdict] of [
  [4, 'inconclusive'],
  [5, 'worse'],
] as const) {
  test(`${blocks} blocks of a change that could not be clearer: ${verdict}`, () => {
    const decision = decide(blocksOf(1, 0.001, blocks), rule);
    assert.deepEqual([decision.verdict, decision.because], [verdict, verdict === 'worse' ? null : 'too-few-trials']);
    if (verdict === 'inconclusive') assert.equal(decision.blocksToDecide, 5);
  });
}

/** Six blocks of which one, just, shows the contrary: by the t-interval p is .004, by sign flips 4 of 64. */
const contradicted = [0.1, 0.11, 0.1, 0.09, 0.1, -0.001];

for (const [name, pairs, over, verdict, because] of [
  ['does not confirm', contradicted, {}, 'inconclusive', 'tests-disagree'],
  ['confirms', [0.1, 0.11, 0.1, 0.09, 0.1, 0.08], {}, 'worse', null],
  ['does not confirm at a level that six blocks cannot reach', contradicted, { claimLevel: 0.02 }, 'worse', null],
  ['has too few blocks for', contradicted.slice(0, 5), {}, 'worse', null],
] as const) {
  test(`what the sign-flip test ${name}: ${verdict}`, () => {
    const decision = decide({ ...meanEstimate(pairs), blocks: pairs.length, pairs }, { ...rule, ...over });
    assert.deepEqual([decision.verdict, decision.because], [verdict, because]);
    assert.equal(
      decide({ ...meanEstimate(pairs), blocks: pairs.length, pairs: null }, { ...rule, ...over }).verdict,
      'worse',
    );
  });
}

/** From the published mock of a comparison, 5 trials against 5 not interleaved, delta 10 %: the interval gives the spread. */
for (const [low, high, blocks] of [
  [-0.034, 0.221, 7],
  [-0.236, 0.046, 12],
] as const) {
  test(`[${low}, ${high}] of 5 against 5 trials: about ${blocks} would make the interval as narrow as delta`, () => {
    const half = (Math.log(1 + high) - Math.log(1 + low)) / 2;
    const perError = tInterval({ estimate: 0, standardError: 1, degreesOfFreedom: 8 }, 0.95).high;
    const difference = {
      estimate: Math.log(1 + low) + half,
      standardError: half / perError,
      degreesOfFreedom: 8,
      blocks: 5,
      pairs: null,
    };
    const decision = decide(difference, { delta: 0.1, level: 0.05 });
    assert.equal(decision.verdict, 'inconclusive');
    assert.equal(decision.blocksToDecide, blocks);
  });
}

test('a change about as large as delta names the blocks at which the rule would decide, or none', () => {
  const near = decide(blocksOf(0.045, 0.02, 10), rule);
  const blocks = near.blocksToDecide ?? 0;
  assert.ok(blocks > 10);
  assert.notEqual(decide(blocksOf(0.045, 0.02, blocks), rule).verdict, 'inconclusive');
  assert.equal(decide(blocksOf(0.045, 0.02, blocks - 1), rule).verdict, 'inconclusive');
  assert.equal(decide(blocksOf(D, 0.02, 10), rule).blocksToDecide, null);
});

test('the smallest effect that would be found: 6.3, 8.8 and 17.8 % at CV 2, 5 and 10 %, ten blocks, delta 5 %', () => {
  const found = [0.02, 0.05, 0.1].map(variation => decide(blocksOf(0, Math.SQRT2 * variation, 10), rule).mde ?? 0);
  assert.deepEqual(
    found.map(mde => Math.ceil(mde * 1_000) / 10),
    [6.3, 8.8, 17.8],
  );
});

test('there is none for fewer than five blocks: they would not find anything', () => {
  assert.equal(decide(blocksOf(0, 0.02, 4), rule).mde, null);
  assert.ok(decide(blocksOf(0, 0.02, 5), rule).mde !== null);
});

const difference = fc
  .record({
    mean: fc.double({ min: -0.3, max: 0.3, noNaN: true }),
    deviation: fc.double({ min: 0.001, max: 0.3, noNaN: true }),
    blocks: fc.integer({ min: 2, max: 12 }),
  })
  .map(({ mean, deviation, blocks }) => blocksOf(mean, deviation, blocks));
const rules = fc.record({
  delta: fc.constantFrom(0.03, 0.05, 0.1),
  level: fc.constantFrom(0.05, 0.0294),
  isStrict: fc.boolean(),
});
const mirrored: Readonly<Record<Decision['verdict'], Decision['verdict']>> = {
  better: 'worse',
  worse: 'better',
  same: 'same',
  inconclusive: 'inconclusive',
};

test('with the arms exchanged better becomes worse, and the interval its mirror image', () => {
  fc.assert(
    fc.property(difference, rules, (one, by) => {
      const [there, back] = [decide(one, by), decide({ ...one, estimate: -one.estimate }, by)];
      assert.equal(back.verdict, mirrored[there.verdict]);
      assert.ok(Math.abs(back.low + there.high) < 1e-9 && Math.abs(back.high + there.low) < 1e-9);
      assert.deepEqual([back.mde, back.blocksToDecide, back.p], [there.mde, there.blocksToDecide, there.p]);
    }),
    { numRuns: 100 },
  );
});

test('what is strictly worse is worse, what is worse is not non-inferior, and what is same is', () => {
  fc.assert(
    fc.property(difference, rules, (one, by) => {
      const { verdict, isNonInferior } = decide(one, by);
      if (by.isStrict && verdict === 'worse') assert.equal(decide(one, { ...by, isStrict: false }).verdict, 'worse');
      if (verdict === 'worse') assert.equal(isNonInferior, false);
      if (verdict === 'same') assert.equal(isNonInferior, true);
    }),
    { numRuns: 100 },
  );
});

test('better and worse need a p at or below the level, and a smaller level never turns one into the other', () => {
  fc.assert(
    fc.property(difference, rules, fc.double({ min: 0.0001, max: 0.05, noNaN: true }), (one, by, claimLevel) => {
      const { verdict, p } = decide(one, { ...by, claimLevel });
      const whole = decide(one, by).verdict;
      if (verdict !== 'better' && verdict !== 'worse') return;
      assert.ok(p <= claimLevel);
      if (claimLevel <= by.level) assert.equal(whole, verdict);
    }),
    { numRuns: 100 },
  );
});
