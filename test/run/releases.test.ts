/** Trials of one run on different releases of a client, on a real broker: what an upgrade of a client is judged by. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { type DriverReference, releaseOf } from '../../src/drivers/registry.ts';
import { runNpm } from '../../src/drivers/releases/npm.ts';
import { holdsRelease, placeOf } from '../../src/drivers/releases/place.ts';
import type { Release } from '../../src/drivers/releases/packages.ts';
import { clientVersions, obtainClients } from '../../src/run/clients.ts';
import { planOf } from '../plan/planning.ts';
import { openGroupBroker, trialsOn } from './real-running.ts';

const reaches = await runNpm(['view', 'kafkajs@2.2.3', 'version'], { cwd: import.meta.dirname }).catch(() => null);
const isReachable = reaches?.code === 0;

/** Whether it can be had here within a test's time. */
function whyNot(reference: DriverReference): string | false {
  const release = releaseOf(reference) as Release;
  if (holdsRelease(placeOf(release).folder, release)) return false;
  if (release.driver === 'confluent') return `building ${reference} takes minutes: run it once, and it is in the cache`;
  return isReachable ? false : 'npm reaches no registry';
}

suite('on a real broker', () => {
  let cluster: Cluster;
  before(async () => void (cluster = await openGroupBroker()));
  after(() => cluster[Symbol.asyncDispose]());

  for (const [older, newer] of [
    ['kafkajs@2.2.3', 'kafkajs@2.2.4'],
    ['platformatic@2.11.0', 'platformatic@2.12.1'],
    ['confluent@1.9.0', 'confluent@1.10.1'],
  ] as const) {
    test(`${older} and ${newer} are cells of one run`, { skip: whyNot(older) }, async () => {
      const text = `matrix: { driver: [${older}, ${newer}] }\nload: { rate: 500/s, warmup: 500ms, measure: 1s }\nconsumers: { readers: { members: 1 } }\n`;
      const plan = await planOf(`name: test\n${text}`);
      await obtainClients(plan);
      const versions = await clientVersions(plan);
      for (const reference of [older, newer])
        assert.equal(versions[reference]?.split(' ')[0], releaseOf(reference)?.version);
      const trials = await trialsOn(cluster, text);
      assert.equal(trials.length, 2);
      for (const { counts } of trials) {
        assert.deepEqual([counts.acked, counts.consumed, counts.lost, counts.duplicated], [500, 500, 0, 0]);
      }
    });
  }
});
