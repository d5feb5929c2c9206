/** Faults as a plan has them: fixed before the run, alike for the cells of a block, and refused where they cannot come about. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { faultNeedsOf, faultsOf } from '../../src/plan/faults.ts';
import { asPilot } from '../../src/plan/pilot.ts';
import type { Cell } from '../../src/plan/plan.ts';
import { rehearsals } from '../../src/plan/rehearsal.ts';
import { planOf, problemsOf } from './planning.ts';

const start =
  'name: test\ndriver: wire\ncluster: { local: { brokers: 3 } }\nload: { rate: 100/s, warmup: 1s, measure: 60s }\n';

const faultsIn = async (faults: string, seed = 1, block = 1) => {
  const { cells } = await planOf(`${start}faults: ${faults}\n`);
  return faultsOf((cells[0] as Cell).scenario, seed, block);
};

test('faults come by their time, with what the scenario leaves open settled', async () => {
  const faults = await faultsIn(
    '[{ at: 9s, kill: controller }, { at: 1s, pause: { leaderOf: 0 } }, { at: 2s, restart: 3 }, { at: 3s, rollingRestart: true }, { at: 4s, network: { latency: 50ms } }, { at: 5s, network: { broker: 2, reset: true } }]',
  );
  assert.deepEqual(
    faults.map(fault => [
      fault.kind,
      fault.asked,
      fault.atMicros,
      'forMicros' in fault ? fault.forMicros : 'as long as it takes',
    ]),
    [
      ['pause', 'leaderOf 0', 1e6, 5e6],
      ['restart', '3', 2e6, 0],
      ['rollingRestart', 'all', 3e6, 'as long as it takes'],
      ['network', 'leader', 4e6, 56e6],
      ['network', '2', 5e6, 0],
      ['kill', 'controller', 9e6, null],
    ],
  );
});

test('random faults lie in the last nine tenths of the window and do not overlap, whatever the seed', async () => {
  const { cells } = await planOf(`${start}faults: [{ random: { count: 7, of: [kill, pause], for: 5s } }]\n`);
  const { scenario } = cells[0] as Cell;
  fc.assert(
    fc.property(fc.nat(2 ** 31), fc.integer({ min: 1, max: 50 }), (seed, block) => {
      const faults = faultsOf(scenario, seed, block);
      assert.equal(faults.length, 7);
      for (const [i, { atMicros }] of faults.entries()) {
        assert.ok(atMicros >= 6e6 && atMicros + 5e6 <= 60e6 + 1);
        assert.ok(i === 0 || atMicros >= (faults[i - 1]?.atMicros ?? 0) + 5e6 - 1);
      }
    }),
  );
});

test('the cells of a block meet the same faults, and another block others', async () => {
  const { cells } = await planOf(`${start}faults: [{ random: { count: 3 } }]\nmatrix: { producers.acks: [1, all] }\n`);
  const [one, other] = cells.map(({ scenario }) => scenario) as [Cell['scenario'], Cell['scenario']];
  assert.deepEqual(faultsOf(one, 7, 2), faultsOf(other, 7, 2));
  assert.notDeepEqual(faultsOf(one, 7, 2), faultsOf(one, 7, 3));
  assert.notDeepEqual(faultsOf(one, 7, 2), faultsOf(one, 8, 2));
});

test('a cluster is readied for the links and disks that faults need, and for nothing where nothing breaks', async () => {
  assert.equal(faultNeedsOf(await planOf(start)), null);
  const kill = faultNeedsOf(await planOf(`${start}faults: [{ at: 1s, kill: leader }]\n`));
  assert.deepEqual(kill, { links: [], limitedDisks: new Map() });
  const plan = await planOf(
    `${start}faults: [{ at: 1s, fillDisk: 2 }, { at: 9s, network: { link: brokers, latency: 1ms } }]\n`,
  );
  const { links, limitedDisks } = faultNeedsOf(plan) ?? assert.fail('something breaks');
  assert.deepEqual(links, ['brokers']);
  assert.deepEqual([...limitedDisks.keys()], [2]);
  assert.ok((limitedDisks.get(2) ?? 0) > plan.estimate.diskBytes, 'what the load writes must not fill it');
});

test('a disk that would take more memory than is sensible is refused before any broker is started', async () => {
  const plan = await planOf(
    'name: test\ndriver: wire\ncluster: { local: { brokers: 3 } }\nload: { rate: 100000/s, measure: 5m }\nfaults: [{ at: 1s, fillDisk: 2 }]\n',
  );
  assert.throws(() => faultNeedsOf(plan), { reason: 'usage', message: /at most 4\.0 GiB/ });
});

test('what is thrown away or only finds a warm-up meets no fault, and a trial with faults is planned to take longer', async () => {
  const whole = await planOf(`${start}repeat: 2\n`);
  const broken = await planOf(`${start}repeat: 2\nfaults: [{ at: 1s, kill: leader }]\n`);
  assert.deepEqual(
    rehearsals(broken, 1).map(({ scenario }) => scenario.faults),
    [[]],
  );
  assert.deepEqual(asPilot(broken.cells[0] as Cell, 30e6).scenario.faults, []);
  assert.equal(broken.estimate.durationMicros - whole.estimate.durationMicros, 2 * 20e6);
});

const refused: readonly (readonly [faults: string, problem: string | RegExp])[] = [
  ['[{ at: 60s, kill: leader }]', /^5:16 faults\[0\]\.at: the window is over after 60 s →/],
  ['[{ at: 1s, kill: 4 }]', /^5:26 faults\[0\]\.kill: there are brokers 1 to 3 → name one of them/],
  ['[{ at: 1s, network: { broker: 0, cut: true } }]', /faults\[0\]\.network\.broker: there are brokers 1 to 3/],
  ['[{ at: 1s, pause: { leaderOf: 99 } }]', /leaderOf: the topic has partitions 0 to \d+ → name one/],
  [
    '[{ at: 1s, rollingRestart: true, for: 5s }]',
    /faults\[0\]\.for: a rolling restart lasts until every broker is back/,
  ],
  ['[{ at: 1s, network: { link: brokers } }]', /faults\[0\]\.network: nothing is done to the network/],
  ['[{ at: 1s, network: { reset: true }, for: 2s }]', /faults\[0\]\.for: connections are reset once/],
  ['[{ at: 1s, network: { bandwidth: 100/s } }]', /bandwidth: a bandwidth is in bytes, not in messages/],
  ['[{ random: { count: 20, for: 5s } }]', /20 faults of 5 s need 100 s, and nine tenths of the window are 54 s/],
  ['[{ at: 1s, kill: 2 }, { at: 30s, pause: 2 }]', /faults\[1\]\.pause: broker 2 is still under the fault at 1 s/],
  [
    '[{ at: 1s, kill: leader }, { at: 9s, rollingRestart: true }]',
    /faults\[1\]\.rollingRestart: a broker is down from 1 s until the load has ended/,
  ],
];

for (const [faults, problem] of refused) {
  test(`${faults} is refused at its place`, async () => {
    const [first = 'nothing', ...more] = await problemsOf(`${start}faults: ${faults}\n`);
    assert.match(first, new RegExp(problem));
    assert.deepEqual(more, []);
  });
}

test('brokers of somebody else cannot be stopped, but their network can be broken; a simulated broker has neither', async () => {
  const theirs = 'name: test\ndriver: wire\ncluster: { brokers: [localhost:9092] }\n';
  const [stopped] = await problemsOf(`${theirs}faults: [{ at: 1s, kill: leader }]\n`);
  assert.match(
    stopped ?? '',
    /^4:26 faults\[0\]\.kill: brokers can be stopped only where Highwater has started them itself/,
  );
  assert.deepEqual(await problemsOf(`${theirs}faults: [{ at: 1s, network: { latency: 5ms } }]\n`), []);
  const [simulated] = await problemsOf('name: test\ndriver: simulated\nfaults: [{ at: 1s, kill: leader }]\n');
  assert.match(simulated ?? '', /^3:9 faults: the simulated broker has no processes and no network to break/);
});

test('a fleet meets faults of brokers, and none of the network, whose proxies it would not reach', async () => {
  const fleet =
    'name: test\ndriver: wire\ncluster: { brokers: [kafka:9092] }\nfleet: { agents: 2, on: manual, control: { brokers: [kafka:9092] } }\n';
  const [problem] = await problemsOf(`${fleet}faults: [{ at: 1s, network: { latency: 5ms } }]\n`);
  assert.match(problem ?? '', /^5:\d+ faults\[0\]\.network: the network is broken by proxies on this host/);
  const local = fleet.replace('{ brokers: [kafka:9092] }\n', '{ local: { brokers: 3 } }\n');
  assert.deepEqual(await problemsOf(`${local}faults: [{ at: 1s, kill: leader }]\n`), []);
});

test('faults of one broker that follow each other, and of one whose broker is found later, are taken', async () => {
  const faults =
    '[{ at: 1s, kill: 2, for: 5s }, { at: 6s, pause: 2 }, { at: 7s, kill: leader }, { at: 8s, network: { broker: 2, cut: true } }]';
  assert.deepEqual(await problemsOf(`${start}faults: ${faults}\n`), []);
});
