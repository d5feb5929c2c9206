/** Specifies what is changed of what passes between a client and a broker: the addresses that answers tell, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openAddressFilters } from '../../src/cluster/proxy/kafka-filters.ts';
import { Writer } from '../../src/drivers/wire/protocol/writer.ts';
import { framed, request } from './frames.ts';

const elsewhere = '127.0.0.1:7';
const addresses = new Map([['1', elsewhere]]);

/** Cuts bytes at places that are shares of the whole. */
function cut(bytes: Buffer, shares: readonly number[]): Buffer[] {
  const places = [0, ...shares.map(share => Math.floor(share * bytes.length)), bytes.length].toSorted((a, b) => a - b);
  // copies, as what comes from a socket has nothing to do with its neighbours
  return places.slice(1).map((end, index) => Buffer.from(bytes.subarray(places[index], end)));
}

const Body = fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes));
const Shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

test('what tells no address passes unchanged, however it is cut', () => {
  fc.assert(
    fc.property(fc.array(Body, { maxLength: 6 }), Shares, (bodies, shares) => {
      const { toBroker, fromBroker } = openAddressFilters(addresses);
      const asked = Buffer.concat(bodies.map((body, index) => request(1, 12, index, body)));
      const answered = Buffer.concat(
        bodies.map((body, index) => framed(Buffer.concat([new Writer().int32(index).toBuffer(), body]))),
      );
      assert.ok(Buffer.concat(cut(asked, shares).flatMap(toBroker)).equals(asked));
      assert.ok(Buffer.concat(cut(answered, shares).flatMap(fromBroker)).equals(answered));
    }),
  );
});

test('answers to what was asked are changed, and those alone, however they are cut', () => {
  const metadataOf = (correlationId: number, host: string, port: number): Buffer => {
    const writer = new Writer().int32(correlationId).int32(1);
    return framed(writer.int32(1).string(host).int32(port).int32(0).toBuffer());
  };
  const Kinds = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(Kinds, Shares, (areMetadata, shares) => {
      const { toBroker, fromBroker } = openAddressFilters(addresses);
      for (const [index, isMetadata] of areMetadata.entries()) toBroker(request(isMetadata ? 3 : 2, 0, index));
      const told = areMetadata.map((_, index) => metadataOf(index, 'kafka.example', 9092));
      const expected = areMetadata.map((isMetadata, index) =>
        isMetadata ? metadataOf(index, '127.0.0.1', 7) : metadataOf(index, 'kafka.example', 9092),
      );
      const heard = cut(Buffer.concat(told), shares).flatMap(fromBroker);
      assert.ok(Buffer.concat(heard).equals(Buffer.concat(expected)));
    }),
  );
});

test('of a large answer what has come is passed on', () => {
  const { fromBroker } = openAddressFilters(addresses);
  const begun = Buffer.concat([new Writer().int32(100_000_000).int32(5).toBuffer(), Buffer.alloc(1_000)]);
  assert.equal(Buffer.concat(fromBroker(begun)).length, begun.length);
});

test('requests that are never answered confuse nobody', () => {
  const { toBroker, fromBroker } = openAddressFilters(addresses);
  for (let id = 0; id < 100; id++) toBroker(request(0, 9, id));
  toBroker(request(3, 0, 100));
  const answer = framed(new Writer().int32(100).int32(1).int32(1).string('h').int32(9).toBuffer());
  assert.ok(Buffer.concat(fromBroker(answer) as Buffer[]).includes('127.0.0.1'));
});

test('versions whose answers may tell addresses that are not looked for are refused', () => {
  for (const [key, apiVersion] of [
    [0, 10],
    [1, 16],
    [3, 14],
    [78, 1],
  ] as const) {
    const { toBroker } = openAddressFilters(addresses);
    assert.throws(() => toBroker(request(key, apiVersion, 1)), /of which it was told/);
  }
});

test('an answer that is not what the protocol says is refused, rather than passed on with its addresses', () => {
  const { toBroker, fromBroker } = openAddressFilters(addresses);
  toBroker(request(3, 0, 1));
  assert.throws(() => fromBroker(framed(new Writer().int32(1).int32(77).toBuffer())), /array of 77/);
});

test('a broker that has joined since keeps its address', () => {
  const { toBroker, fromBroker } = openAddressFilters(addresses);
  toBroker(request(3, 0, 1));
  const answer = framed(new Writer().int32(1).int32(1).int32(2).string('new').int32(9).int32(0).toBuffer());
  assert.ok(Buffer.concat(fromBroker(answer) as Buffer[]).equals(answer));
});
