/** Specifies whom a fleet takes as its own, from the records that come to it. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { plainText } from '../../src/drivers/driver.ts';
import { Assembler, encodeMessage } from '../../src/fleet/codec.ts';
import { Fleet } from '../../src/fleet/fleet.ts';
import { type AgentIdentity, beatMillis, type FromAgent, type ToAgent } from '../../src/fleet/messages.ts';
import { programVersion } from '../../src/support/version.ts';

const anAgent = (session: string, bootId: string | null = 'here'): AgentIdentity => ({
  agent: 0,
  session,
  host: 'load-0',
  highwaterVersion: programVersion(),
  nodeVersion: process.version,
  cores: 4,
  bootId,
});

/** A fleet of one agent whose second passes at `beat`, with all that it says. */
function gather(t: TestContext, silentBeats = 5) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const brokers = ['127.0.0.1:9092'];
  const control = { brokers, security: plainText, kind: 'external' } as unknown as Cluster;
  const fleet = new Fleet(
    {
      fleet: 'f',
      agents: 1,
      prefix: '',
      control,
      underTest: { brokers, security: plainText, clusterId: 'x' },
      onProgress: () => undefined,
      silentBeats,
    },
    'here',
  );
  const told: { stream: string; message: ToAgent }[] = [];
  const assembler = new Assembler();
  const send = (_: string, record: Uint8Array): void => {
    const envelope = assembler.take(record);
    if (envelope !== null) told.push({ stream: envelope.stream, message: envelope.body as ToAgent });
  };
  const opened = new AsyncDisposableStack();
  t.after(() => opened.disposeAsync());
  fleet.begin({ send, [Symbol.asyncDispose]: async () => undefined }, opened);
  const sequences = new Map<string, number>();
  const records = (session: string, to: string | null, message: FromAgent, partBytes?: number): Uint8Array[] => {
    const sequence = sequences.get(session) ?? 0;
    sequences.set(session, sequence + 1);
    return encodeMessage({ stream: session, sequence, body: { to, message } }, partBytes);
  };
  return {
    fleet,
    told,
    records,
    say: (session: string, to: string | null, message: FromAgent): void => {
      for (const record of records(session, to, message)) fleet.received(record);
    },
    beat: () => t.mock.timers.tick(beatMillis),
    /** What was said to that session, in its order. */
    answers: (session: string): string[] =>
      told.flatMap(({ message }) => ('session' in message && message.session === session ? [message.type] : [])),
    streamOf: (session: string): string =>
      told.find(({ message }) => message.type === 'welcome' && message.session === session)?.stream ??
      assert.fail(`${session} is not welcome`),
  };
}

const hello = (identity: AgentIdentity): FromAgent => ({ type: 'hello', identity });
const pong: FromAgent = { type: 'pong', sentMicros: 0, receivedMicros: 0, repliedMicros: 0 };
const anotherRun = /Another run of fleet f is live/;

/** Rejects with the failure of a fleet; resolves where it has none. */
const failureOf = (fleet: Fleet): Promise<void> => {
  const impatient = new AbortController();
  const ready = fleet.ready(impatient.signal);
  impatient.abort();
  return ready;
};

test('an agent that answers another run makes the fleet fail, which then leaves the topics to that run', async t => {
  const { fleet, say } = gather(t);
  assert.equal(fleet.isShared, null);
  say('theirs', 'stream of another run', pong);
  assert.equal(fleet.isShared, true);
  await assert.rejects(failureOf(fleet), anotherRun);
});

test('an agent that asked here and went to another run makes the fleet fail', async t => {
  const { fleet, say } = gather(t);
  say('a', null, hello(anAgent('a')));
  say('a', 'stream of another run', { type: 'closed', channel: 0, error: null });
  await assert.rejects(failureOf(fleet), anotherRun);
});

test('what agents of a killed run still report is ignored, and its topics are the fleet’s after three beats', async t => {
  const { fleet, say, beat } = gather(t);
  say('old', 'stream of a killed run', { type: 'closed', channel: 0, error: null });
  say('old', 'stream of a killed run', { type: 'bye', because: 'nothing has been heard of the run' });
  for (let i = 0; i < 3; i++) beat();
  assert.equal(fleet.isShared, false);
  await failureOf(fleet);
});

test('a second agent of a number is refused once the first has shown that it lives', t => {
  const { say, answers, streamOf } = gather(t);
  say('first', null, hello(anAgent('first')));
  say('second', null, hello(anAgent('second')));
  assert.deepEqual(answers('second'), []);
  say('first', streamOf('first'), pong);
  say('second', null, hello(anAgent('second')));
  assert.deepEqual(answers('second'), ['refused']);
});

test('an agent that is started again after a crash is let in when the one before it is lost', t => {
  const { say, answers, beat } = gather(t);
  say('crashed', null, hello(anAgent('crashed')));
  for (let i = 0; i < 6; i++) {
    say('again', null, hello(anAgent('again')));
    assert.deepEqual(answers('again'), []);
    beat();
  }
  say('again', null, hello(anAgent('again')));
  assert.deepEqual(answers('again'), ['welcome']);
});

test('each part of a large message shows that its agent lives', t => {
  const { fleet, say, records, streamOf, answers, beat } = gather(t, 2);
  say('a', null, hello(anAgent('a')));
  const error = { message: 'x'.repeat(1_000) };
  const parts = records('a', streamOf('a'), { type: 'closed', channel: 0, error }, 100);
  assert.ok(parts.length > 5);
  for (const part of parts) {
    beat();
    fleet.received(part);
  }
  assert.deepEqual(answers('a'), ['welcome']);
  for (let i = 0; i < 3; i++) beat();
  assert.deepEqual(answers('a'), ['welcome', 'refused']);
});

test('the fleet ends as soon as its agents have said goodbye', async t => {
  const { fleet, say, streamOf, told } = gather(t);
  say('a', null, hello(anAgent('a')));
  const ended = fleet[Symbol.asyncDispose]();
  assert.equal(told.at(-1)?.message.type, 'end');
  // no beat comes: nothing else ends it
  say('a', streamOf('a'), { type: 'bye', because: 'the run is over' });
  await ended;
  assert.equal(told.at(-1)?.message.type, 'end');
});
