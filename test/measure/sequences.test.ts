import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SequenceSet } from '../../src/measure/sequences.ts';

const sequence = fc.integer({ min: 0, max: 200_000 });

function setOf(members: Iterable<number>): SequenceSet {
  const set = new SequenceSet();
  for (const member of members) set.add(member);
  return set;
}

test('a number is new once', () => {
  fc.assert(
    fc.property(fc.array(sequence), members => {
      const set = new SequenceSet();
      const seen = new Set<number>();
      for (const member of members) {
        assert.equal(set.add(member), !seen.has(member));
        seen.add(member);
      }
      assert.equal(set.size, seen.size);
      for (const member of members) assert.ok(set.has(member));
    }),
  );
});

test('a run of numbers is the same as its members one by one', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(sequence, fc.integer({ min: 0, max: 150_000 })), { maxLength: 4 }), runs => {
      const byRun = new SequenceSet();
      const byOne = new SequenceSet();
      for (const [first, count] of runs) {
        byRun.addRun(first, count);
        for (let i = 0; i < count; i++) byOne.add(first + i);
      }
      assert.equal(byRun.size, byOne.size);
      assert.equal(byRun.countMissingFrom(byOne, 0, 400_000), 0);
    }),
    { numRuns: 20 },
  );
});

test('counts within a range agree with those of ordinary sets', () => {
  fc.assert(
    fc.property(fc.array(sequence), fc.array(sequence), sequence, sequence, (a, b, from, to) => {
      const inRange = (member: number): boolean => member >= from && member < to;
      const one = new Set(a);
      const other = new Set(b);
      const left = setOf(a);
      const right = setOf(b);
      assert.equal(left.countIn(from, to), [...one].filter(inRange).length);
      assert.equal(left.countCommonWith(right, from, to), [...one].filter(m => inRange(m) && other.has(m)).length);
      assert.equal(left.countMissingFrom(right, from, to), [...one].filter(m => inRange(m) && !other.has(m)).length);
      left.addAll(right);
      assert.equal(left.size, one.union(other).size);
    }),
  );
});

test('a set survives the way between threads, full pages included', () => {
  const set = new SequenceSet();
  set.addRun(0, 65_536);
  set.addRun(70_000, 10);
  const revived = SequenceSet.from(structuredClone(set.toData()));
  assert.equal(revived.size, 65_546);
  assert.equal(revived.add(65_535), false);
  assert.equal(revived.add(65_536), true);
});

test('a full page costs no memory', () => {
  const set = new SequenceSet();
  set.addRun(0, 65_536 * 100);
  assert.deepEqual(
    set.toData().filter(([, words]) => words !== null),
    [],
  );
});
