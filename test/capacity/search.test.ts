/** Holds the search for capacity to its course: what it tries next, when it ends, and what it may say then. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Probe, ProbeRequest } from '../../src/capacity/probe.ts';
import { nextStep, searchCapacity, type SearchSettings } from '../../src/capacity/search.ts';
import { searchSettings } from '../builders/search.ts';
import { aProbe } from './probes.ts';

/** A cluster that sustains rates up to `most`, and a generator that reaches `generator`. */
const cluster =
  (most: number, generator = Infinity) =>
  async (request: ProbeRequest): Promise<Probe> => {
    const { ratePerSecond } = request;
    const verdict = ratePerSecond > generator ? 'limited' : ratePerSecond > most ? 'exceeded' : 'sustained';
    const missed = verdict === 'sustained' ? [] : [{ code: 'acknowledged-late', share: 0.9 } as const];
    const acked = { ackedPerSecond: Math.min(ratePerSecond, most) };
    return aProbe({
      ...request,
      verdict,
      missed,
      latencyShare: null,
      ...acked,
      tookMicros: request.measureMicros + 5e6,
    });
  };

async function search(changed: Partial<SearchSettings>, run: (request: ProbeRequest) => Promise<Probe>) {
  const probes: Probe[] = [];
  const found = await searchCapacity({ ...searchSettings, ...changed }, run, probes);
  return { found, probes, stages: [...new Set(probes.map(({ stage }) => stage))] };
}

test('the rate is doubled to the first failure, halved to 5 %, confirmed, soaked, and the first rate tried again', async () => {
  const { found, probes, stages } = await search({}, cluster(7_000));
  assert.deepEqual(stages, ['bracket', 'bisect', 'confirm', 'soak', 'base']);
  const rates = probes.filter(({ stage }) => stage === 'bracket').map(({ ratePerSecond }) => ratePerSecond);
  assert.deepEqual(rates, [1_000, 2_000, 4_000, 8_000]);
  assert.equal(found.end.kind, 'capacity');
  const { perSecond, low, high } = found.end.kind === 'capacity' ? found.end.estimate : assert.fail();
  assert.ok(perSecond <= 7_000 && perSecond > 6_860, String(perSecond));
  assert.ok(low <= 7_000 && high >= 7_000, `${low} to ${high}`);
  assert.equal(found.sustainedPerSecond, Number((0.95 * low).toPrecision(5)));
  assert.equal(found.returnsToBase, true);
});

test('a first rate that fails is halved to the first that is sustained', async () => {
  const { probes } = await search({}, cluster(300));
  const rates = probes.filter(({ stage }) => stage === 'bracket').map(({ ratePerSecond }) => ratePerSecond);
  assert.deepEqual(rates, [1_000, 500, 250]);
});

test('each block of the confirmation has its levels in an order of its own, which the seed gives', async () => {
  const orderOf = async (seed: number): Promise<number[]> =>
    (await search({ seed, soakMicros: 0 }, cluster(7_000))).probes
      .filter(({ stage }) => stage === 'confirm')
      .map(({ ratePerSecond }) => ratePerSecond);
  const order = await orderOf(7);
  assert.deepEqual(await orderOf(7), order);
  assert.notDeepEqual(await orderOf(8), order);
  const [first, second] = [order.slice(0, 4), order.slice(4, 8)];
  const rising = (a: number, b: number): number => a - b;
  assert.deepEqual(first.toSorted(rising), second.toSorted(rising));
});

test('a search is its trials: taken up at any of them it goes on as if it had not been interrupted', async () => {
  const whole = await search({}, cluster(7_000));
  for (const kept of [0, 1, 5, 9, 12, whole.probes.length]) {
    const probes = whole.probes.slice(0, kept);
    const found = await searchCapacity(searchSettings, cluster(7_000), probes);
    assert.deepEqual([found, probes], [whole.found, whole.probes]);
  }
});

test('a budget for bracket and bisection alone ends unconfirmed, with single trials and no soak', async () => {
  const { found, stages, probes } = await search({ budgetMicros: 300e6 }, cluster(7_000));
  assert.deepEqual(stages, ['bracket', 'bisect']);
  const { low, high } = found.end.kind === 'unconfirmed' ? found.end : assert.fail();
  assert.ok(low <= 7_000 && (high ?? 0) > 7_000);
  assert.equal(found.sustainedPerSecond, null);
  assert.ok(probes.reduce((sum, { tookMicros }) => sum + tookMicros, 0) <= 300e6);
});

test('a budget without room for a single trial finds nothing', async () => {
  const { found, probes } = await search({ budgetMicros: 10e6 }, cluster(7_000));
  assert.deepEqual([found.end, probes.length], [{ kind: 'none', because: 'budget' }, 0]);
});

test('where the generator is at its end first, the capacity is at least the highest rate that counts', async () => {
  const { found, stages } = await search({}, cluster(Infinity, 5_000));
  const { perSecond, limitedBy } = found.end.kind === 'at-least' ? found.end : assert.fail();
  assert.ok(perSecond <= 5_000 && perSecond > 4_700, String(perSecond));
  assert.equal(limitedBy, 'generator');
  assert.ok(!stages.includes('confirm'));
  assert.ok((found.sustainedPerSecond ?? Infinity) <= 0.95 * perSecond + 1);
});

test('a generator that shows nothing at any rate is no reason to look ever lower', async () => {
  const { found, probes } = await search({}, cluster(Infinity, 0));
  assert.deepEqual(found.end, { kind: 'none', because: 'undecided' });
  assert.equal(probes.length, 3);
});

test('a cluster that sustains nothing is said to, at the lowest rate', async () => {
  const { found } = await search({}, cluster(0));
  assert.deepEqual(found.end, { kind: 'none', because: 'nothing-sustained' });
});

test('a soak that fails is tried a little lower, and nothing is published where none is held', async () => {
  const forgets = async (request: ProbeRequest): Promise<Probe> =>
    cluster(request.stage === 'soak' ? 6_300 : 7_000)(request);
  const { found, probes } = await search({}, forgets);
  assert.equal(probes.filter(({ stage }) => stage === 'soak').length, 2);
  assert.ok((found.sustainedPerSecond ?? Infinity) <= 6_300);
  const never = await search({}, async request => cluster(request.stage === 'soak' ? 1 : 7_000)(request));
  assert.equal(never.found.sustainedPerSecond, null);
  assert.equal(never.probes.filter(({ stage }) => stage === 'soak').length, 3);
});

test('a cluster that does not come back to its first rate is found out', async () => {
  const { found } = await search({}, async request => cluster(request.stage === 'base' ? 1 : 7_000)(request));
  assert.equal(found.returnsToBase, false);
});

test('a rate that shows nothing once is tried again', () => {
  const step = nextStep(searchSettings, [aProbe({ stage: 'bracket', verdict: 'undecided' })]);
  assert.equal(step.kind === 'probe' ? step.request.ratePerSecond : null, 1_000);
});

test('a generator that is in the way below a rate that the cluster did not sustain makes no lower bound of it', async () => {
  const probes = [
    aProbe({ stage: 'bracket', ratePerSecond: 1_000 }),
    aProbe({ stage: 'bracket', ratePerSecond: 2_000, verdict: 'exceeded' }),
    aProbe({
      stage: 'bisect',
      ratePerSecond: 1_414.2,
      verdict: 'limited',
      missed: [{ code: 'acknowledged-late', share: 0.9 }],
    }),
  ];
  const step = nextStep({ ...searchSettings, budgetMicros: 80e6 }, probes);
  assert.deepEqual(step.kind === 'done' ? step.end : step, { kind: 'unconfirmed', low: 1_000, high: 2_000 });
});

test('a confirmation of which no trial counts leaves single trials, never a capacity', async () => {
  const { found, stages } = await search({}, async request => {
    const probe = await cluster(7_000)(request);
    return request.stage === 'confirm' ? { ...probe, verdict: 'limited', limitedBy: 'generator' } : probe;
  });
  assert.ok(stages.includes('confirm'));
  assert.equal(found.end.kind, 'unconfirmed');
  assert.equal(found.sustainedPerSecond, null);
});

test('trials of a confirmation that do not count are left out of its capacity, and do not bend it', async () => {
  let confirming = 0;
  const { found } = await search({}, async request => {
    const probe = await cluster(7_000)(request);
    const isBlind = request.stage === 'confirm' && confirming++ % 3 === 0;
    return isBlind ? { ...probe, verdict: 'limited', limitedBy: 'generator' } : probe;
  });
  const { perSecond, trials } = found.end.kind === 'capacity' ? found.end.estimate : assert.fail(found.end.kind);
  assert.ok(Math.abs(perSecond / 7_000 - 1) < 0.02, String(perSecond));
  assert.ok(trials < confirming, `${trials} of ${confirming}`);
});
