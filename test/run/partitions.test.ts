import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventsOf, measurementsOf } from './running.ts';

const short = 'load: { rate: 2000/s, warmup: 0s, measure: 300ms }\nrepeat: 1\n';

/** Messages by partition, topic by topic. */
async function messagesBy(text: string, files: Readonly<Record<string, string>> = {}): Promise<number[]> {
  const [measurement] = await measurementsOf(`${short}${text}`, { files });
  return measurement?.partitions.map(({ acked }) => acked) ?? [];
}

test('round-robin gives every partition of every topic its turn, however topics and partitions divide', async () => {
  const messages = await messagesBy('topic: { count: 2, partitions: 6 }\nproducers: { partitioning: round-robin }\n');
  assert.deepEqual(messages, Array(12).fill(50));
});

test('several producers give every partition its turn under round-robin', async () => {
  const messages = await messagesBy(
    'topic: { partitions: 4 }\nproducers: { count: 4, workers: 2, partitioning: round-robin }\n',
  );
  assert.deepEqual(messages, Array(4).fill(150));
});

test('manual gives partitions their shares of the sequence, over all producers', async () => {
  const messages = await messagesBy(
    'topic: { partitions: 3 }\nproducers: { count: 2, partitioning: manual }\nmessages: { partition: { sequence: [0, 2, 2, 1, 2] } }\n',
  );
  assert.deepEqual(messages, [120, 120, 360]);
});

test('sticky fills batches: values count with their stamps, and a partition is stayed with for 10 of them', async () => {
  const [measurement] = await measurementsOf(
    'load: { outstanding: 1, warmup: 0s, measure: 300ms }\nrepeat: 1\ntopic: { partitions: 100 }\nmessages: { size: 100B }\nproducers: { partitioning: sticky, batchSize: 1000B }\n',
  );
  const messages = measurement?.partitions.map(({ acked }) => acked).filter(acked => acked > 0) ?? [];
  // the last stay may have been cut short by the end of the window
  assert.ok(messages.length > 2 && messages.filter(acked => acked % 10 !== 0).length <= 1, String(messages));
});

test('a partitioner that fails in the midst of a trial fails the trial, with the message for which it did and a remedy', async () => {
  const module =
    'export default (key, partitions, index) => { if (index === 100) throw new Error("out of ideas"); return 0; };';
  const events = await eventsOf(`${short}producers: { partitioning: { custom: $HERE/mine.mjs } }\n`, {
    files: { 'mine.mjs': module },
  });
  const failure = events.find(event => event.type === 'trial-failed');
  assert.equal(failure?.error.reason, 'usage');
  assert.match(failure.error.message, /mine\.mjs failed for message 100 \(no key\): out of ideas/);
  assert.match(failure.error.hint ?? '', /for every key/);
  assert.ok(!events.some(event => event.type === 'trial-done'));
});
