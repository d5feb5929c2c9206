/** Groups of real clients on a real broker: where they begin, who comes and goes, what waits for them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { openGroupOffsets } from '../../src/cluster/group-offsets.ts';
import { createTopics } from '../../src/cluster/topics.ts';
import { loadDriver } from '../../src/drivers/registry.ts';
import { whyMissing } from '../drivers/contract/subject.ts';
import { groupOf, openGroupBroker, trialsOn } from './real-running.ts';

const load = 'load: { rate: 500/s, warmup: 500ms, measure: 1s }\n';
/** Sessions that soon time out, and heartbeats that soon tell of a rebalance. */
const soon = 'config: { session.timeout.ms: 1500, heartbeat.interval.ms: 300, fetch.max.wait.ms: 100 }';

describe('on a real broker', () => {
  let cluster: Cluster;
  before(async () => void (cluster = await openGroupBroker()));
  after(() => cluster[Symbol.asyncDispose]());

  test('groups begin where they are to: at offsets, times and commits, or at the end', async () => {
    const name = 'old-topic';
    await using topics = await createTopics(cluster, [{ name, partitions: 2, replicationFactor: 1, config: {} }], {
      ifExists: 'fail',
    });
    const existing = `topic: { lifetime: existing, name: ${name} }\n`;
    const beforeMillis = Date.now();
    const [first] = await trialsOn(cluster, `driver: wire\n${load}${existing}`);
    const old = first?.totals.appended ?? 0;
    assert.ok(old > 700);
    await using offsets = openGroupOffsets(cluster, topics.names, 2);
    const [ends = []] = await offsets.offsetsAt('end');
    await offsets.set('highwater.test.committed', [ends.map(end => end - 20)]);
    await offsets.set('highwater.test.forgotten', [ends.map(end => end - 20)]);
    const starts = {
      latest: 'start: latest',
      offset: 'start: { offset: 100 }',
      beyond: 'start: { offset: 1000000 }',
      timestamp: `start: { timestamp: ${beforeMillis} }`,
      future: `start: { timestamp: ${Date.now() + 3_600_000} }`,
      committed: 'start: committed',
      forgotten: 'start: committed, reset: true',
      manual: 'driver: wire, groupProtocol: manual, start: { offset: 100 }',
    };
    const groups = Object.entries(starts).map(([group, settings]) => `  ${group}: { ${settings} }\n`);
    const [trial] = await trialsOn(cluster, `driver: kafkajs\n${load}${existing}consumers:\n${groups.join('')}`);
    assert.ok(trial !== undefined);
    for (const group of Object.keys(starts)) {
      const { counts } = groupOf(trial, group);
      assert.deepEqual([counts.consumed, counts.lost, counts.duplicated], [500, 0, 0], group);
    }
    const foreign = trial.findings.flatMap(finding => (finding.code === 'foreign-messages' ? finding.count : []));
    // offset, timestamp, committed, forgotten, manual: the others read nothing that was there before
    assert.deepEqual(foreign, [old - 200, old, 40, old, old - 200]);
    const after = await offsets.committed(['highwater.test.committed', 'highwater.test.forgotten']);
    assert.ok(
      after
        .get('highwater.test.committed')
        ?.flat()
        .every(offset => offset > 0),
    );
  });

  for (const [driver, protocol] of [
    ['kafkajs', 'classic'],
    ['confluent', 'consumer'],
    ['wire', 'consumer'],
  ] as const) {
    test(`members of ${driver} come, leave and die under load by the protocol ${protocol}: nothing is lost, and what is read twice is explained`, async t => {
      const missing = await loadDriver(driver).then(() => undefined, whyMissing);
      if (missing !== undefined) return t.skip(missing);
      const config = protocol === 'classic' ? soon : 'config: { fetch.max.wait.ms: 100 }';
      const [trial] = await trialsOn(
        cluster,
        `driver: ${driver}\nload: { rate: 1000/s, warmup: 1s, measure: 7s }\ntopic: { partitions: 6 }\nmessages: { size: 100 }\nconsumers:\n  readers: { members: 2, groupProtocol: ${protocol}, ${config}, churn: [{ at: 500ms, join: 1 }, { at: 2500ms, leave: 1 }, { at: 4s, crash: 1 }] }\n`,
      );
      assert.ok(trial !== undefined);
      const { counts, proof, rebalances, members } = groupOf(trial, 'readers');
      assert.deepEqual([counts.lost, counts.reordered, counts.consumed - counts.duplicated], [0, 0, 7_000]);
      assert.equal(proof.appendedTwice, 0);
      assert.equal(proof.misplaced, 0);
      assert.ok(proof.readAgain > 0, 'nothing was read again, though a member died that had not committed');
      assert.deepEqual(
        // on a busy host one may still go on when the next begins
        rebalances.flatMap(({ reason }) => reason.split(' and ')).filter((reason, i, all) => reason !== all[i - 1]),
        ['join', 'leave', 'crash'],
      );
      const crash = rebalances.at(-1);
      assert.ok(
        crash?.durationMicros !== null && (crash?.durationMicros ?? 0) > 500_000,
        'the crash was noticed at once',
      );
      assert.equal(members.length, 3);
      assert.ok(!trial.findings.some(({ code }) => code === 'rebalanced'));
    });
  }

  test('a group that commits batches loses nothing when a member dies in the midst of them', async () => {
    const [trial] = await trialsOn(
      cluster,
      `driver: kafkajs\nload: { rate: 500/s, warmup: 500ms, measure: 4s }\ntopic: { partitions: 4 }\nconsumers:\n  readers: { members: 2, ${soon}, commit: { batch: { messages: 20, within: 200ms } }, handling: { failEvery: 7 }, churn: [{ at: 1s, crash: 1 }] }\n`,
    );
    assert.ok(trial !== undefined);
    const { counts, handling } = groupOf(trial, 'readers');
    assert.deepEqual([counts.lost, counts.consumed - counts.duplicated], [0, 2_000]);
    assert.ok((handling?.failed ?? 0) > 100);
  });

  test('a group waits for its backlog, reads it while producing goes on, and says how fast', async () => {
    const [trial] = await trialsOn(
      cluster,
      'driver: wire\nload: { rate: 20000/s, warmup: 500ms, measure: 4s }\nmessages: { size: 100 }\nconsumers:\n  readers: { groupProtocol: manual, backlog: 30000 }\n',
    );
    assert.ok(trial !== undefined);
    const { backlog, counts, lag } = groupOf(trial, 'readers');
    assert.ok(backlog !== null && backlog.waiting >= 30_000 && backlog.waiting < 80_000, JSON.stringify(backlog));
    assert.ok(backlog.caughtUpAfterMicros !== null && (backlog.drainedPerSecond ?? 0) > 20_000);
    assert.deepEqual([counts.lost, counts.consumed], [0, 80_000]);
    assert.ok(lag.max >= 10_000);
  });

  test('a load that ends before the backlog is reached fails the trial, and says so', async () => {
    await assert.rejects(
      trialsOn(cluster, `driver: wire\n${load}consumers: { readers: { groupProtocol: manual, backlog: 100000 } }\n`),
      /Group "readers" was to begin once 100,000 messages wait, and the load ended before/,
    );
  });
});
