import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { LibrdKafkaError } from '@confluentinc/kafka-javascript';
import { Commits } from '../../../src/drivers/confluent/commits.ts';
import type { Consumer } from '../../../src/drivers/confluent/assignment.ts';

const refusal = { message: 'Broker: Unknown member' } as LibrdKafkaError;
const at = (partition: number, nextOffset: number) => ({ topic: 0, partition, nextOffset });
const answerTo = (partition: number, offset: number) => ({ topic: 'a', partition, offset });

function openCommits(look: () => void = () => undefined) {
  const sent: unknown[] = [];
  const client = { commit: (offsets: unknown) => void sent.push(offsets) } as unknown as Consumer;
  return { sent, commits: new Commits(client, ['a'], look) };
}

test('an answer is known by what was committed, in any order', async () => {
  const { commits, sent } = openCommits();
  const one = commits.commit([at(0, 5), at(1, 7)]);
  const other = commits.commit([at(0, 6)]);
  assert.deepEqual(sent, [[answerTo(0, 5), answerTo(1, 7)], [answerTo(0, 6)]]);
  commits.answered(refusal, [answerTo(0, 6)]);
  await assert.rejects(other, /did not take the commit: Broker: Unknown member/);
  assert.ok(commits.areOpen);
  commits.answered(undefined, [answerTo(1, 7), answerTo(0, 5)]);
  await one;
  assert.ok(!commits.areOpen);
});

test('what librdkafka commits by itself is nobody’s answer', async () => {
  const { commits } = openCommits();
  const open = commits.commit([at(0, 5)]);
  commits.answered(undefined, [answerTo(0, 4)]);
  assert.ok(commits.areOpen);
  commits.answered(undefined, [answerTo(0, 5)]);
  await open;
});

test('as long as an answer is to come it is looked for, ever more seldom', async () => {
  let looks = 0;
  const { commits } = openCommits(() => looks++);
  const open = commits.commit([at(0, 5)]);
  await pause(200);
  assert.ok(looks > 3 && looks < 25, `it looked ${looks} times`);
  commits.answered(undefined, [answerTo(0, 5)]);
  await open;
  const before = looks;
  await pause(100);
  assert.equal(looks, before);
});

test('a commit that is open in the end is an error, and so is one that cannot be sent; none of nothing is', async () => {
  const { commits } = openCommits();
  const open = commits.commit([at(0, 5)]);
  commits.end();
  await assert.rejects(open, /closed/);
  await commits.commit([]);
  const failing = { commit: () => assert.fail('no state') } as unknown as Consumer;
  await assert.rejects(new Commits(failing, ['a'], () => undefined).commit([at(0, 5)]), /no state/);
});
