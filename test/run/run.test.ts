import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '../../src/measure/histogram.ts';
import type { TrialMeasurement } from '../../src/run/measurement.ts';
import { eventsOf, measurementsOf } from './running.ts';

const short = 'load: { rate: 2000/s, warmup: 200ms, measure: 500ms }\nrepeat: 1\n';

const only = ([measurement, ...others]: readonly TrialMeasurement[]): TrialMeasurement => {
  assert.ok(measurement !== undefined && others.length === 0);
  return measurement;
};

test('trials come in the order of the plan, each begins and ends, and every count closes', async () => {
  const events = await eventsOf(
    'load: { rate: 2000/s, warmup: 200ms, measure: 300ms }\nmatrix: { producers.linger: [0ms, 5ms] }\nrepeat: 2\n',
  );
  const places = (type: string) =>
    events.flatMap(event =>
      event.type === type && 'trial' in event ? [`${event.trial.cell} ${event.trial.block}`] : [],
    );
  assert.equal(new Set(places('trial-started')).size, 4);
  assert.deepEqual(places('trial-done'), places('trial-started'));
  for (const event of events) {
    if (event.type !== 'trial-done') continue;
    const { scheduled, acked, failed, unresolved, notSent } = event.measurement.counts;
    assert.deepEqual([scheduled, acked + failed + unresolved + notSent], [600, 600]);
    assert.deepEqual(event.measurement.findings, []);
  }
});

test('a rate is split over workers and producers without a remainder, and each message has one sender', async () => {
  const { counts, totals, groups, partitions, findings } = only(
    await measurementsOf(
      `${short}producers: { count: 3, workers: 2 }\nconsumers: { readers: { members: 3, workers: 2 } }\ntopic: { count: 2, partitions: 3 }\n`,
    ),
  );
  assert.deepEqual([counts.scheduled, counts.acked, counts.consumed, counts.lost], [1_000, 1_000, 1_000, 0]);
  assert.deepEqual(findings, []);
  assert.equal(totals.appended, totals.acked);
  assert.equal(partitions.length, 6);
  assert.equal(
    partitions.reduce((sum, { consumed }) => sum + consumed, 0),
    1_000,
  );
  const [group] = groups;
  assert.equal(new Set(group?.members.flatMap(member => member.partitions)).size, 6);
});

test('what a group never reads stays in its distribution, censored at the delivery time-out', async () => {
  const { counts, latencies, injected, groups } = only(
    await measurementsOf(
      `${short}producers: { deliveryTimeout: 3s }\nconsumers: { readers: {} }\nsimulated: { lose: 0.1 }\ntopic: { partitions: 1 }\n`,
    ),
  );
  assert.ok((injected?.lost ?? 0) > 50);
  assert.equal(counts.lost, injected?.lost);
  const endToEnd = new Histogram();
  endToEnd.add(latencies.endToEnd?.total as NonNullable<typeof latencies.endToEnd>['total']);
  assert.deepEqual([endToEnd.count, endToEnd.censored], [counts.scheduled, counts.lost]);
  assert.ok(endToEnd.percentileMicros(0.99) >= 3e6 * 0.999);
  assert.equal(groups[0]?.endToEnd.total.censored, counts.lost);
});

test('unanswered messages are unresolved, and censored in ack as in endToEnd', async () => {
  const { counts, latencies, injected } = only(
    await measurementsOf(
      `${short}producers: { deliveryTimeout: 1s }\nconsumers: { readers: {} }\nsimulated: { unanswered: 0.1 }\n`,
    ),
  );
  assert.equal(counts.unresolved, injected?.unanswered);
  assert.equal(counts.lost, 0);
  assert.equal(latencies.ack?.total.censored, counts.unresolved);
  assert.equal(latencies.endToEnd?.total.censored, counts.unresolved);
});

test('a run that is stopped ends the trial with what it has, and begins no other', async () => {
  const stop = new AbortController();
  const events = await eventsOf('load: { rate: 1000/s, warmup: 100ms, measure: 60s }\nrepeat: 3\n', {
    signal: stop.signal,
    onEvent: event => {
      if (event.type === 'trial-progress' && event.phase === 'measure') stop.abort();
    },
  });
  assert.deepEqual(
    events.map(({ type }) => type).filter(type => type !== 'trial-progress'),
    ['trial-started', 'trial-aborted'],
  );
  const last = events.at(-1);
  assert.ok(last?.type === 'trial-aborted' && last.measurement !== null);
  const { scheduled, acked, failed, unresolved, notSent } = last.measurement.counts;
  assert.ok(acked > 0);
  assert.equal(scheduled, acked + failed + unresolved + notSent);
});

test('a trial that fails is told, with the reason, and the others are run', async () => {
  const events = await eventsOf(
    'load: { rate: 1000/s, warmup: 0s, measure: 200ms }\nrepeat: 1\nmatrix:\n  how:\n    good: { producers.partitioning: round-robin }\n    bad: { producers.partitioning: { custom: $HERE/bad.mjs } }\n',
    { files: { 'bad.mjs': 'export default () => { throw new Error("no partition for you"); };' } },
  );
  const ends = events.flatMap(event =>
    event.type === 'trial-done' || event.type === 'trial-failed' ? [`${event.trial.cell} ${event.type}`] : [],
  );
  assert.deepEqual(ends.toSorted(), ['how-bad trial-failed', 'how-good trial-done']);
  const failure = events.find(event => event.type === 'trial-failed');
  assert.match(failure?.error.message ?? '', /no partition for you|bad\.mjs/);
});

test('messages of a payload file are sent in order, with their own keys and headers', async () => {
  const lines = [
    { key: 'a', value: 'x'.repeat(100), headers: { kind: 'first' } },
    { value: { id: 2 } },
    { key: 'b', value: 'y'.repeat(50) },
  ];
  const { counts, rates } = only(
    await measurementsOf(
      'load: { rate: 3000/s, warmup: 0s, measure: 300ms }\nrepeat: 1\nmessages: { file: $HERE/payloads.ndjson }\nconsumers: { readers: {} }\n',
      { files: { 'payloads.ndjson': lines.map(line => `${JSON.stringify(line)}\n`).join('') } },
    ),
  );
  assert.deepEqual([counts.acked, counts.consumed, counts.lost], [900, 900, 0]);
  assert.ok(rates.ackedBytesPerSecond > 0);
});

test('a closed loop keeps to its slots and claims no latency from due', async () => {
  const { counts, latencies, isOpenLoop } = only(
    await measurementsOf(
      'load: { outstanding: 4, warmup: 100ms, measure: 400ms }\nrepeat: 1\nsimulated: { serviceTime: 2ms, servers: unlimited }\n',
    ),
  );
  assert.equal(isOpenLoop, false);
  assert.equal(latencies.ack, null);
  assert.ok((latencies.service?.total.minMicros ?? 0) >= 2_000);
  assert.ok(counts.acked > 0 && counts.acked <= (4 * 400) / 2 + 4);
});

test('at acks 0 nothing is acknowledged, and what was sent is held against what was appended', async () => {
  const { counts, totals, latencies } = only(await measurementsOf(`${short}producers: { acks: 0 }\n`));
  assert.deepEqual([counts.acked, counts.unresolved, counts.lost], [0, 1_000, 0]);
  assert.equal(totals.appended, totals.sent);
  assert.equal(latencies.ack, null);
  assert.equal(latencies.service, null);
});

test('a trial that measured nothing of use is run again at once, up to three times, and no more than two in five are', async () => {
  const events = await eventsOf(
    'load: { rate: 1000/s, warmup: 0s, measure: 100ms }\nmatrix: { producers.linger: [0ms, 1ms] }\nrepeat: 3\n',
    { mustRepeat: ({ cell }) => cell === 'linger-0ms' },
  );
  const attempts = events.flatMap(event =>
    event.type === 'trial-done' ? [`${event.trial.cell} ${event.trial.block}.${event.trial.attempt}`] : [],
  );
  // three of six trials may be run again: the first useless one twice, the second once
  assert.deepEqual(
    attempts.filter(attempt => attempt.startsWith('linger-0ms')),
    ['1.1', '1.2', '1.3', '2.1', '2.2', '3.1'].map(attempt => `linger-0ms ${attempt}`),
  );
  assert.equal(attempts.filter(attempt => attempt.startsWith('linger-1ms')).length, 3);
  for (const [i, event] of events.entries()) {
    if (event.type === 'trial-repeated') assert.equal(events[i + 1]?.type, 'trial-started');
  }
});
