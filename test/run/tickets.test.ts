import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ended, Tickets } from '../../src/run/tickets.ts';

test('whatever ends in whatever order, each outstanding ticket keeps its due time, also when the ring grows', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ issue: fc.nat(9_000), end: fc.nat(9_000) }), { maxLength: 8 }), steps => {
      const tickets = new Tickets();
      const outstanding = new Set<number>();
      for (const { issue, end } of steps) {
        for (let i = 0; i < issue; i++) {
          outstanding.add(tickets.next);
          tickets.issue(tickets.next * 3);
        }
        // every other one of the oldest, so that gaps stay
        for (const ticket of [...outstanding].slice(0, end).filter(oldest => oldest % 2 === 0)) {
          tickets.sentMicros[ticket & tickets.mask] = ended;
          outstanding.delete(ticket);
        }
        tickets.advance(tickets.next);
      }
      assert.equal(tickets.low, Math.min(tickets.next, ...[...outstanding].slice(0, 1)));
      for (const ticket of outstanding) assert.equal(tickets.dueMicros[ticket & tickets.mask], ticket * 3);
    }),
    { numRuns: 30 },
  );
});
