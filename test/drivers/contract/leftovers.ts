/** Tells whether a piece of work leaves something behind that keeps the process alive. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What keeps this process alive, by kind: sockets, timers, immediates. */
function countOpen(): Map<string, number> {
  const kinds = Map.groupBy(process.getActiveResourcesInfo(), kind => kind);
  return new Map(
    [...kinds].filter(([kind]) => /TCP|Timeout|Immediate/.test(kind)).map(([kind, of]) => [kind, of.length]),
  );
}

/** Asserts that a piece of work leaves no socket and no timer behind, at once or a moment later. */
export async function assertLeavesNothing(work: () => Promise<void>): Promise<void> {
  const before = countOpen();
  await work();
  const left = () => [...countOpen()].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind]) => kind);
  const deadline = performance.now() + 1_000;
  while (left().length > 0 && performance.now() < deadline) await nextTurn();
  assert.deepEqual(left(), []);
}
