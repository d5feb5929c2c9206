/** What settings and faults permit, and what is a breach whatever broke. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { conclude } from '../../src/analysis/conclude.ts';
import { breachesOf } from '../../src/analysis/integrity.ts';
import type { CellPromise } from '../../src/results/header.ts';
import { promisesOf } from '../../src/results/header.ts';
import { findingText } from '../../src/report/words.ts';
import { parseDocument } from '../../src/scenario/parse.ts';
import type { TrialMeasurement } from '../../src/run/measurement.ts';
import { aFault, someFaults } from '../builders/faults.ts';
import { aChurnedGroup, aGroup } from '../builders/group.ts';
import { aCell, aMeasurement, aRun, aRunTrial } from '../builders/trial.ts';

/** Three replicas of which two must have a message, and one leader killed. */
const durable: CellPromise = {
  acks: 'all',
  idempotence: false,
  maxInFlightRequests: 5,
  simulated: false,
  topic: { isExisting: false, replicationFactor: 3, minInsyncReplicas: 2, uncleanLeaderElection: null },
  faults: ['kill'],
  countsRetries: true,
};
const withTopic = (topic: Partial<NonNullable<CellPromise['topic']>>): CellPromise => ({
  ...durable,
  topic: { ...(durable.topic as NonNullable<CellPromise['topic']>), ...topic },
});

const killed: Partial<TrialMeasurement> = { faults: someFaults(aFault()) };
const { counts, totals } = aMeasurement();
const lost = (messages: number): Partial<TrialMeasurement> => ({ ...killed, counts: { ...counts, lost: messages } });

const kindsOf = (
  promise: CellPromise,
  over: Partial<TrialMeasurement>,
  environment: Readonly<Record<string, unknown>> = {},
): string[] => breachesOf(aRunTrial(over), promise, environment).map(({ kind }) => kind);

suite('a lost message, where a broker was broken on purpose,', () => {
  for (const [what, promise, environment] of [
    ['at acks=1', { ...durable, acks: 1 }],
    ['at acks=0', { ...durable, acks: 0 }],
    ['at acks=all where one replica is enough', withTopic({ minInsyncReplicas: 1 })],
    ['at acks=all where nobody says how many replicas are enough', withTopic({ minInsyncReplicas: null })],
    ['at acks=all where there is one replica', withTopic({ replicationFactor: 1 })],
    [
      'at acks=all where there is one broker',
      withTopic({ replicationFactor: null }),
      { cluster: { nodeIds: [1], brokerConfig: {} } },
    ],
    ['at acks=all where any replica may lead', withTopic({ uncleanLeaderElection: true })],
    [
      'at acks=all where the brokers let any replica lead',
      durable,
      { cluster: { nodeIds: [1, 2, 3], brokerConfig: { 'unclean.leader.election.enable': 'true' } } },
    ],
  ] as const satisfies readonly (readonly [string, CellPromise, object?])[]) {
    test(`is permitted ${what}`, () => assert.deepEqual(kindsOf(promise, lost(3), environment), []));
  }

  for (const [what, promise, environment] of [
    ['at acks=all with two replicas in sync', durable],
    [
      'at acks=all where the brokers ask for two in sync',
      withTopic({ minInsyncReplicas: null }),
      { cluster: { nodeIds: [1, 2, 3], brokerConfig: { 'min.insync.replicas': '2' } } },
    ],
    ['at acks=all with an idempotent producer', { ...durable, idempotence: true }],
    ['where the scenario declares no fault', { ...durable, acks: 1, faults: [] }],
    [
      'in a run of before faults could be declared',
      { acks: 1, idempotence: false, maxInFlightRequests: 5, simulated: false },
    ],
  ] as const satisfies readonly (readonly [string, CellPromise, object?])[]) {
    test(`is a breach ${what}`, () => assert.deepEqual(kindsOf(promise, lost(3), environment), ['lost']));
  }

  test('is a breach where the declared fault never came', () => {
    assert.deepEqual(kindsOf({ ...durable, acks: 1 }, { ...lost(3), faults: someFaults() }), ['lost']);
  });

  test('is judged by what the topic has, whatever the scenario says', () => {
    const effective = { ...aMeasurement().effective, topic: { 'min.insync.replicas': '2' } };
    const existing = {
      isExisting: true,
      replicationFactor: null,
      minInsyncReplicas: null,
      uncleanLeaderElection: null,
    };
    assert.deepEqual(kindsOf(withTopic(existing), { ...lost(3), effective }), ['lost']);
    assert.deepEqual(kindsOf(withTopic(existing), lost(3)), []);
  });
});

suite('repeats and order, where a broker was broken on purpose:', () => {
  const twice = { ...killed, counts: { ...counts, lost: 0, duplicated: 4, reordered: 2 } };

  test('without a retry that a client counted, nothing may be doubled', () => {
    assert.deepEqual(kindsOf(durable, twice), ['duplicated', 'reordered']);
  });

  test('a client that does not tell every retry may have doubled', () => {
    assert.deepEqual(kindsOf({ ...durable, countsRetries: false }, twice), []);
    assert.deepEqual(kindsOf({ ...durable, countsRetries: false, maxInFlightRequests: 1 }, twice), ['reordered']);
  });

  test('an idempotent producer may not, whatever it retried', () => {
    const promise = { ...durable, idempotence: true, countsRetries: false };
    assert.deepEqual(kindsOf(promise, { ...twice, totals: { ...totals, retries: 9 } }), ['duplicated', 'reordered']);
  });

  test('what a group read again after a rebalance is explained', () => {
    const group = aChurnedGroup();
    assert.deepEqual(kindsOf(durable, { ...killed, groups: [group] }), []);
    assert.deepEqual(kindsOf(durable, { ...killed, groups: [{ ...group, rebalances: [] }] }), ['duplicated']);
  });

  test('a reader may be sent back where a leader without all messages may come', () => {
    const groups = [{ ...aChurnedGroup(), rebalances: [] }];
    assert.deepEqual(kindsOf(withTopic({ uncleanLeaderElection: true }), { ...killed, groups }), []);
  });
});

suite('offsets, where a broker was broken on purpose:', () => {
  const disagreeing = (appended: number): Partial<TrialMeasurement> => ({
    ...killed,
    findings: [{ code: 'offsets-disagree', appended, atLeast: 25_000, atMost: 25_100 }],
  });

  test('the log may hold less than was acknowledged where that may be lost', () => {
    assert.deepEqual(kindsOf({ ...durable, acks: 1 }, disagreeing(24_900)), []);
    assert.deepEqual(kindsOf(durable, disagreeing(24_900)), ['offsets-disagree']);
  });

  test('it may hold more than the outcomes explain only where retries are not told', () => {
    assert.deepEqual(kindsOf({ ...durable, acks: 1 }, disagreeing(25_200)), ['offsets-disagree']);
    assert.deepEqual(kindsOf({ ...durable, countsRetries: false }, disagreeing(25_200)), []);
  });

  test('the offset of a message that may be lost may be given again', () => {
    const proof = { ...(aGroup().proof as object), misplaced: 3 } as ReturnType<typeof aGroup>['proof'];
    const groups = [aGroup({ proof })];
    assert.deepEqual(kindsOf({ ...durable, acks: 1 }, { ...killed, groups }), []);
    assert.deepEqual(kindsOf(durable, { ...killed, groups }), ['misplaced']);
  });
});

test('offsets that were given twice are the client’s fault only where nothing may be lost', () => {
  const findings = [{ code: 'offsets-misplaced', group: null, count: 2 }] as const;
  const told = (promise: CellPromise): string => {
    const run = aRun({ one: aCell('one', [5_000], { ...killed, findings }) }, { promises: { one: promise } });
    return conclude(run).cells[0]?.trials[0]?.findings.map(findingText).join() ?? '';
  };
  assert.match(told({ ...durable, acks: 1 }), /2 offsets were given twice: the messages that had them first were lost/);
  assert.match(told(durable), /the client counts wrongly/);
});

test('loss that the settings permit ends with 0, and with 10 where a check forbids it; any other with 13', () => {
  const exitOf = (promise: CellPromise, checks: readonly unknown[] = []): number =>
    conclude(aRun({ one: aCell('one', [5_000], lost(3)) }, { promises: { one: promise }, checks })).exitCode;
  const none = { metric: 'lost', min: null, max: 0, where: {}, group: null, every: null };
  assert.equal(exitOf({ ...durable, acks: 1 }), 0);
  assert.equal(exitOf({ ...durable, acks: 1 }, [none]), 10);
  assert.equal(exitOf(durable), 13);
});

test('a plan promises what its scenario says of topics, faults and client', () => {
  const parsed = parseDocument({
    name: 'faults',
    driver: 'confluent',
    cluster: { local: { brokers: 3 } },
    topic: { replicationFactor: 3, config: { 'min.insync.replicas': 2, 'unclean.leader.election.enable': false } },
    faults: [{ at: '5s', kill: 'leader' }, { at: '9s', kill: 2 }, { random: { count: 2, of: ['pause'] } }],
  });
  if (!parsed.ok) throw new Error('The scenario does not parse.');
  const { scenario } = parsed;
  assert.deepEqual(promisesOf({ cells: [{ id: 'one', label: '', factors: {}, scenario }] })['one'], {
    acks: 'all',
    idempotence: false,
    maxInFlightRequests: 5,
    simulated: false,
    topic: { isExisting: false, replicationFactor: 3, minInsyncReplicas: 2, uncleanLeaderElection: false },
    faults: ['kill', 'pause'],
    countsRetries: false,
  });
});
