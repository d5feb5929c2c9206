/** Holds searches in virtual time to servers whose capacity is known; `npm run bench:capacity` does so for many seeds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownCapacity, searchKnown, servers } from '../../bench/trust/known-capacity.ts';

/** Fewer messages than in the script, so that it is quick: the interval is wider by as much. */
const ground = { serverPerSecond: 2_000, limitMicros: 50_000 };

for (const [i, expected] of [2_000, 1_953.0, 1_953.6, 1_907.9].entries()) {
  const server = servers[i] ?? assert.fail();
  test(`the capacity of a server with ${server.name} is ${expected}/s by arithmetic`, () => {
    assert.ok(Math.abs(knownCapacity(server, ground) - expected) < 1, String(knownCapacity(server, ground)));
  });
}

for (const { name, server, seed } of [0, 3].flatMap(i =>
  [1, 2].map(seed => ({ server: servers[i] ?? assert.fail(), name: servers[i]?.name, seed })),
)) {
  test(`a search finds the capacity of ${name} within 2 %, and holds it, with seed ${seed}`, async () => {
    const known = knownCapacity(server, ground);
    const { end, sustainedPerSecond } = await searchKnown(server, ground, { seed, soakMicros: 20e6 });
    const { perSecond, low, high } = end.kind === 'capacity' ? end.estimate : assert.fail(end.kind);
    assert.ok(Math.abs(perSecond / known - 1) < 0.02, `${perSecond} instead of ${known}`);
    assert.ok(perSecond <= ground.serverPerSecond, `${perSecond} is more than the server can do`);
    assert.ok(low <= known && known <= high, `${known} is not from ${low} to ${high}`);
    assert.ok(sustainedPerSecond !== null && sustainedPerSecond < known);
  });
}
