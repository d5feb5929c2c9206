import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toAgentsClock, toOwnClock, withoutEndToEnd } from '../../src/fleet/clock-translation.ts';
import { type SettledAgent, settleFleet, worstOf } from '../../src/fleet/settle.ts';
import type { HostFigures } from '../../src/run/host-watch.ts';
import type { FromWorker } from '../../src/run/protocol.ts';
import { storedTrial } from '../../src/results/trial.ts';
import { StoredTrial } from '../../src/results/schema.ts';
import type { TimedHistogram } from '../../src/run/measurement.ts';
import { aFault, someFaults } from '../builders/faults.ts';
import { aGroup } from '../builders/group.ts';
import { aMeasurement, histogramOf, latency } from '../builders/trial.ts';

const figures: HostFigures = {
  cpuPressure: 0.1,
  cpuPressureAvg10: 0.2,
  neighbourShare: 0.3,
  throttledShare: 0,
  stealShare: null,
};

const anAgent = (agent: number, changes: Partial<SettledAgent> = {}): SettledAgent => ({
  identity: {
    agent,
    session: `session-${agent}`,
    host: `load-${agent}`,
    highwaterVersion: '1.0.0',
    nodeVersion: 'v24.0.0',
    cores: 4,
    bootId: null,
  },
  tally: { acked: 10 * (agent + 1), consumed: 0 },
  figures,
  clock: { offsetMicros: 40_000, boundMicros: 300 + agent },
  knowsEndToEnd: false,
  ...changes,
});

test('of several hosts the worst figure stands, and none where one of them does not tell', () => {
  const worst = worstOf([figures, { ...figures, cpuPressure: 0.4, throttledShare: 0.5, stealShare: 0.1 }]);
  assert.deepEqual(worst, { ...figures, cpuPressure: 0.4, throttledShare: 0.5, stealShare: null });
  assert.equal(worstOf([figures, null]).cpuPressure, null);
  assert.equal(worstOf([]).cpuPressure, null);
});

test('a position on the clock goes over to the other one and comes back', () => {
  const start = toAgentsClock({ type: 'start', startMicros: 1_000 }, 40_000);
  assert.deepEqual(start, { type: 'start', startMicros: 41_000 });
  const change = { group: 'g', groupId: 'g', member: 0, atMicros: 41_000, owned: [0] };
  assert.deepEqual(toOwnClock({ type: 'ownership', change }, 40_000), {
    type: 'ownership',
    change: { ...change, atMicros: 1_000 },
  });
});

test('figures to watch lose the latencies across clocks, and nothing else', () => {
  const seconds = [{ second: 0, data: histogramOf([[5, 1]]) }];
  const progress = {
    sent: 0,
    acked: 0,
    failed: 0,
    consumed: 3,
    inFlight: 0,
    behindMicros: null,
    workFraction: 0.1,
    latency: seconds,
    judged: {
      role: 'consume',
      atMicros: 7,
      consumed: [{ second: 0, count: 3 }],
      endToEnd: seconds,
      totals: { duplicated: 0, reordered: 0 },
    },
  } as const;
  const said: FromWorker = { type: 'progress', progress };
  assert.deepEqual(withoutEndToEnd(said), {
    type: 'progress',
    progress: { ...progress, latency: [], judged: { ...progress.judged, endToEnd: [] } },
  });
});

const measured = aMeasurement({
  latencies: { ...aMeasurement().latencies, endToEnd: latency(8_000) },
  groups: [aGroup()],
});

test('a trial over several clocks has no end-to-end latency and says why, and all else stands', () => {
  const settled = settleFleet(measured, [anAgent(0), anAgent(1)]);
  const stored = StoredTrial.parse(storedTrial(settled));
  assert.equal(stored.endToEndMicros, null);
  assert.deepEqual(
    stored.groups.map(({ endToEndMicros, counts }) => [endToEndMicros, counts]),
    measured.groups.map(({ counts }) => [null, counts]),
  );
  assert.ok(stored.groups.every(({ members }) => members.every(({ endToEndMicros }) => endToEndMicros === null)));
  assert.deepEqual(stored.findings, [{ code: 'clocks-apart', hosts: 2, boundMicros: 301 }]);
  assert.deepEqual(stored.ackMicros, storedTrial(measured).ackMicros);
  assert.deepEqual(
    stored.agents?.map(({ agent, host, acked, clockBoundMicros }) => [agent, host, acked, clockBoundMicros]),
    [
      [0, 'load-0', 10, 300],
      [1, 'load-1', 20, 301],
    ],
  );
});

test('over several clocks, when latency was normal again after a fault is known of acknowledgements alone', () => {
  const faults = { ...someFaults(aFault()), gaps: [] };
  const normalAfter = (ack: TimedHistogram | null) =>
    settleFleet({ ...measured, faults, latencies: { ...measured.latencies, ack } }, [anAgent(0), anAgent(1)]).faults
      ?.injected[0]?.latencyNormalAfterMicros;
  assert.equal(normalAfter(latency(5_000)), 6e6);
  assert.equal(normalAfter(null), null);
});

test('where a clock is not known, nor is how far they may be apart', () => {
  const { findings, agents } = settleFleet(measured, [anAgent(0), anAgent(1, { clock: null })]);
  assert.deepEqual(findings, [{ code: 'clocks-apart', hosts: 2, boundMicros: null }]);
  assert.equal(agents?.[1]?.clockBoundMicros, null);
});

test('a trial on one clock keeps its end-to-end latency', () => {
  const settled = settleFleet(measured, [anAgent(0, { knowsEndToEnd: true }), anAgent(1, { knowsEndToEnd: true })]);
  assert.deepEqual(settled.latencies, measured.latencies);
  assert.deepEqual(settled.findings, []);
});

test('a host that did not say what it saw stands with nothing known of it', () => {
  const { agents } = settleFleet(measured, [anAgent(0, { figures: null })]);
  assert.equal(agents?.[0]?.cpuPressure, null);
});
