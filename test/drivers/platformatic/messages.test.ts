/** Holds the making of messages for @platformatic/kafka, which uses the memory of those that are done with again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Messages, type PlatformaticMessage } from '../../../src/drivers/platformatic/messages.ts';
import { murmur2Partitioner } from '../../../src/drivers/platformatic/partitioner.ts';
import { aBlock, bodyOf, content, stampOf, upTo } from '../contract/messages.ts';

const valueOf = (ticket: number, bytes: number): Buffer => Buffer.concat([stampOf(ticket), bodyOf(ticket, bytes)]);

test('a message that was given back is made into another one', () => {
  const messages = new Messages(['a', 'b'], content);
  const first = messages.make(
    aBlock(0, 1, () => ({ key: 0, headers: 0, bytes: 10 })),
    0,
  );
  const memory = first.value;
  messages.giveBack([first]);
  const second = messages.make(
    aBlock(7, 1, () => ({ topic: 1, partition: -1, bytes: 10 })),
    0,
  );
  const { topic, partition, key, value, headers } = second;
  assert.deepEqual(
    { topic, partition, key, value, headers },
    { topic: 'b', partition: undefined, key: undefined, value: valueOf(7, 10), headers: undefined },
  );
  assert.equal(value, memory);
});

test('messages that are out share no memory, whatever their sizes and whichever came back', () => {
  const messages = new Messages(['a'], content);
  const sizes = [0, 1, 10, 100, 101, 1_500];
  const out = new Map<number, PlatformaticMessage>();
  for (let ticket = 0; ticket < 2_000; ticket++) {
    const bytes = sizes[(ticket * 7) % sizes.length] as number;
    out.set(
      ticket,
      messages.make(
        aBlock(ticket, 1, () => ({ bytes })),
        0,
      ),
    );
    if (ticket % 3 !== 0) continue;
    const [oldest = 0, message] = [...out][out.size >> 1] ?? [];
    if (message === undefined) continue;
    messages.giveBack([message]);
    out.delete(oldest);
  }
  for (const [ticket, { value }] of out)
    assert.deepEqual(value, valueOf(ticket, sizes[(ticket * 7) % sizes.length] as number));
});

test('a value that is larger than the pieces of memory has one of its own', () => {
  const body = Buffer.alloc(400_000, 'x');
  const messages = new Messages(['a'], { ...content, bodies: body });
  const block = aBlock(0, 2, () => ({ bytes: 300_000 }));
  for (const i of [0, 1])
    assert.deepEqual(messages.make(block, i).value, Buffer.concat([stampOf(i), body.subarray(0, 300_000)]));
});

test('a name that repeats among headers stands there as often', () => {
  const messages = new Messages(['a'], { ...content, stampIn: 'header' });
  const { headers } = messages.make(
    aBlock(3, 1, () => ({ headers: 0 })),
    0,
  );
  assert.deepEqual(
    [...(headers ?? [])].map(([name, value]) => [name.toString(), value]),
    [
      ['source', Buffer.from('bench')],
      ['trace', Buffer.from('one')],
      ['trace', Buffer.from('two')],
      ['highwater', stampOf(3)],
    ],
  );
});

test('messages without a key go round the partitions, topic by topic', () => {
  const choose = murmur2Partitioner();
  const turns = upTo(6).map(i => choose({ topic: i % 3 === 0 ? 'a' : 'b' }, undefined));
  assert.deepEqual(turns, [0, 0, 1, 1, 2, 3]);
});
