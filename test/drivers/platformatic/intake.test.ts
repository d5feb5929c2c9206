/** Holds how a member on @platformatic/kafka takes what the library's stream gives, while it is held back and afterwards. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ConsumerEvents } from '../../../src/drivers/driver.ts';
import { Commits } from '../../../src/drivers/platformatic/commits.ts';
import { Intake, type Stream } from '../../../src/drivers/platformatic/intake.ts';
import { Ownership } from '../../../src/drivers/platformatic/ownership.ts';
import { upTo } from '../contract/messages.ts';

/** Stands in for the library's stream: pushes what a fetch brings, and knows where the next one begins. */
class FakeStream extends Readable {
  readonly offsetsToFetch = new Map<string, bigint>();

  constructor() {
    super({ objectMode: true, highWaterMark: 1_024 });
  }

  override _read(): void {}

  /** Brings so many messages of a partition. */
  bring(partition: number, from: number, count: number): void {
    this.offsetsToFetch.set(`a:${partition}`, BigInt(from + count));
    for (const i of upTo(count)) this.push({ topic: 'a', partition, offset: BigInt(from + i), headerEntries: [] });
  }
}

/** An intake of the topic `a`, of which it owns two partitions, and what it handed over. */
async function anIntake(t: TestContext) {
  const state = { isHeld: false, hold: undefined as Promise<void> | undefined };
  const handed: string[] = [];
  const batch: ConsumerEvents['batch'] = ({ partition, count, nextOffset }) => {
    handed.push(`${partition}: ${count} to ${nextOffset}`);
    return state.hold;
  };
  const unused = (): void => assert.fail('not used');
  const ownership = new Ownership(['a']);
  ownership.learn([{ topic: 'a', partitions: [0, 1] }]);
  const stream = new FakeStream();
  t.after(() => stream.destroy());
  const intake = new Intake({
    topics: ['a'],
    stampIn: 'value',
    events: { batch, assigned: unused, revoking: unused, failed: unused },
    commits: new Commits(null, async () => undefined),
    ownership,
    isHeld: () => state.isHeld,
  });
  intake.follow(stream as unknown as Stream);
  await turn();
  return { intake, stream, ownership, state, handed, dropKept: () => intake.dropKept(stream as unknown as Stream) };
}

test('a promise holds back what else a fetch has brought, and nothing is lost or handed over twice', async t => {
  const { stream, state, handed } = await anIntake(t);
  let { promise, resolve } = Promise.withResolvers<void>();
  state.hold = promise;
  stream.bring(0, 0, 300);
  stream.bring(1, 0, 10);
  await turn();
  assert.deepEqual(handed, ['0: 256 to 256']);
  const first = resolve;
  ({ promise, resolve } = Promise.withResolvers<void>());
  state.hold = promise;
  first();
  await turn();
  assert.deepEqual(handed, ['0: 256 to 256', '0: 44 to 300']);
  state.hold = undefined;
  resolve();
  await turn();
  assert.deepEqual(handed, ['0: 256 to 256', '0: 44 to 300', '1: 10 to 10']);
});

test('a stream that is resumed by the library holds back all the same', async t => {
  const { intake, stream, state, handed } = await anIntake(t);
  state.isHeld = true;
  stream.bring(0, 0, 10);
  await turn();
  stream.resume();
  await turn();
  assert.deepEqual(handed, []);
  state.isHeld = false;
  intake.goOn();
  await turn();
  assert.deepEqual(handed, ['0: 10 to 10']);
});

test('what was kept is dropped where the library goes on elsewhere', async t => {
  const { intake, stream, state, handed, dropKept } = await anIntake(t);
  state.isHeld = true;
  stream.bring(0, 50, 10);
  await turn();
  dropKept();
  state.isHeld = false;
  intake.goOn();
  stream.bring(0, 30, 30);
  await turn();
  assert.deepEqual(handed, ['0: 30 to 60']);
});

test('what was kept of a partition that has passed on is not handed over', async t => {
  const { intake, stream, ownership, state, handed } = await anIntake(t);
  state.isHeld = true;
  stream.bring(0, 0, 10);
  stream.bring(1, 0, 10);
  await turn();
  ownership.learn([{ topic: 'a', partitions: [1] }]);
  state.isHeld = false;
  intake.goOn();
  await turn();
  assert.deepEqual(handed, ['1: 10 to 10']);
});

test('an intake that is closed hands over nothing', async t => {
  const { intake, stream, handed } = await anIntake(t);
  intake.close();
  stream.bring(0, 0, 10);
  await turn();
  assert.deepEqual(handed, []);
});
