/** Specifies the order and the numbers of one partition's batches, which retries must not disturb. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Batch } from '../../../src/drivers/wire/batch.ts';
import { Place } from '../../../src/drivers/wire/place.ts';

const anIdentity = (low: number) => ({ high: 0, low, epoch: 0 });

/** A place with so many batches of three messages each. */
function aPlace(batches: number): Place {
  const place = new Place(0, 0, 0);
  for (let i = 0; i < batches; i++) {
    const batch = new Batch(0, 10);
    batch.count = 3;
    place.push(batch);
  }
  return place;
}

const ordersOf = ({ queue }: Place): number[] => queue.map(({ order }) => order);

/** Takes the oldest batch to send it. */
function send(place: Place): Batch {
  const batch = place.queue.shift() as Batch;
  place.number(batch);
  place.inFlight.add(batch);
  return batch;
}

/** Puts a batch that was sent back. */
function putBack(place: Place, batch: Batch): void {
  place.inFlight.delete(batch);
  place.requeue(batch);
}

test('batches that are put back in any order wait in the order in which they were opened', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.infiniteStream(fc.nat()), (count, chances) => {
      const place = aPlace(count);
      const sent = Array.from({ length: 1 + ((chances.next().value as number) % count) }, () => send(place));
      while (sent.length > 0) {
        const [batch] = sent.splice((chances.next().value as number) % sent.length, 1);
        putBack(place, batch as Batch);
      }
      assert.deepEqual(
        ordersOf(place),
        Array.from({ length: count }, (_, i) => i),
      );
    }),
  );
});

test('sequence numbers go on by the messages of each batch, and stay with a batch that is sent again', () => {
  const place = aPlace(3);
  place.assume(anIdentity(1));
  const [first, second] = [send(place), send(place)];
  assert.deepEqual([first.sequence, second.sequence], [0, 3]);
  putBack(place, second);
  putBack(place, first);
  assert.deepEqual(
    [send(place), send(place), send(place)].map(({ sequence }) => sequence),
    [0, 3, 6],
  );
});

test('without idempotence batches have no numbers', () => {
  const place = aPlace(1);
  assert.deepEqual([send(place).sequence, place.producerId], [-1, null]);
});

test('under another identity what waits is numbered from 0 again, and sealed again', () => {
  const place = aPlace(2);
  place.assume(anIdentity(1));
  const first = send(place);
  send(place);
  first.isSealed = true;
  putBack(place, first);
  place.needsIdentity = true;
  place.assume(anIdentity(2));
  const again = send(place);
  assert.deepEqual(
    [again.sequence, again.producerId, again.isSealed, place.needsIdentity],
    [0, anIdentity(2), false, false],
  );
});

test('an older batch is one that waits or is in flight and was opened before', () => {
  const place = aPlace(3);
  const [first, second] = [send(place), send(place)];
  assert.deepEqual([place.hasOlderThan(first), place.hasOlderThan(second)], [false, true]);
  place.inFlight.delete(first);
  assert.equal(place.hasOlderThan(second), false);
  putBack(place, first);
  assert.equal(place.hasOlderThan(second), true);
});
