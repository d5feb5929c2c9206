/** When a span is judged while a trial runs, and as what: by what workers have told. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Assignment } from '../../src/plan/assignment.ts';
import type { ConsumerSeconds, MemberReport, ProducerSeconds } from '../../src/run/protocol.ts';
import { type Miss, RunningChecks, type RunningDemand } from '../../src/run/running-checks.ts';
import { nowMicros } from '../../src/support/clock.ts';
import { histogramOf } from '../builders/trial.ts';

const producer = { role: 'produce', producers: [0] } as unknown as Assignment;
const member = (groupId: string): Assignment =>
  ({ role: 'consume', group: 'readers', members: [{ member: 0, groupId }] }) as unknown as Assignment;

/** What is known of a window of ten seconds, in which producers tell what a test says. */
function watched(demand: Partial<RunningDemand>, consumers: readonly Assignment[] = []) {
  const windowStartMicros = nowMicros();
  const found: Miss[] = [];
  const whole = { metric: 'ack.p99', group: null, min: null, max: null, every: 1e6, abort: false, ...demand };
  const trial = {
    assignments: [producer, ...consumers],
    warmupMicros: 0,
    measureMicros: 10e6,
    deliveryTimeoutMicros: 3e6,
  };
  const checks = new RunningChecks([whole], trial, miss => found.push(miss));
  const workers = [producer, ...consumers];
  checks.begin(windowStartMicros, workers);
  return {
    checks,
    values: () => found.map(({ fromSecond, value }) => [fromSecond, value]),
    producersAt: (seconds: number, told: Partial<ProducerSeconds> = {}): void => {
      const nothing = { due: [], acked: [], failed: [], ack: [], service: [], totals: { failed: 0, unresolved: 0 } };
      const atMicros = windowStartMicros + seconds * 1e6;
      checks.told(producer, { role: 'produce', atMicros, dueUntilMicros: seconds * 1e6, ...nothing, ...told }, workers);
    },
    memberAt: (of: Assignment, seconds: number, told: Partial<ConsumerSeconds> = {}): void => {
      const atMicros = windowStartMicros + seconds * 1e6;
      const nothing = { consumed: [], endToEnd: [], totals: { duplicated: 0, reordered: 0 } };
      checks.told(of, { role: 'consume', atMicros, ...nothing, ...told }, workers);
    },
  };
}

const at = (second: number, micros: number, count: number) => ({ second, data: histogramOf([[micros, count]]) });

suite('a span is judged', () => {
  test('by throughput, when every worker has told of all of it and not before', () => {
    const { producersAt, values } = watched({ metric: 'ackedPerSecond', min: 100 });
    producersAt(1.05, { acked: [{ second: 0, count: 60 }] });
    assert.deepEqual(values(), []);
    producersAt(1.2, { acked: [{ second: 0, count: 30 }] });
    assert.deepEqual(values(), [[0, 90]]);
  });

  test('by latency, when all that was due in it has an outcome and not before', () => {
    const { producersAt, values } = watched({ max: 100 });
    producersAt(1.2, { due: [{ second: 0, count: 10 }], ack: [at(0, 500, 9)] });
    assert.deepEqual(values(), []);
    producersAt(2.2, { ack: [at(0, 500, 1)] });
    assert.deepEqual(values(), [[0, 500]]);
  });

  test('by latency, with what is still open when the delivery time-out has passed', () => {
    const { producersAt, values } = watched({ metric: 'ack.max', max: 1e6 });
    const seconds = [1, 2, 3];
    producersAt(1.2, { due: [{ second: 0, count: 10 }], ack: [at(0, 500, 9)] });
    producersAt(4.05, {
      due: seconds.map(second => ({ second, count: 1 })),
      ack: seconds.map(second => at(second, 500, 1)),
    });
    assert.deepEqual(values(), []);
    producersAt(4.2);
    const [[fromSecond, value] = []] = values();
    assert.equal(fromSecond, 0);
    assert.ok(Number(value) >= 3e6 && Number(value) < 3.01e6);
  });

  test('by latency, though a message of the span before has no outcome yet', () => {
    const { producersAt, values } = watched({ max: 100 });
    producersAt(2.2, {
      due: [
        { second: 0, count: 5 },
        { second: 1, count: 5 },
      ],
      ack: [at(0, 50, 4), at(1, 500, 5)],
    });
    assert.deepEqual(values(), [[1, 500]]);
  });

  test('by latency, only when the schedule has got beyond it: what is not sent yet is not known', () => {
    const { producersAt, values } = watched({ max: 100 });
    producersAt(1.2, { due: [{ second: 0, count: 1 }], ack: [at(0, 500, 1)], dueUntilMicros: 0.9e6 });
    assert.deepEqual(values(), []);
    producersAt(2.2, { due: [{ second: 0, count: 1 }], ack: [at(0, 700, 1)] });
    assert.deepEqual(values(), [[0, 700]]);
  });

  test('as one that fails, where nothing was due in it', () => {
    const { producersAt, values } = watched({ max: 1e9 });
    producersAt(1.2);
    assert.deepEqual(values(), [[0, null]]);
  });

  test('by end-to-end latency, when every group at the broker has read all of it', () => {
    const [a, b] = [member('a'), member('b')];
    const { producersAt, memberAt, values } = watched({ metric: 'endToEnd.max', max: 100 }, [a, b]);
    producersAt(1.2, { due: [{ second: 0, count: 5 }] });
    memberAt(a, 1.2, { endToEnd: [at(0, 400, 5)] });
    memberAt(b, 1.2, { endToEnd: [at(0, 600, 4)] });
    assert.deepEqual(values(), []);
    memberAt(b, 2.2, { endToEnd: [at(0, 600, 1)] });
    assert.deepEqual(values(), [[0, 600]]);
  });

  test('with all that a member had read when it left', () => {
    const [a, b] = [member('a'), member('a')];
    const { checks, producersAt, memberAt, values } = watched({ metric: 'consumedPerSecond', min: 100 }, [a, b]);
    memberAt(a, 0.2, { consumed: [{ second: 0, count: 10 }] });
    const left = { endToEnd: [], consumedPerSecond: Float64Array.of(35), inWindow: { duplicated: 0, reordered: 0 } };
    const members = [left as unknown as MemberReport];
    checks.ended(a, { role: 'consume', group: 'readers', delivery: 'unicast', members } as never);
    producersAt(1.2);
    memberAt(b, 1.2, { consumed: [{ second: 0, count: 50 }] });
    assert.deepEqual(values(), [[0, 85]]);
  });
});

test('a trial is told of the first miss of a check alone, and ended by it once', () => {
  const { checks, producersAt, values } = watched({ metric: 'ackedPerSecond', min: 1, abort: true });
  producersAt(1.2);
  assert.deepEqual([checks.signal.aborted, checks.endedBy?.fromSecond], [true, 0]);
  producersAt(2.2);
  assert.deepEqual(values(), [[0, 0]]);
});

test('nothing is ended once the load is over', () => {
  const { checks, producersAt } = watched({ metric: 'ackedPerSecond', min: 1, abort: true });
  checks.stop();
  producersAt(1.2);
  assert.equal(checks.signal.aborted, false);
});
