import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { comparePages, OffsetLedger, unionOf } from '../../src/measure/offset-ledger.ts';

interface Entry {
  readonly offset: number;
  readonly producer: number;
  readonly sequence: number;
}

const ledgerOf = (entries: readonly Entry[]): OffsetLedger => {
  const ledger = new OffsetLedger();
  for (const { offset, producer, sequence } of entries) ledger.add(offset, producer, sequence);
  return ledger;
};

/** A log of messages, one at each offset, over a few pages. */
const aLog = fc
  .array(fc.record({ producer: fc.nat(20), sequence: fc.nat(2 ** 31) }), { minLength: 1, maxLength: 200 })
  .chain(messages =>
    fc
      .uniqueArray(fc.nat(200_000), { minLength: messages.length, maxLength: messages.length })
      .map(offsets => messages.map((message, i) => ({ ...message, offset: offsets[i] as number }))),
  );

test('what is entered in order and what is entered in any order is the same, page by page', () => {
  fc.assert(
    fc.property(aLog, fc.infiniteStream(fc.nat()), (log, keys) => {
      const ascending = log.toSorted((a, b) => a.offset - b.offset);
      const inOrder = new OffsetLedger();
      for (const { offset, producer, sequence } of ascending) inOrder.add(offset, producer, sequence);
      const shuffled = log
        .map(entry => ({ entry, key: keys.next().value }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ entry }) => entry);
      const [acked, read] = [unionOf([inOrder.toData()]), unionOf([ledgerOf(shuffled).toData()])];
      assert.deepEqual(comparePages(acked, read), { compared: log.length, differing: 0 });
    }),
  );
});

test('an offset that is entered again is counted, and changes nothing', () => {
  fc.assert(
    fc.property(aLog, fc.nat(50), (log, times) => {
      const ledger = ledgerOf(log);
      const again = log.slice(0, times);
      for (const { offset, producer, sequence } of again) assert.equal(ledger.add(offset, producer, sequence), false);
      assert.equal(ledger.repeated, again.length);
      const once = unionOf([ledgerOf(log).toData()]);
      assert.deepEqual(comparePages(once, unionOf([ledger.toData()])), { compared: log.length, differing: 0 });
    }),
  );
});

test('another message at one of the offsets makes its page differ', () => {
  fc.assert(
    fc.property(aLog, fc.nat(), fc.boolean(), (log, which, isProducer) => {
      const changed = log.map((entry, i) =>
        i !== which % log.length
          ? entry
          : isProducer
            ? { ...entry, producer: entry.producer + 1 }
            : { ...entry, sequence: entry.sequence + 1 },
      );
      const { compared, differing } = comparePages(
        unionOf([ledgerOf(log).toData()]),
        unionOf([ledgerOf(changed).toData()]),
      );
      assert.equal(compared, log.length);
      assert.ok(differing > 0 && differing <= log.length);
    }),
  );
});

test('ledgers of several add up to one, and what more than one has is counted and not compared', () => {
  const entries = Array.from({ length: 100 }, (_, offset) => ({ offset, producer: 0, sequence: offset }));
  const whole = unionOf([ledgerOf(entries).toData()]);
  const parts = unionOf([ledgerOf(entries.slice(0, 40)).toData(), ledgerOf(entries.slice(40)).toData()]);
  assert.deepEqual(comparePages(whole, parts), { compared: 100, differing: 0 });
  const overlapping = unionOf([ledgerOf(entries.slice(0, 60)).toData(), ledgerOf(entries.slice(40)).toData()]);
  assert.equal(overlapping.repeated, 20);
  assert.equal(overlapping.offsets.size, 100);
  assert.deepEqual(comparePages(whole, overlapping), { compared: 0, differing: 0 });
});

test('a page on which something is missing is not compared', () => {
  const entries = Array.from({ length: 70_000 }, (_, offset) => ({ offset, producer: 0, sequence: offset }));
  const read = ledgerOf(entries.filter(({ offset }) => offset !== 3));
  assert.deepEqual(comparePages(unionOf([ledgerOf(entries).toData()]), unionOf([read.toData()])), {
    compared: 70_000 - 65_536,
    differing: 0,
  });
});
