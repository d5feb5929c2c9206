/** Specifies when a cluster counts as healthy, and what is said of one that is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAilment } from '../../src/cluster/faults/health.ts';
import type { Metadata } from '../../src/drivers/wire/protocol/apis.ts';

type Partition = readonly [leader: number, replicas: readonly number[], inSync: readonly number[]];

/** What a broker tells of those brokers and of one topic with such partitions. */
function told(brokers: readonly number[], partitions: readonly Partition[], code = 0): Metadata {
  return {
    brokers: brokers.map(nodeId => ({ nodeId, host: 'localhost', port: nodeId })),
    topics: [
      {
        code,
        name: 'a',
        partitions: partitions.map(([leader, replicas, inSyncReplicas], partition) => {
          return { code: 0, partition, leader, leaderEpoch: 0, replicas, inSyncReplicas };
        }),
      },
    ],
  };
}

const topicsOf = (partitions: readonly Partition[]) => told([], partitions).topics;

const well: Partition = [1, [1, 2], [2, 1]];
const ledByAnother: Partition = [2, [1, 2], [1, 2]];

for (const [what, metadata, expected, wantsElection] of [
  ['a broker that is away', told([1], [well]), 'broker 2 has not joined', false],
  ['a topic that is not known', told([1, 2], [], 3), 'topic a is not known yet', false],
  ['a partition without leader', told([1, 2], [well, [-1, [1, 2], [1]]]), 'partition 1 of a has no leader', false],
  ['a replica that lags', told([1, 2], [[1, [1, 2], [1]]]), 'partition 0 of a has 1 of 2 replicas in sync', false],
  [
    'another leader than the first',
    told([1, 2], [well, ledByAnother]),
    'partition 1 of a is led by broker 2, not 1',
    true,
  ],
  [
    'a partition that lags before one of the same topic that wants an election',
    told([1, 2], [ledByAnother, [1, [1, 2], [1]]]),
    'partition 1 of a has 1 of 2 replicas in sync',
    false,
  ],
  [
    'what no election mends before what one does',
    { ...told([1, 2], [ledByAnother]), topics: [[ledByAnother], [[1, [1, 2], [1]] as Partition]].flatMap(topicsOf) },
    'partition 0 of a has 1 of 2 replicas in sync',
    false,
  ],
] as const) {
  test(`of a cluster is told ${what}`, () => {
    assert.deepEqual(findAilment(metadata, [1, 2]), { what: expected, wantsElection });
  });
}

test('of a cluster with all brokers, replicas and preferred leaders there is nothing to tell', () => {
  assert.equal(findAilment(told([2, 1], [well, well]), [1, 2]), undefined);
});
