import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyOrder, keysOfSeveralPartitions } from '../../src/measure/key-order.ts';

const message = fc.record({
  member: fc.nat(1),
  producer: fc.nat(2),
  topic: fc.nat(1),
  partition: fc.nat(2),
  key: fc.nat(4),
  sequence: fc.nat(1_000),
});

test('a message is late if a later one of its producer, topic and key came to the same member before it', () => {
  fc.assert(
    fc.property(fc.array(message), messages => {
      const orders = [0, 1].map(() => KeyOrder.of({ producers: 3, topics: 2, keys: 5 }) as KeyOrder);
      let late = 0;
      for (const [i, one] of messages.entries()) {
        const { member, producer, topic, partition, key, sequence } = one;
        const isBefore = (other: typeof one): boolean =>
          other.member === member && other.producer === producer && other.topic === topic && other.key === key;
        if (messages.slice(0, i).some(other => isBefore(other) && other.sequence > sequence)) late++;
        orders[member]?.add(producer, topic, partition, key, sequence);
      }
      assert.equal(
        orders.reduce((sum, order) => sum + order.late, 0),
        late,
      );
      const partitionsOfKeys = Map.groupBy(messages, ({ topic, key }) => `${topic}-${key}`);
      const several = [...partitionsOfKeys.values()].filter(
        ofKey => new Set(ofKey.map(({ partition }) => partition)).size > 1,
      );
      assert.equal(keysOfSeveralPartitions(orders.map(({ partitions }) => partitions)), several.length);
    }),
  );
});

test('where there are no keys, or too many, their order is not watched', () => {
  assert.equal(KeyOrder.of({ producers: 1, topics: 1, keys: 0 }), null);
  assert.equal(KeyOrder.of({ producers: 100, topics: 1, keys: 1_000_000 }), null);
});
