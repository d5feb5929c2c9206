import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { historyOf, type HistoryRun } from '../../src/analysis/history.ts';
import { renderHistory } from '../../src/report/history.ts';
import type { Fingerprint } from '../../src/results/fingerprint.ts';
import type { StoredRun } from '../../src/results/read.ts';
import { autoregressive, normals } from '../builders/noise.ts';
import { aCell, aMeasurement, aRun, aRunTrial, latency } from '../builders/trial.ts';

const fingerprint: Fingerprint = {
  scenarioHash: 'abc',
  scenario: { load: { rate: '1000/s' } },
  levels: {},
  hostClass: { CPU: 'EPYC', cores: '2', memory: '24 GiB', OS: 'Linux x64', virtualisation: null, cluster: 'local' },
  hostClassId: 'epyc-2c',
  versions: { Node: '24.20.0' },
  brokerConfig: {},
};

interface Night {
  /** `ack`'s percentiles, by cell. */
  readonly ackMicros: number | Readonly<Record<string, number>>;
  readonly run?: Partial<StoredRun>;
  readonly header?: Partial<StoredRun['header']>;
  readonly fingerprint?: Partial<Fingerprint>;
  readonly cell?: Parameters<typeof aCell>[2];
}

/** One run a night, of three blocks. */
function nights(values: readonly (number | Night)[]): HistoryRun[] {
  return values.map((value, i) => {
    const night: Night = typeof value === 'number' ? { ackMicros: value } : value;
    const byCell = typeof night.ackMicros === 'number' ? { all: night.ackMicros } : night.ackMicros;
    const cells = Object.fromEntries(
      Object.entries(byCell).map(([id, micros]) => [id, aCell(id, [micros, micros, micros], night.cell)]),
    );
    const day = new Date(Date.UTC(2026, 0, 1 + i)).toISOString();
    const run = aRun(cells, { runId: `run-${i}`, ...night.header });
    return {
      run: { ...run, startedAt: day, environment: { commit: `c${i}` }, ...night.run },
      fingerprint: { ...fingerprint, ...night.fingerprint },
    };
  });
}

const all = { metrics: [], cells: [] };
const before = [5_000, 5_050, 4_950, 5_020, 4_980, 5_010, 4_990, 5_030];
const after = [6_000, 6_050, 5_950, 6_020];

suite('a history', () => {
  test('has one number of each run, oldest first, whatever order the runs come in', () => {
    const { scenario, runs, series } = historyOf(nights(before).toReversed(), all);
    assert.deepEqual([scenario, runs, series.length], ['acks', 8, 1]);
    const [one] = series;
    assert.deepEqual([one?.cell, one?.metric, one?.label], ['all', 'ack.p99', 'acks=all']);
    assert.deepEqual(
      one?.points.map(({ runId }) => runId),
      Array.from({ length: 8 }, (_, i) => `run-${i}`),
    );
    assert.deepEqual(
      one?.points.map(({ trials }) => trials),
      Array(8).fill(3),
    );
    assert.ok(Math.abs((one?.points[0]?.value ?? 0) - 10_000) < 20, 'p99 is twice what p50 is');
    assert.deepEqual([one?.changes, one?.skipped], [[], {}]);
  });

  test('says between which commits the level changed, and what else is new', () => {
    const later = after.map(ackMicros => ({ ackMicros, fingerprint: { versions: { Node: '24.21.0' } } }));
    const [change, ...others] = historyOf(nights([...before, ...later]), all).series[0]?.changes ?? [];
    assert.deepEqual(others, []);
    assert.deepEqual(
      [change?.index, change?.lastBefore.commit, change?.from.commit, change?.direction, change?.confirmed],
      [8, 'c7', 'c8', 'worse', true],
    );
    assert.ok(Math.abs((change?.after ?? 0) / (change?.before ?? 1) - 1.2) < 0.01);
    assert.deepEqual(change?.news, ['Node 24.20.0 → 24.21.0']);
  });

  test('leaves a change that the newest run alone brought to the next one', () => {
    const changesAfter = (count: number) =>
      historyOf(nights([...before, ...after.slice(0, count)]), all).series[0]?.changes.map(
        ({ confirmed }) => confirmed,
      );
    assert.deepEqual(changesAfter(1), []);
    assert.deepEqual(changesAfter(2), [false]);
    assert.deepEqual(changesAfter(3), [true]);
  });

  test('takes more throughput for better, and more latency for worse', () => {
    const rate = (perSecond: number): Night => ({
      ackMicros: 5_000,
      cell: { rates: { ...aMeasurement().rates, ackedPerSecond: perSecond } },
    });
    const runs = nights([...before.map(rate), ...after.map(rate)]);
    const { series } = historyOf(runs, { metrics: ['ackedPerSecond'], cells: [] });
    assert.deepEqual(
      series.flatMap(({ changes }) => changes.map(({ direction }) => direction)),
      ['better'],
    );
  });

  test('follows the metrics and cells that are asked for, each combination by itself', () => {
    const runs = nights(before.map(micros => ({ ackMicros: { '1': micros / 2, all: micros } })));
    const of = (metrics: string[], cells: string[]) =>
      historyOf(runs, { metrics, cells }).series.map(({ label, metric }) => `${label} ${metric}`);
    assert.deepEqual(of([], []), ['acks=1 ack.p99', 'acks=all ack.p99']);
    assert.deepEqual(of(['ack.p50', 'service.p99'], ['acks=1']), ['acks=1 ack.p50', 'acks=1 service.p99']);
    assert.deepEqual(of([], ['acks=1', 'producers.acks=all']), ['acks=1 ack.p99', 'acks=all ack.p99']);
  });

  test('of a cell that has no ack is that of endToEnd', () => {
    const unacknowledged = { ...aMeasurement().latencies, ack: null, service: null, endToEnd: latency(7_000) };
    const runs = nights([5_000]).map(({ run, ...rest }) => ({
      ...rest,
      run: { ...run, trials: [1, 2, 3].map(block => aRunTrial({ cell: 'all', block, latencies: unacknowledged })) },
    }));
    assert.deepEqual(
      historyOf(runs, all).series.map(({ metric, points }) => [metric, points.length]),
      [['endToEnd.p99', 1]],
    );
  });

  const late = { ...aMeasurement().latencies, generatorLag: latency(30_000, 60_000) };
  for (const [name, night, reason] of [
    [
      'with another rate',
      { fingerprint: { scenarioHash: 'other', scenario: { load: { rate: '2000/s' } } } },
      'other-settings',
    ],
    ['without a resolved scenario', { fingerprint: { scenarioHash: null, scenario: null } }, 'other-settings'],
    [
      'on another class of host',
      { fingerprint: { hostClassId: 'mac', hostClass: { ...fingerprint.hostClass, CPU: 'M4' } } },
      'other-host-class',
    ],
    ['without the cell', { ackMicros: { '1': 5_000 } }, 'no-such-cell'],
    ['that was killed', { header: { repeat: 5 } }, 'incomplete'],
    ['whose generator was the limit', { cell: { latencies: late } }, 'invalid'],
  ] as readonly (readonly [string, Partial<Night>, string])[]) {
    test(`leaves out a run ${name}, and counts it as ${reason}`, () => {
      const { series } = historyOf(nights([5_000, { ackMicros: 9_000, ...night }, 5_000]), all);
      assert.deepEqual(
        series[0]?.points.map(({ runId }) => runId),
        ['run-0', 'run-2'],
      );
      assert.deepEqual(series[0]?.skipped, { [reason]: 1 });
    });
  }

  test('counts runs without a metric’s data: they are no points, and nothing stands in for them', () => {
    const { series } = historyOf(nights(before), { metrics: ['endToEnd.p99'], cells: [] });
    assert.deepEqual([series[0]?.points, series[0]?.skipped], [[], { 'no-data': 8 }]);
  });

  test('measures how much a value tells of the next one, around its level and not across a change', () => {
    const normal = normals(3);
    const correlationOf = (values: readonly number[]) =>
      historyOf(nights(values.map(value => value * 5_000)), all).series[0]?.lag1Autocorrelation;
    assert.ok((correlationOf(autoregressive(normal, { length: 60, cv: 0.05, phi: 0.8 })) ?? 0) > 0.4);
    const level = autoregressive(normal, { length: 60, cv: 0.02, phi: 0 });
    assert.ok(Math.abs(correlationOf(level.map((value, i) => (i < 30 ? value : value * 1.5))) ?? 1) < 0.3);
    assert.equal(correlationOf([1, 2, 1, 2, 1, 2, 1, 2, 1]), null, 'nine values are too few');
  });

  for (const [name, runs, options, message] of [
    ['no run', [], all, /no run/],
    ['a metric that is none', nights([1]), { metrics: ['ack.p98'], cells: [] }, /"ack\.p98" is no metric/],
    ['a cell that is none', nights([1]), { metrics: [], cells: ['acks=7'] }, /No cell of the newest run is acks=7/],
  ] as const) {
    test(`of ${name} is refused`, () => {
      assert.throws(() => historyOf(runs, options), { reason: 'usage', message });
    });
  }
});

suite('the text of a history', () => {
  const textOf = (runs: HistoryRun[], options: { unicode?: boolean; columns?: number } = {}): string =>
    renderHistory(historyOf(runs, all), { color: false, unicode: true, columns: 80, ...options });
  const changed = nights([
    ...before,
    ...after,
    { ackMicros: 9_000, fingerprint: { hostClassId: 'mac', hostClass: { ...fingerprint.hostClass, CPU: 'M4' } } },
    6_010,
  ]);

  test('is a table, then a chart with the changes below it', t => {
    t.assert.fileSnapshot(textOf(changed), 'test/golden/a-history-with-a-change.txt', { serializers: [String] });
  });

  test('is ASCII where it must be, but for units and numbers', () => {
    const text = textOf(changed, { unicode: false });
    assert.doesNotMatch(text, /[•│▲→✗]/);
    assert.match(text, /^ {2}12\.1 ms \|/m);
    assert.match(text, /^ {2}FAIL worse \+\d/m);
  });

  test('has room for the newest runs where not all fit', () => {
    const lines = textOf(nights(Array<number>(60).fill(5_000)), { columns: 40 }).split('\n');
    const longest = Math.max(...lines.filter(line => line.includes('│')).map(line => line.length));
    assert.ok(longest <= 40, `${longest}`);
  });

  test('says of three runs that they are too few', () => {
    assert.match(textOf(nights([5_000, 5_000, 5_000])), /a change of level can be told from chance from 5 runs on/);
  });

  test('warns of values that follow each other', () => {
    const wandering = autoregressive(normals(3), { length: 40, cv: 0.02, phi: 0.9 }).map(value => value * 5_000);
    assert.match(
      textOf(nights(wandering)),
      /⚠ a run's value tells of the next one's \(lag-1 autocorrelation 0\.\d\d\)/,
    );
  });
});
