/** Checks that are judged while a trial runs on the simulated broker: what they find, what they end, and that the stored run says the same. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { type Demand, judgeCheck } from '../../src/analysis/checks.ts';
import { conclude } from '../../src/analysis/conclude.ts';
import { readRun } from '../../src/results/read.ts';
import type { CheckResult, Result } from '../../src/results/schema.ts';
import { openStore } from '../../src/results/store.ts';
import type { RunEvent } from '../../src/run/events.ts';
import type { Miss } from '../../src/run/running-checks.ts';
import { planOf } from '../plan/planning.ts';
import { eventsOf } from './running.ts';

const given = 'name: test\ndriver: simulated\nseed: 7\n';

/** What was said while a scenario ran, and what is made of it as it was stored. */
interface Outcome {
  readonly events: RunEvent[];
  readonly result: Result;
  /** The checks, with every trial taken to count: a busy machine may have made the load late, and that is not what is tested here. */
  readonly checks: readonly CheckResult[];
}

/** Runs the scenario and stores it, as the program does. */
async function outcomeOf(text: string): Promise<Outcome> {
  const under = await mkdtemp(join(tmpdir(), 'highwater-test-'));
  try {
    const plan = await planOf(`${given}${text}`);
    await using store = await openStore(plan, { under, runId: 'run', source: '', resolved: '', overridden: {} });
    const events = await eventsOf(text);
    for (const event of events) if (event.type === 'trial-done') await store.trialDone(event.measurement);
    await store.end([]);
    const run = await readRun(store.folder);
    const cells = run.header.cells.map(({ id, factors }) => {
      const finished = run.trials.filter(({ cell }) => cell === id);
      return { id, factors, trials: finished, finished };
    });
    const checks = (run.header.checks as readonly Demand[]).map(demand => judgeCheck(demand, cells));
    return { events, checks, result: conclude(run) };
  } finally {
    await rm(under, { recursive: true });
  }
}

const missesOf = (events: readonly RunEvent[]): Miss[] =>
  events.flatMap(event => (event.type === 'check-missed' ? [event.miss] : []));

const frozenForASecond = outcomeOf(
  `load: { rate: 500/s, warmup: 300ms, measure: 4s }
simulated: { freeze: [{ at: 2s, for: 1s }] }
repeat: 1
checks:
  - { metric: ack.p90, max: 700ms, every: 1s }
  - { metric: ackedPerSecond, min: 100/s, every: 1s }
  - { metric: ackedPerSecond, min: 100/s, every: 2s }
`,
);
await frozenForASecond;

suite('on a broker that stands still for the third second of four', async () => {
  const { events, result, checks } = await frozenForASecond;
  const [latency, rate, longer] = checks;

  test('exactly that second fails a demand on latency, as it takes in what was due in it', () => {
    assert.deepEqual([latency?.verdict, latency?.spans], ['fail', { judged: 4, failed: 1, withoutData: 0 }]);
    assert.deepEqual([latency?.worst?.fromSecond, latency?.worst?.block], [2, 1]);
  });

  test('exactly that second fails a demand on throughput, as it takes in what was done in it', () => {
    assert.deepEqual([rate?.verdict, rate?.spans], ['fail', { judged: 4, failed: 1, withoutData: 0 }]);
    assert.deepEqual([rate?.worst?.fromSecond, rate?.worst?.value], [2, 0]);
  });

  test('over spans of two seconds there is no such second', () => {
    assert.deepEqual([longer?.verdict, longer?.spans], ['pass', { judged: 2, failed: 0, withoutData: 0 }]);
  });

  test('it was told while the trial ran, with the very values that the stored run has', () => {
    const told = missesOf(events).map(({ metric, fromSecond, value }) => ({ metric, fromSecond, value }));
    const stored = [latency, rate].map(check => ({
      metric: check?.metric,
      fromSecond: check?.worst?.fromSecond,
      value: check?.worst?.value,
    }));
    assert.deepEqual(
      told.toSorted((a, b) => a.metric.localeCompare(b.metric)),
      stored.toSorted((a, b) => String(a.metric).localeCompare(String(b.metric))),
    );
  });

  test('nothing was ended by a check that does not ask for it', () => {
    assert.equal(result.cells[0]?.trials[0]?.windowMicros, 4e6);
    assert.ok(events.every(({ type }) => type !== 'trial-skipped'));
  });
});

suite('a check with `abort`', async () => {
  const { events, result, checks } = await outcomeOf(
    // a closed loop has no schedule that a busy machine could make it miss
    `load: { outstanding: 10, warmup: 200ms, measure: 2500ms }
simulated: { serviceTime: 10ms, servers: unlimited }
matrix: { broker: { quick: {}, frozen: { simulated.freeze: [{ at: 100ms, for: 1500ms }] } } }
repeat: 2
checks: [{ metric: ackedPerSecond, min: 200/s, every: 1s, abort: true }]
`,
  );
  const frozen = result.cells.find(({ id }) => id === 'broker-frozen');
  const quick = result.cells.find(({ id }) => id === 'broker-quick');
  const [trial] = frozen?.trials ?? [];
  const found = trial?.findings.find(({ code }) => code === 'aborted-by-check');

  test('ends the trial within a second of the span that failed', () => {
    assert.ok(
      trial !== undefined && trial.windowMicros >= 1e6 && trial.windowMicros < 2e6,
      String(trial?.windowMicros),
    );
  });

  test('leaves a trial that says why, is invalid, and feeds no summary', () => {
    assert.deepEqual([found?.['metric'], found?.['fromSecond'], found?.['min']], ['ackedPerSecond', 0, 200]);
    assert.equal(trial?.validity, 'invalid');
    assert.deepEqual(frozen?.summary, {});
  });

  test('closes the counts of what was due until then', () => {
    const { scheduled, acked, failed, unresolved, notSent } = trial?.counts ?? assert.fail();
    assert.equal(scheduled, acked + failed + unresolved + notSent);
    assert.ok(scheduled > 0, 'nothing was scheduled');
  });

  test('is not run again in that cell, and other cells go on', () => {
    const skipped = events.flatMap(event => (event.type === 'trial-skipped' ? [event.trial] : []));
    assert.deepEqual(
      skipped.map(({ cell, block }) => [cell, block]),
      [['broker-frozen', 2]],
    );
    assert.deepEqual([frozen?.trials.length, quick?.trials.length], [1, 2]);
  });

  test('has failed; that less was run than asked because of it is no failing of its own', () => {
    const [check] = checks;
    assert.deepEqual([check?.verdict, check?.failed], ['fail', ['broker-frozen']]);
    const { worst } = result.checks[0] ?? assert.fail();
    assert.deepEqual([worst?.cell, worst?.fromSecond], ['broker-frozen', 0]);
    assert.ok(!result.reasons.includes('incomplete') && result.reasons.includes('check'), result.reasons.join());
  });
});

test('a check of a group is judged by what that group reads, and one without a group by all', async () => {
  const { checks } = await outcomeOf(
    `load: { rate: 50/s, warmup: 200ms, measure: 2s }
consumers: { fast: {}, slow: { handling: { time: 40ms } } }
repeat: 1
checks:
  - { metric: consumedPerSecond, min: 35/s, every: 1s, group: fast }
  - { metric: consumedPerSecond, min: 35/s, every: 1s, group: slow }
  - { metric: consumedPerSecond, min: 50/s, every: 1s }
  - { metric: endToEnd.p90, max: 600ms, every: 1s, group: fast }
  - { metric: endToEnd.p90, max: 600ms, every: 1s, group: slow }
`,
  );
  assert.deepEqual(
    checks.map(({ spans }) => [spans?.judged, (spans?.failed ?? 0) > 0]),
    [
      [2, false],
      [2, true],
      [2, false],
      [2, false],
      [2, true],
    ],
  );
});

test('a count that may not grow ends the trial in the second in which it has grown', async () => {
  const { result } = await outcomeOf(
    `load: { rate: 500/s, warmup: 200ms, measure: 8s }
consumers: { readers: {} }
simulated: { duplicate: 0.1 }
repeat: 1
checks: [{ metric: duplicated, max: 0, abort: true }]
`,
  );
  const [trial] = result.cells[0]?.trials ?? [];
  assert.ok(trial !== undefined && trial.windowMicros < 3e6, String(trial?.windowMicros));
  assert.equal(result.checks[0]?.verdict, 'fail');
});
