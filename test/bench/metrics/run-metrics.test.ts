import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { otlpRequest } from '../../../bench/metrics/otlp.ts';
import { RunMetrics } from '../../../bench/metrics/run-metrics.ts';
import type { LiveFigures, LiveTotals, Plan, RunEvent, TrialPlace } from '../../../src/index.ts';
import { aMeasurement } from '../../builders/trial.ts';

const plan = {
  scenario: { name: 'acks' },
  cells: [{ id: 'one', label: 'acks=1' }],
} as unknown as Plan;
const trial: TrialPlace = { cell: 'one', block: 2, attempt: 1, position: 3, of: 4 };
const span = {
  targetPerSecond: 1_000,
  sentPerSecond: 990,
  ackedPerSecond: 980,
  consumedPerSecond: null,
  latency: null,
  unread: null,
  failed: 0,
};

const aFigure = (totals: Partial<LiveTotals>, over: Partial<LiveFigures> = {}): LiveFigures => ({
  latencyOf: 'ack',
  now: span,
  window: null,
  totals: { sent: 0, acked: 0, failed: 0, consumed: null, ...totals },
  unreadByGroup: {},
  inFlight: 10,
  behindMicros: 1_500,
  workFraction: 0.25,
  ...over,
});
const progress = (figures: LiveFigures | null): RunEvent => ({
  type: 'trial-progress',
  trial,
  phase: 'measure',
  elapsedMicros: 1e6,
  plannedMicros: 5e6,
  figures,
});
const done: RunEvent = { type: 'trial-done', trial, measurement: aMeasurement({ cell: 'one', block: 2 }) };

/** The series after those events, by name and labels, with their values. */
async function seriesAfter(...events: readonly RunEvent[]): Promise<Record<string, number>> {
  const metrics = new RunMetrics();
  const show = metrics.watch(plan);
  for (const event of events) show(event);
  const lines = (await metrics.registry.metrics()).split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map(line => [line.slice('highwater_'.length, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  );
}

const ofCell = '{scenario="acks",cell="acks=1"}';
const ofTrial = '{scenario="acks",cell="acks=1",block="2",attempt="1"';

suite('while a trial goes on', () => {
  test('its rates, its lateness in seconds and its phase are shown, each with the trial’s labels', async () => {
    const series = await seriesAfter({ type: 'trial-started', trial }, progress(aFigure({ sent: 500 })));
    assert.equal(series[`target_messages_per_second${ofTrial}}`], 1_000);
    assert.equal(series[`sent_messages_per_second${ofTrial}}`], 990);
    assert.equal(series[`generator_behind_seconds${ofTrial}}`], 0.0015);
    assert.equal(series[`generator_work_ratio${ofTrial}}`], 0.25);
    assert.equal(series[`in_flight_messages${ofTrial}}`], 10);
    assert.equal(series[`trial_phase${ofTrial},phase="measure"}`], 1);
    assert.equal(series[`trial_position${ofTrial}}`], 3);
    assert.equal(series[`trials_planned${ofTrial}}`], 4);
  });

  test('what nobody knows has no series', async () => {
    const series = await seriesAfter(progress(aFigure({})));
    const names = Object.keys(series).filter(name => /^(consumed|latency|consumer_lag)/.test(name));
    assert.deepEqual(names, []);
  });

  test('percentiles are of the window so far, in seconds, and those that too few messages tell of are left out', async () => {
    const latency = { p50Micros: 2_000, p99Micros: 9_000, p999Micros: null, maxMicros: 12_000 };
    const series = await seriesAfter(progress(aFigure({}, { window: { ...span, latency } })));
    const percentiles = Object.entries(series).filter(([name]) => name.startsWith('latency_seconds'));
    assert.deepEqual(percentiles, [
      [`latency_seconds${ofTrial},of="ack",quantile="0.5"}`, 0.002],
      [`latency_seconds${ofTrial},of="ack",quantile="0.99"}`, 0.009],
      [`latency_seconds${ofTrial},of="ack",quantile="1"}`, 0.012],
    ]);
  });

  test('every group has its lag', async () => {
    const series = await seriesAfter(progress(aFigure({}, { unreadByGroup: { readers: 7, audit: 0 } })));
    assert.equal(series[`consumer_lag_messages${ofTrial},group="readers"}`], 7);
    assert.equal(series[`consumer_lag_messages${ofTrial},group="audit"}`], 0);
  });
});

suite('totals only grow', () => {
  test('within a trial by what is told, and at its end up to what it measured', async () => {
    const figures = [aFigure({ sent: 500, acked: 400 }), aFigure({ sent: 900, acked: 850 })];
    const during = await seriesAfter(...figures.map(progress));
    assert.equal(during[`sent_messages_total${ofCell}`], 900);
    assert.equal(during[`acked_messages_total${ofCell}`], 850);
    const after = await seriesAfter(...figures.map(progress), done);
    assert.equal(after[`sent_messages_total${ofCell}`], 25_000);
    assert.equal(after[`acked_messages_total${ofCell}`], 25_000);
  });

  test('over the trials of a cell', async () => {
    const first = [progress(aFigure({ sent: 900 })), done];
    const series = await seriesAfter(...first, { type: 'trial-started', trial }, progress(aFigure({ sent: 100 })));
    assert.equal(series[`sent_messages_total${ofCell}`], 25_100);
  });
});

for (const [what, event, outcome] of [
  ['is over', done, 'valid'],
  ['failed', { type: 'trial-failed', trial, error: { message: 'gone' } }, 'failed'],
  ['was stopped', { type: 'trial-aborted', trial, measurement: null }, 'aborted'],
  ['was skipped', { type: 'trial-skipped', trial, because: 'check' }, 'skipped'],
] as [string, RunEvent, string][]) {
  test(`when a trial ${what}, it is counted as ${outcome}, and nothing stands that tells of a running one`, async () => {
    const series = await seriesAfter({ type: 'trial-started', trial }, progress(aFigure({ sent: 1 })), event);
    assert.equal(series[`trials_total{scenario="acks",cell="acks=1",outcome="${outcome}"}`], 1);
    assert.deepEqual(
      Object.keys(series).filter(name => name.includes('attempt=')),
      [],
    );
  });
}

test('in OTLP, totals are monotonic sums and all else is a gauge', async () => {
  const metrics = new RunMetrics();
  metrics.watch(plan)(progress(aFigure({ sent: 500 })));
  const request = JSON.parse(
    JSON.stringify(otlpRequest(await metrics.registry.getMetricsAsJSON(), '1000000', '2000000')),
  ) as { resourceMetrics: [{ scopeMetrics: [{ metrics: { name: string; sum?: object; gauge?: object }[] }] }] };
  const sent = request.resourceMetrics[0].scopeMetrics[0].metrics;
  const attributes = [
    { key: 'scenario', value: { stringValue: 'acks' } },
    { key: 'cell', value: { stringValue: 'acks=1' } },
  ];
  const point = { attributes, startTimeUnixNano: '1000000', timeUnixNano: '2000000', asDouble: 500 };
  assert.deepEqual(sent.find(({ name }) => name === 'highwater_sent_messages_total')?.sum, {
    aggregationTemporality: 2,
    isMonotonic: true,
    dataPoints: [point],
  });
  assert.ok(sent.find(({ name }) => name === 'highwater_in_flight_messages')?.gauge);
  assert.equal(
    sent.find(({ name }) => name === 'highwater_latency_seconds'),
    undefined,
  );
});
