/** `warmup: auto`: when a load counts as steady, and that a run gives all its trials the warm-up that its pilots found. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { judgeTrial } from '../../src/analysis/validity.ts';
import { Histogram } from '../../src/measure/histogram.ts';
import type { Assignment } from '../../src/plan/assignment.ts';
import { looksOf, pilotLengths } from '../../src/plan/pilot.ts';
import { storedTrial } from '../../src/results/trial.ts';
import type { FoundWarmup, RunEvent } from '../../src/run/events.ts';
import type { TrialMeasurement } from '../../src/run/measurement.ts';
import { type PilotRule, pilotRule } from '../../src/run/pilots.ts';
import { type Judge, judgeSettling, WarmupWatch } from '../../src/run/warmup-watch.ts';
import { autoregressive, normals } from '../builders/noise.ts';
import { eventsOf } from './running.ts';

/** What a worker sees of each second. */
interface SecondSeen {
  readonly acked: number;
  readonly latencyMicros: number | null;
  /** Messages that have that latency. */
  readonly messages?: number;
}
type Course = (second: number) => SecondSeen;

const producer = { role: 'produce', load: { kind: 'open' } } as unknown as Assignment;

/** What the watch finds of a load that goes like that, second by second, for as long as it wants to see it. */
function settlingOf(course: Course, looks = looksOf(30e6, pilotLengths)): WarmupWatch['settling'] {
  const watch = new WarmupWatch(looks, judgeSettling);
  const startMicros = 5e6;
  watch.begin(startMicros, [producer]);
  for (let second = 0; !watch.signal.aborted && second < 1_000; second++) {
    const { acked, latencyMicros, messages = 1_000 } = course(second);
    const histogram = new Histogram();
    if (latencyMicros !== null) histogram.record(Math.round(latencyMicros), messages);
    watch.told(producer, {
      role: 'produce',
      atMicros: startMicros + (second + 1) * 1e6 + 150_000,
      due: [{ second, count: acked }],
      dueUntilMicros: (second + 1) * 1e6,
      acked: [{ second, count: acked }],
      failed: [],
      ack: latencyMicros === null ? [] : [{ second, data: histogram.toData() }],
      service: [],
      totals: { failed: 0, unresolved: 0 },
    });
  }
  return watch.settling;
}

const noise = autoregressive(normals(3), { length: 500, cv: 0.02, phi: 0.3 });
const noisy = (second: number): number => noise[second] as number;
const approach = (tau: number, second: number): number => 1 + 2 * Math.exp(-second / tau);

suite('a load', () => {
  for (const [how, course, expected] of [
    [
      'that has its level from the first second is steady at the first look',
      () => ({ acked: 1_000, latencyMicros: 5_000 }),
      { isSteady: true, seconds: 30, unsettled: [] },
    ],
    [
      'with some noise is steady at the first look',
      second => ({ acked: 1_000, latencyMicros: 5_000 * noisy(second) }),
      { isSteady: true, seconds: 30, unsettled: [] },
    ],
    [
      'whose first seconds are slow is steady at the first look',
      second => ({ acked: 1_000, latencyMicros: second < 5 ? 50_000 : 5_000 * noisy(second) }),
      { isSteady: true, seconds: 30, unsettled: [] },
    ],
    [
      'whose latency grows for ever is never steady',
      second => ({ acked: 1_000, latencyMicros: 5_000 + 100 * second }),
      { isSteady: false, seconds: 300, unsettled: ['p50', 'p99'] },
    ],
    [
      'whose throughput falls for ever is never steady',
      second => ({ acked: 1_000 - second, latencyMicros: 5_000 }),
      { isSteady: false, seconds: 300, unsettled: ['acked'] },
    ],
    [
      'without acknowledgements and latencies has shown nothing, and is not steady',
      () => ({ acked: 0, latencyMicros: null }),
      { isSteady: false, seconds: 300, unsettled: [] },
    ],
    [
      'with too few messages for percentiles is judged by its throughput',
      second => ({ acked: 5, latencyMicros: 5_000 + 100 * second, messages: 5 }),
      { isSteady: true, seconds: 30, unsettled: [] },
    ],
  ] as const satisfies readonly (readonly [string, Course, Partial<WarmupWatch['settling']>])[]) {
    test(how, () => {
      const found = settlingOf(course);
      assert.deepEqual({ ...found, ...expected }, found);
    });
  }

  test('whose first seconds are slow has its cut after them, and keeps half of what was seen', () => {
    const { cutSeconds } = settlingOf(second => ({
      acked: 1_000,
      latencyMicros: second < 5 ? 50_000 : 5_000 * noisy(second),
    }));
    assert.ok(cutSeconds !== null && cutSeconds >= 5 && cutSeconds <= 15, String(cutSeconds));
  });

  for (const tau of [5, 10, 15, 20]) {
    test(`that comes to its level with a time constant of ${tau} s is steady when it is there to within 1 %`, () => {
      const found = settlingOf(second => ({
        acked: 1_000,
        latencyMicros: 5_000 * approach(tau, second) * noisy(second),
      }));
      assert.ok(found.isSteady && found.seconds > 30, JSON.stringify(found));
      assert.ok(approach(tau, found.seconds) < 1.01, JSON.stringify(found));
    });
  }

  test('that was not seen for one whole look has shown nothing', () => {
    const { isSteady, cutSeconds } = new WarmupWatch([30], judgeSettling).settling;
    assert.deepEqual([isSteady, cutSeconds], [false, null]);
  });
});

test('a look is taken when every worker has told of it, not before', () => {
  const other = { ...producer } as Assignment;
  const looked: number[] = [];
  const watch = new WarmupWatch([2, 4], (_, seconds) => {
    looked.push(seconds);
    return { isSteady: false, cutSeconds: 0, unsettled: [] };
  });
  const nothing = { role: 'consume', consumed: [], endToEnd: [], totals: { duplicated: 0, reordered: 0 } } as const;
  watch.begin(0, [producer, other]);
  watch.told(producer, { ...nothing, atMicros: 9e6 });
  assert.deepEqual([looked, watch.signal.aborted], [[], false]);
  watch.told(other, { ...nothing, atMicros: 3.1e6 });
  assert.deepEqual([looked, watch.signal.aborted], [[2], false]);
  watch.told(other, { ...nothing, atMicros: 5.1e6 });
  assert.deepEqual([looked, watch.signal.aborted], [[2, 4], true]);
});

/** Pilots of some seconds. */
const quick = (judge: Judge): PilotRule => ({
  ...pilotRule,
  floorMicros: 1e6,
  afterStartFloorMicros: 1e6,
  mostMicros: 3e6,
  judge,
});
const measurementsIn = (events: readonly RunEvent[]): TrialMeasurement[] =>
  events.flatMap(event => (event.type === 'trial-done' ? [event.measurement] : []));
const warmupIn = (events: readonly RunEvent[]): FoundWarmup | undefined =>
  events.flatMap(event => (event.type === 'warmup-found' ? [event.warmup] : []))[0];

suite('a run with warmup: auto', () => {
  test('gives every trial of every cell the longest warm-up that a pilot needed', async () => {
    // the pilot that comes first is steady at once, the other one a look later
    let pilots = 0;
    const judge: Judge = (series, seconds) => {
      const acked = series.find(({ name }) => name === 'acked')?.values ?? [];
      if (seconds === 1) pilots++;
      const isSteady = acked.length === seconds && (pilots === 1 || seconds > 1);
      return { isSteady, cutSeconds: 0, unsettled: [] };
    };
    const events = await eventsOf(
      'load: { rate: 500/s, warmup: auto, measure: 100ms }\nmatrix: { producers.acks: [1, all] }\nrepeat: 1\n',
      { pilots: quick(judge) },
    );
    const { micros, pilots: outcomes = [] } = warmupIn(events) ?? {};
    assert.equal(micros, 2e6);
    assert.deepEqual(
      outcomes.map(({ seconds, isSteady }) => [seconds, isSteady]),
      [
        [1, true],
        [2, true],
      ],
    );
    const trials = measurementsIn(events);
    assert.deepEqual(
      trials.map(({ block, warmupMicros }) => [block, warmupMicros]),
      [
        [1, 2e6],
        [1, 2e6],
      ],
    );
    assert.ok(trials.every(({ findings }) => findings.every(({ code }) => code !== 'no-steady-state')));
    const kinds = events.map(({ type }) => type);
    assert.ok(kinds.lastIndexOf('pilot-done') < kinds.indexOf('warmup-found'));
    assert.ok(kinds.indexOf('warmup-found') < kinds.indexOf('trial-started'));
  });

  test('goes on with the maximum where a pilot found no steady state, and its trials are invalid, once', async () => {
    const rule = quick(() => ({ isSteady: false, cutSeconds: null, unsettled: ['p99'] }));
    const events = await eventsOf('load: { rate: 500/s, warmup: auto, measure: 100ms }\nrepeat: 1\n', {
      pilots: { ...rule, floorMicros: 500_000, mostMicros: 2e6 },
      mustRepeat: measurement => judgeTrial(storedTrial(measurement)).validity === 'invalid',
    });
    const [only, ...more] = measurementsIn(events);
    assert.ok(only !== undefined && more.length === 0);
    assert.equal(only.warmupMicros, 2e6);
    assert.deepEqual(only.findings[0], { code: 'no-steady-state', seconds: 2, unsettled: ['p99'] });
    const judgement = judgeTrial(storedTrial(only));
    assert.equal(judgement.validity, 'invalid');
    assert.ok(judgement.findings.some(({ code }) => code === 'not-warmed-up'));
  });

  test('reports a pilot that failed, and runs no trial of its cell', async () => {
    const failing = quick(() => {
      throw new Error('The broker is on fire.');
    });
    const text = 'load: { rate: 500/s, warmup: auto, measure: 100ms }\nrepeat: 2\n';
    const events = await eventsOf(text, { pilots: failing });
    const failures = events.flatMap(event => (event.type === 'trial-failed' ? [event] : []));
    assert.deepEqual(
      failures.map(({ trial }) => trial.block),
      [0],
    );
    assert.match(failures[0]?.error.message ?? '', /pilot .* no trial of this cell is run\. The broker is on fire\./);
    assert.deepEqual(
      events.flatMap(event => (event.type === 'trial-skipped' ? [[event.trial.block, event.because]] : [])),
      [
        [1, 'pilot'],
        [2, 'pilot'],
      ],
    );
    assert.deepEqual([measurementsIn(events), warmupIn(events)], [[], undefined]);
  });

  test('that is stopped during a pilot ends at once, with nothing found', async () => {
    const stop = new AbortController();
    const events = await eventsOf('load: { rate: 500/s, warmup: auto }\nrepeat: 1\n', {
      signal: stop.signal,
      onEvent: ({ type }) => {
        if (type === 'trial-progress') stop.abort();
      },
    });
    assert.deepEqual([measurementsIn(events), warmupIn(events)], [[], undefined]);
    assert.ok(events.every(({ type }) => type === 'pilot-started' || type === 'trial-progress'));
  });
});
