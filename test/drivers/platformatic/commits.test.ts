/** Holds which positions a member on @platformatic/kafka commits by itself. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Commits } from '../../../src/drivers/platformatic/commits.ts';

/** Commits that note what was sent, as `topic:partition@offset`. */
function noted(t: TestContext, everyMillis: number | null): { commits: Commits; sent: string[] } {
  const sent: string[] = [];
  const commits = new Commits(everyMillis, async ({ offsets }) => {
    sent.push(...offsets.map(({ topic, partition, offset }) => `${topic}:${partition}@${offset}`));
  });
  t.after(() => commits.stop());
  return { commits, sent };
}

test('what is in hand is not committed until it is done with', async t => {
  const { commits, sent } = noted(t, 60_000);
  commits.beginAt('a', 0, 10);
  const progress = commits.handOver('a', 0, 20);
  await commits.commit();
  assert.deepEqual(sent, ['a:0@10']);
  progress.doneOffset = 20;
  await commits.commit();
  await commits.commit();
  assert.deepEqual(sent, ['a:0@10', 'a:0@20']);
});

test('what is in hand is not done with because the library asks again where to go on', async t => {
  const { commits, sent } = noted(t, 60_000);
  commits.beginAt('a', 0, 10);
  commits.handOver('a', 0, 20);
  assert.equal(commits.positionOf('a:0'), 20);
  commits.beginAt('a', 0, 20);
  await commits.commit();
  assert.deepEqual(sent, ['a:0@10']);
});

test('a member that commits for itself commits nothing here, and knows all the same where it is', async t => {
  const { commits, sent } = noted(t, null);
  commits.beginAt('a', 0, 10);
  commits.handOver('a', 0, 20).doneOffset = 20;
  await commits.commit();
  assert.deepEqual(sent, []);
  assert.equal(commits.positionOf('a:0'), 20);
});

test('a member that has lost its place speaks for nothing, and remembers where it was in what it still owns', async t => {
  const { commits, sent } = noted(t, 60_000);
  for (const partition of [0, 1]) commits.handOver('a', partition, 20).doneOffset = 20;
  commits.forget();
  commits.keep((_topic, partition) => partition === 1);
  await commits.commit();
  assert.deepEqual(sent, []);
  assert.deepEqual(
    ['a:0', 'a:1'].map(place => [commits.positionOf(place), commits.formerPositionOf(place)]),
    [
      [undefined, undefined],
      [undefined, 20],
    ],
  );
});
