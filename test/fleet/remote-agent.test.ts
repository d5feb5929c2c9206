/** Specifies what becomes of an agent whose clock is not known any more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ToAgent } from '../../src/fleet/messages.ts';
import { RemoteAgent } from '../../src/fleet/remote-agent.ts';
import { assignTrial } from '../../src/plan/assign.ts';
import { nowMicros } from '../../src/support/clock.ts';
import { aPlacement, planOf } from '../plan/planning.ts';

test('an agent whose clock has jumped is lost, told so, and given no start in the wrong clock', async () => {
  const told: ToAgent[] = [];
  const identity = {
    agent: 1,
    session: 's',
    host: 'load-1',
    highwaterVersion: '1.0.0',
    nodeVersion: 'v24.0.0',
    cores: 4,
    bootId: 'there',
  };
  const agent = new RemoteAgent(identity, 'here', 5, message => told.push(message));
  const { scenario } = await planOf('name: test\nload: { rate: 100/s }\n');
  const [assignment] = assignTrial(scenario, aPlacement()).assignments;
  assert.ok(assignment !== undefined);
  const worker = agent.open(assignment, { in: 'thread', for: 'trial' });
  for (const offsetMicros of [0, 40e6]) {
    const sentMicros = nowMicros();
    const thereMicros = sentMicros + offsetMicros;
    agent.hear({ type: 'pong', sentMicros, receivedMicros: thereMicros, repliedMicros: thereMicros }, sentMicros + 100);
  }
  told.length = 0;
  worker.post({ type: 'start', startMicros: nowMicros() });
  agent.watch(nowMicros(), { warmupMicros: 0, measureMicros: 1e6 });
  assert.deepEqual(
    told.map(({ type }) => type),
    ['refused'],
  );
  assert.match(agent.lost?.message ?? '', /The clock of agent 1 on load-1 is not known any more/);
  await assert.rejects(Array.fromAsync(worker.messages), /The clock of agent 1/);
});
