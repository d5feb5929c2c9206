/** Holds the wire engine to the contract on an older release of Kafka, too: versions are negotiated, not assumed. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Cluster, openCluster } from '../../../src/cluster/cluster.ts';
import { driver } from '../../../src/drivers/wire.ts';
import { specifyContent } from '../contract/content.ts';
import { specifyGroups } from '../contract/groups.ts';
import { openMember } from '../contract/member.ts';
import { specifyOutcomes } from '../contract/outcomes.ts';
import type { Subject } from '../contract/subject.ts';
import { fewInternalPartitions, openTopics } from '../real-broker.ts';

const version = '3.9.1';

let cluster: Cluster | undefined;
before(
  async () => void (cluster = await openCluster({ kind: 'local', brokers: 1, version, config: fewInternalPartitions })),
);
after(() => cluster?.[Symbol.asyncDispose]());

const subject: Subject = {
  name: 'wire',
  driver,
  lacks: {},
  openGround: spec => openTopics(cluster as Cluster, spec),
};

describe(`the driver wire on Kafka ${version}`, () => {
  test('joins no group by the protocol consumer, which that release has as a preview alone, and says why', async () => {
    const ground = await subject.openGround();
    const [address = ''] = ground.brokers;
    await assert.rejects(
      openMember(subject, ground, { groupProtocol: 'consumer' }),
      (error: Error) => /protocol consumer \(KIP-848\)/.test(error.message) && error.message.includes(address),
    );
  });

  specifyOutcomes(subject);
  specifyContent(subject);
  specifyGroups(subject);
});
