/** Specifies how two plans become one: which cells are pairs, in which order they run, and what is refused. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type ClusterIdentity, refuseOtherCluster, withAgainst } from '../../src/plan/against.ts';
import { calibrationPlan } from '../../src/plan/calibration.ts';
import { levelOfTwoLooks, withSecondLook } from '../../src/plan/looks.ts';
import { trialOrder } from '../../src/plan/order.ts';
import { HarnessError } from '../../src/support/errors.ts';
import { aPlan } from '../builders/plan.ts';
import { planOf } from './planning.ts';

const plan = aPlan({ cells: ['1', 'all'], repeat: 4 });
const idsOf = ({ cells }: { readonly cells: readonly { readonly id: string }[] }): string[] =>
  cells.map(({ id }) => id);

suite('a plan with another beside it', () => {
  const both = withAgainst(plan, aPlan({ cells: ['0', 'all'], repeat: 2 }), 'main');

  test('has the cells of both, told apart by id, label and side', () =>
    assert.deepEqual(
      both.cells.map(({ id, label, side }) => [id, label, side]),
      [
        ['acks-1', 'acks=1', 'this'],
        ['acks-all', 'acks=all', 'this'],
        ['against.acks-0', 'acks=0 (against main)', 'against'],
        ['against.acks-all', 'acks=all (against main)', 'against'],
      ],
    ));

  test('pairs cells of the same id, and says which have no counterpart', () => {
    assert.deepEqual(both.pairs, [{ a: 'against.acks-all', b: 'acks-all' }]);
    assert.deepEqual(both.against, { name: 'main', newCells: ['acks-1'], goneCells: ['against.acks-0'] });
  });

  test('keeps this plan’s repetitions, seed and reference', () =>
    assert.deepEqual([both.repeat, both.seed, both.referenceCell], [4, 42, 'acks-1']));

  test('counts the trials of both', () => {
    const { estimate } = withAgainst(plan, aPlan({ cells: ['1', 'all'], repeat: 4 }), 'main');
    assert.deepEqual(estimate, { durationMicros: 60e6 + 8 * 10e6, trialMicros: 10e6, messages: 2_000, diskBytes: 2e6 });
  });

  test('tells a warning of the other side as its own, and none twice', () => {
    const warned = { ...plan, warnings: [{ code: 'W-COLO', message: 'here' }] };
    const other = { ...plan, warnings: [...warned.warnings, { code: 'W-SHORT', message: 'short' }] };
    assert.deepEqual(withAgainst(warned, other, 'main').warnings, [
      { code: 'W-COLO', message: 'here' },
      { code: 'W-SHORT', message: 'against main: short' },
    ]);
  });
});

test('every block holds every cell of both sides once, in an order that the seed alone decides', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(), (repeat, seed) => {
      const one = { ...aPlan({ repeat }), seed };
      const { order, cells } = withAgainst(one, aPlan(), 'main');
      for (const [, slots] of Map.groupBy(order, ({ block }) => block)) {
        assert.deepEqual(slots.map(({ cell }) => cell).toSorted(), idsOf({ cells }).toSorted());
      }
      assert.equal(order.length, repeat * 4);
      assert.deepEqual(order, withAgainst(one, aPlan(), 'main').order);
    }),
  );
});

test('the other side’s own checks are not judged', async () => {
  const checked = await planOf('name: one\ndriver: simulated\nchecks: [{ metric: lost, max: 0 }]\n');
  assert.deepEqual(
    withAgainst(checked, checked, 'main').cells.map(({ scenario }) => scenario.checks.length),
    [1, 0],
  );
});

test('two scenarios without a matrix are a pair, whatever they are called', async () => {
  const [quick, slow] = [await planOf('name: quick'), await planOf('name: slow')];
  assert.deepEqual(withAgainst(quick, slow, 'slow.yaml').pairs, [{ a: 'against.slow', b: 'quick' }]);
});

test('without any pair nothing is run, and both sides’ cells are named', () => {
  assert.throws(
    () => withAgainst(aPlan({ cells: ['1'] }), aPlan({ cells: ['0', 'all'] }), 'main'),
    (error: HarnessError) => error.reason === 'usage' && /acks-1; there acks-0, acks-all/.test(error.hint ?? ''),
  );
});

test('a scenario whose name makes two cells one is refused', async () => {
  const plain = await planOf('name: one');
  const shadow = {
    ...plain,
    cells: [...plain.cells, { ...plain.cells[0], id: 'against.one' } as (typeof plain.cells)[0]],
  };
  assert.throws(() => withAgainst(shadow, plain, 'main'), /has a cell whose id is that of one against main/);
});

suite('the cluster of both sides', () => {
  const local = { kind: 'local', brokers: 1, version: '4.3.1', config: {} };
  const compose = { kind: 'compose', file: 'docker-compose.yml' };
  const external = { kind: 'external', brokers: ['a:9092'] };
  const identity = (source: object, over: Partial<ClusterIdentity> = {}): ClusterIdentity => ({
    source: source as ClusterIdentity['source'],
    composeText: null,
    security: { tls: null, sasl: null },
    ...over,
  });

  for (const source of [local, compose, external]) {
    test(`${source.kind} on both is one cluster`, () =>
      refuseOtherCluster(identity(source), identity({ ...source }), 'main'));
  }

  for (const [one, other, said] of [
    [identity(local), identity(external), /local \{"brokers":1.*there brokers a:9092/],
    [identity(local), identity({ ...local, brokers: 3 }), /"brokers":1.*there local \{"brokers":3/],
    [
      identity(compose, { composeText: 'a' }),
      identity(compose, { composeText: 'b' }),
      /another one.*docker-compose\.yml/,
    ],
    [identity(external), identity(external, { security: { sasl: 'secret' } }), /cluster\.security.*brokers a:9092/],
  ] as const) {
    test(`${JSON.stringify(one.source)} and ${JSON.stringify(other.source)} are refused: ${String(said)}`, () =>
      assert.throws(
        () => refuseOtherCluster(one, other, 'main'),
        (error: HarnessError) =>
          error.reason === 'usage' && said.test(error.message) && !/secret/.test(error.message + error.hint),
      ));
  }
});

test('a second look adds as many blocks, as if they had been asked for at once', () => {
  const { order, extension = [] } = withSecondLook({ ...plan, order: trialOrder(idsOf(plan), 4, 42) });
  assert.deepEqual([...order, ...extension], trialOrder(idsOf(plan), 8, 42));
  assert.equal(levelOfTwoLooks, 0.0294);
});

suite('a plan of cells against themselves', () => {
  test('has one cell twice as a and b, so many blocks, and no checks', async () => {
    const checked = await planOf('name: one\ndriver: simulated\nrepeat: 5\nchecks: [{ metric: lost, max: 0 }]\n');
    const { scenario, cells, pairs, order, repeat, referenceCell } = calibrationPlan(checked, 20);
    assert.deepEqual(
      cells.map(({ id, label, scenario: { checks } }) => [id, label, checks.length]),
      [
        ['a', 'one (a)', 0],
        ['b', 'one (b)', 0],
      ],
    );
    assert.deepEqual([pairs, order.length, repeat, referenceCell], [[{ a: 'a', b: 'b' }], 40, 20, 'a']);
    assert.deepEqual([scenario.name, scenario.checks], ['one-calibration', []]);
  });

  test('has several cells each against itself alone', () =>
    assert.deepEqual(calibrationPlan(plan, 2).pairs, [
      { a: 'acks-1.a', b: 'acks-1.b' },
      { a: 'acks-all.a', b: 'acks-all.b' },
    ]));
});
