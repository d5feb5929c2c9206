import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Assignment } from '../../src/plan/assignment.ts';
import { Histogram } from '../../src/measure/histogram.ts';
import { LiveWatch, type WatchedTrial } from '../../src/run/live.ts';
import type { WorkerProgress } from '../../src/run/protocol.ts';
import { manualClock } from '../../src/support/clock.ts';

const producer = {
  role: 'produce',
  load: { kind: 'open', segments: [{ forMicros: Infinity, fromPerSecond: 1_000, toPerSecond: 1_000 }] },
} as unknown as Assignment;
const closedLoop = { role: 'produce', load: { kind: 'closed', outstanding: 1 } } as unknown as Assignment;
const reader = { role: 'consume' } as unknown as Assignment;

const nothing: WorkerProgress = {
  sent: 0,
  acked: 0,
  failed: 0,
  consumed: 0,
  inFlight: 0,
  behindMicros: null,
  workFraction: 0,
  latency: [],
  judged: null,
};

const sent = (count: number, over: Partial<WorkerProgress> = {}): WorkerProgress => ({
  ...nothing,
  sent: count,
  acked: count,
  ...over,
});

/** So many messages of one latency. */
function latency(micros: number, count: number): WorkerProgress['latency'] {
  const histogram = new Histogram();
  histogram.record(micros, count);
  return [{ second: 0, data: histogram.toData() }];
}

/** A watch over a trial that begins at 10 s of its clock, with a warm-up of 2 s. */
function watching(assignments: readonly Assignment[], over: Partial<WatchedTrial> = {}) {
  const clock = manualClock(10e6);
  const watch = new LiveWatch({ assignments, isAcknowledged: true, warmupMicros: 2e6, ...over }, clock);
  watch.begin(10e6);
  const tell = (afterMicros: number, progress: WorkerProgress, of = assignments[0] as Assignment): void => {
    clock.advance(afterMicros);
    watch.add(of, progress);
  };
  return { clock, watch, tell };
}

const ratesOf = (watch: LiveWatch): unknown[] => {
  const { sentPerSecond, consumedPerSecond } = watch.figures()?.now ?? {};
  return [sentPerSecond, consumedPerSecond];
};

suite('figures of a running trial', () => {
  test('are none before a worker has told anything', () => {
    assert.equal(watching([producer]).watch.figures(), null);
  });

  test('are rates over the time in which it happened, not over a second that it did not last', () => {
    const { watch, tell } = watching([producer]);
    tell(150_000, sent(150));
    assert.equal(watch.figures()?.now.sentPerSecond, 1_000);
    tell(1_250_000, sent(1_000));
    assert.equal(watch.figures()?.now.sentPerSecond, 800);
  });

  test('count each worker once, however its seconds lie', () => {
    const other = { ...producer };
    const { watch, tell } = watching([producer, other]);
    tell(1e6, sent(500));
    tell(20_000, sent(510), other);
    tell(980_000, sent(500));
    tell(20_000, sent(500), other);
    assert.equal(watch.figures()?.now.sentPerSecond, 1_000);
  });

  test('of which a silent worker would be a part are not known, and none is when all are silent', () => {
    const { clock, watch, tell } = watching([producer, reader]);
    tell(1e6, sent(1_000));
    assert.deepEqual(ratesOf(watch), [1_000, null]);
    tell(2e6, { ...nothing, consumed: 900 }, reader);
    clock.advance(300_000);
    assert.deepEqual(ratesOf(watch), [null, 900]);
    clock.advance(3e6);
    assert.equal(watch.figures(), null);
  });

  test('of the window leave the warm-up out, also the second in which it ends', () => {
    const { watch, tell } = watching([producer]);
    tell(1_150_000, sent(5_000));
    assert.equal(watch.figures()?.window, null);
    tell(1e6, sent(5_000));
    assert.equal(watch.figures()?.window, null);
    tell(1e6, sent(1_000));
    tell(1e6, sent(3_000, { failed: 7 }));
    const { window } = watch.figures() ?? {};
    assert.deepEqual([window?.sentPerSecond, window?.failed], [2_000, 7]);
  });

  test('say the target of the same time: that of the schedule, and none without one', () => {
    const open = watching([producer]);
    open.tell(1e6, sent(900));
    assert.equal(open.watch.figures()?.now.targetPerSecond, 1_000);
    const closed = watching([closedLoop]);
    closed.tell(1e6, sent(900));
    assert.equal(closed.watch.figures()?.now.targetPerSecond, null);
  });

  test('say nothing of acknowledgements at acks 0, and of readers where nobody reads', () => {
    const { watch, tell } = watching([producer], { isAcknowledged: false });
    tell(1e6, sent(900, { acked: 0 }));
    const { now } = watch.figures() ?? {};
    assert.deepEqual([now?.ackedPerSecond, now?.consumedPerSecond, now?.unread], [null, null, null]);
  });

  test('have the most unread messages of the window, and those of now', () => {
    const { watch, tell } = watching([producer, reader]);
    for (const unread of [1, 2, 300, 40]) {
      watch.unread = () => unread;
      tell(1e6, sent(1_000));
    }
    const { now, window } = watch.figures() ?? {};
    assert.deepEqual([now?.unread, window?.unread], [40, 300]);
  });
});

suite('latencies of a running trial', () => {
  for (const [sentence, assignments, expected] of [
    ['are end to end where a group reads, without those of producers', [producer, reader], ['endToEnd', 9_000]],
    ['are ack in an open loop', [producer], ['ack', 2_000]],
    ['are service without a schedule', [closedLoop], ['service', 2_000]],
  ] as const) {
    test(sentence, () => {
      const { watch, tell } = watching(assignments);
      tell(1e6, sent(1_000, { latency: latency(2_000, 1_000) }));
      if (assignments.length > 1) tell(0, { ...nothing, latency: latency(9_000, 1_000) }, reader);
      const { latencyOf, now } = watch.figures() ?? {};
      assert.deepEqual([latencyOf, now?.latency?.p50Micros], expected);
    });
  }

  for (const [messages, p50, p99, p999] of [
    [1, false, false, false],
    [2, true, false, false],
    [99, true, false, false],
    [100, true, true, false],
    [999, true, true, false],
    [1_000, true, true, true],
  ] as const) {
    test(`of ${messages} messages have percentiles that are more than the maximum`, () => {
      const { watch, tell } = watching([producer]);
      tell(1e6, sent(messages, { latency: latency(2_000, messages) }));
      const { p50Micros, p99Micros, p999Micros } = watch.figures()?.now.latency ?? {};
      assert.deepEqual([p50Micros !== null, p99Micros !== null, p999Micros !== null], [p50, p99, p999]);
    });
  }

  test('of the window add up, those of now do not', () => {
    const { watch, tell } = watching([producer]);
    tell(3e6, sent(1_000, { latency: latency(1_000, 900) }));
    tell(1e6, sent(1_000, { latency: latency(5_000, 100) }));
    const { now } = watch.figures() ?? {};
    assert.deepEqual([now?.latency?.p50Micros, now?.latency?.maxMicros], [5_000, 5_000]);
    tell(1e6, sent(1_000));
    assert.equal(watch.figures()?.now.latency, null);
    assert.deepEqual(
      [watch.figures()?.window?.latency?.p50Micros, watch.figures()?.window?.latency?.maxMicros],
      [1_000, 5_000],
    );
  });
});
