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

test('old pages that lack little know what they lack, whatever comes late', () => {
  const pages = 24;
  const end = pages * 65_536;
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: end - 1 }), { minLength: 1, maxLength: 2_000 }),
      fc.integer({ min: 0, max: 2_000 }),
      fc.boolean(),
      (missing, late, byRun) => {
        const lacking = new Set(missing);
        const set = new SequenceSet();
        const fill = (from: number, to: number): void => {
          if (byRun) set.addRun(from, to - from);
          else for (let i = from; i < to; i++) assert.ok(set.add(i));
        };
        let from = 0;
        for (const gap of missing.toSorted((a, b) => a - b)) {
          fill(from, gap);
          from = gap + 1;
        }
        fill(from, end);
        for (const number of missing.slice(0, late)) {
          assert.ok(!set.has(number));
          assert.ok(set.add(number), `${number} was not new`);
          lacking.delete(number);
        }
        for (const number of missing.slice(0, late)) assert.ok(!set.add(number));
        assert.equal(set.size, end - lacking.size);
        const copy = SequenceSet.from(set.toData());
        assert.equal(copy.size, set.size);
        const all = new SequenceSet();
        all.addRun(0, end);
        assert.equal(all.countMissingFrom(copy, 0, end), lacking.size);
        assert.equal(copy.commonWith(all).size, set.size);
        for (const number of lacking) assert.ok(!copy.has(number));
        if (lacking.size > 0 && byRun) copy.addRun(0, end);
        else for (const number of lacking) assert.ok(copy.add(number));
        assert.equal(copy.size, end);
        const words = set.toData().filter(([, members]) => members instanceof Uint32Array);
        assert.ok(words.length <= 3, `${words.length} pages are held by a bit a number`);
      },
    ),
    { numRuns: 6 },
  );
});
