/** Pilots: which cells have one, how long it may last, and what it has of its cell's scenario. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { asPilot, looksOf, pilotLengths, pilotsOf, withWarmup } from '../../src/plan/pilot.ts';
import type { Cell } from '../../src/plan/plan.ts';
import { planOf } from './planning.ts';

const given = 'name: x\ndriver: simulated\nseed: 7\n';
const only = async (text: string): Promise<Cell> => (await planOf(`${given}${text}`)).cells[0] as Cell;

suite('a pilot is looked at', () => {
  for (const [floorSeconds, looks] of [
    [30, [30, 45, 68, 102, 153, 230, 300]],
    [120, [120, 180, 270, 405, 480]],
    [200, [200, 300, 450, 675, 800]],
  ] as const) {
    test(`after ${looks.join(', ')} s, where it lasts ${floorSeconds} s at least`, () => {
      assert.deepEqual(looksOf(floorSeconds * 1e6, pilotLengths), looks);
    });
  }

  test('first at its floor, last at its maximum, and each time later, whatever they are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 10_000 }), (floor, most) => {
        const looks = looksOf(floor * 1e6, { ...pilotLengths, mostMicros: most * 1e6 });
        assert.deepEqual([looks[0], looks.at(-1)], [floor, Math.max(most, 4 * floor)]);
        assert.deepEqual(
          looks,
          looks.toSorted((a, b) => a - b),
        );
      }),
    );
  });
});

suite('which cells have a pilot', () => {
  const matrix = 'matrix: { load.warmup: [auto, 5s], producers.acks: [1, all] }\nrepeat: 2\n';

  test('each whose warm-up is auto has one, in the order of the first block; others have none', async () => {
    const plan = await planOf(`${given}${matrix}`);
    const auto = plan.cells.filter(({ scenario }) => scenario.load.warmupMicros === 'auto').map(({ id }) => id);
    const pilots = pilotsOf(plan, pilotLengths, { areBrokersYoung: false });
    const firstBlock = plan.order.filter(({ block }) => block === 1).map(({ cell }) => cell);
    assert.equal(auto.length, 2);
    assert.deepEqual(
      pilots.map(({ cell }) => cell.id),
      firstBlock.filter(id => auto.includes(id)),
    );
    assert.ok(pilots.every(({ looks }) => looks[0] === 30));
  });

  test('the first on brokers that were just started lasts longer, and what is simulated has no brokers', async () => {
    const plan = await planOf(
      'name: x\nseed: 7\nload: { warmup: auto }\nmatrix: { driver: [simulated, kafkajs, platformatic] }\n',
    );
    const floors = pilotsOf(plan, pilotLengths, { areBrokersYoung: true }).map(({ cell, looks }) => ({
      isSimulated: cell.scenario.producers.driver.name === 'simulated',
      floor: looks[0],
    }));
    assert.deepEqual(
      floors.filter(({ isSimulated }) => !isSimulated).map(({ floor }) => floor),
      [120, 30],
    );
    assert.deepEqual(
      floors.filter(({ isSimulated }) => isSimulated).map(({ floor }) => floor),
      [30],
    );
  });
});

suite('what a pilot has of its cell', () => {
  test('stages hold their first rate, as they do while warming up', async () => {
    const { load } = asPilot(
      await only('load: { warmup: auto, stages: [{ for: 10s, rate: 50/s }, { for: 10s, rampTo: 900/s }] }'),
      60e6,
    ).scenario;
    assert.deepEqual(load, {
      kind: 'open',
      arrivals: 'uniform',
      rate: { kind: 'messages', perSecond: 50 },
      warmupMicros: 0,
      measureMicros: 60e6,
    });
  });

  test('nothing that belongs to the window: no churn, no backlog, no freeze', async () => {
    const plan = await planOf(`name: x
driver: kafkajs
load: { warmup: auto }
consumers: { a: { members: 2, churn: [{ at: 1s, leave: 1 }] }, b: { backlog: 100 } }
`);
    const { consumers } = asPilot(plan.cells[0] as Cell, 60e6).scenario;
    assert.deepEqual([consumers['a']?.churn, consumers['a']?.members, consumers['b']?.backlog], [[], 2, 0]);
    const frozen = await only('load: { warmup: auto }\nsimulated: { freeze: [{ at: 2s, for: 1s }] }\n');
    assert.deepEqual(asPilot(frozen, 60e6).scenario.simulated.freeze, []);
  });
});

test('the warm-up that was found is that of cells that asked for it, and of no others', async () => {
  const auto = withWarmup(await only('load: { warmup: auto }'), 45e6);
  const fixed = withWarmup(await only('load: { warmup: 7s }'), 45e6);
  assert.deepEqual([auto.scenario.load.warmupMicros, fixed.scenario.load.warmupMicros], [45e6, 7e6]);
});

test('the estimate counts the pilots at their least, and says that it is one', async () => {
  const load = (warmup: string): string =>
    `${given}load: { rate: 100/s, warmup: ${warmup}, measure: 10s }\nrepeat: 2\n`;
  const [auto, fixed] = [(await planOf(load('auto'))).estimate, (await planOf(load('30s'))).estimate];
  assert.deepEqual([auto.isLeast, fixed.isLeast], [true, undefined]);
  assert.equal(auto.messages - fixed.messages, 3_000);
  const more = auto.durationMicros - fixed.durationMicros;
  assert.ok(more >= 30e6 && more <= 35e6, String(more));
});
