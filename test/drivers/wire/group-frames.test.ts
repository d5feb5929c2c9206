/** Holds the requests of a group's members to another implementation, byte by byte, and their answers to what it reads there. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  consumerGroupHeartbeatV0,
  consumerGroupHeartbeatV1,
  findCoordinatorV4,
  metadataV10,
  offsetCommitV9,
  offsetFetchV9,
  Reader as OracleReader,
} from '@platformatic/kafka';
import type { Api } from '../../../src/drivers/wire/protocol/apis.ts';
import { BrokerError } from '../../../src/drivers/wire/protocol/errors.ts';
import { offsetCommit, offsetFetch } from '../../../src/drivers/wire/protocol/group-offsets.ts';
import {
  type Beat,
  consumerGroupHeartbeat,
  findCoordinator,
  topicIds,
} from '../../../src/drivers/wire/protocol/groups.ts';
import { Reader } from '../../../src/drivers/wire/protocol/reader.ts';
import {
  beatAnswer,
  coordinatorAnswer,
  offsetCommitAnswer,
  offsetFetchAnswer,
  topicId,
  topicIdsAnswer,
} from './group-answers.ts';

const uuid = '01234567-89ab-cdef-0123-456789abcdef';
const member = { groupId: 'group', memberId: 'member', epoch: 4, instanceId: 'first' };
const nameless = { ...member, instanceId: null };

const joining: Beat = {
  ...nameless,
  epoch: 0,
  rebalanceTimeoutMillis: 300_000,
  topics: ['orders', 'größe'],
  assignor: 'uniform',
  owned: [],
};
const nothingNew = { rebalanceTimeoutMillis: null, topics: null, assignor: null, owned: null };
const owned = [{ topicId, partitions: [0, 300] }];
const theirs = [{ topicId: uuid, partitions: [0, 300] }];

const beats: readonly (readonly [what: string, beat: Beat, oracle: readonly unknown[]])[] = [
  ['joins', joining, ['group', 'member', 0, null, null, 300_000, ['orders', 'größe'], null, 'uniform', []]],
  [
    'has nothing new to say',
    { ...member, ...nothingNew },
    ['group', 'member', 4, 'first', null, -1, null, null, null, null],
  ],
  [
    'says what it owns',
    { ...nameless, ...nothingNew, owned },
    ['group', 'member', 4, null, null, -1, null, null, null, theirs],
  ],
  [
    'owns nothing any more',
    { ...nameless, ...nothingNew, owned: [] },
    ['group', 'member', 4, null, null, -1, null, null, null, []],
  ],
  [
    'leaves for a while',
    { ...member, ...nothingNew, epoch: -2 },
    ['group', 'member', -2, 'first', null, -1, null, null, null, null],
  ],
];

/** Reads an answer to its end. */
function read<T>(api: Api<T>, body: Buffer): T {
  const reader = new Reader(body);
  const value = api.read(reader);
  assert.equal(reader.left, 0);
  return value;
}

/** What the other implementation makes of an answer, whose header's tagged fields are not its parser's. */
function readByOracle<T>(
  { parseResponse }: { parseResponse: (id: number, key: number, version: number, reader: OracleReader) => T },
  body: Buffer,
): T {
  const reader = OracleReader.from(body);
  reader.readTaggedFields();
  return parseResponse(1, 0, 0, reader);
}

/** Behind the header's tagged fields, of which there are none. */
function assertSame(api: Api<unknown>, oracle: { readonly buffer: Buffer }): void {
  assert.equal(api.body[0], 0);
  assert.equal(api.body.subarray(1).toString('hex'), oracle.buffer.toString('hex'));
}

describe('the heartbeat of a member', () => {
  for (const [what, beat, oracle] of beats) {
    for (const [version, { createRequest }] of [consumerGroupHeartbeatV0, consumerGroupHeartbeatV1].entries()) {
      test(`that ${what} is written as another implementation writes it, version ${version}`, () => {
        const api = consumerGroupHeartbeat(beat, version);
        assert.deepEqual([api.key, api.version], [68, version]);
        assertSame(api, createRequest(...(oracle as Parameters<typeof createRequest>)));
      });
    }
  }

  for (const assigned of [null, [], [0, 300]]) {
    test(`is answered with ${JSON.stringify(assigned)} to own`, () => {
      const body = beatAnswer(assigned);
      const answer = read(consumerGroupHeartbeat(joining, 1), body);
      assert.deepEqual(answer, {
        memberId: 'member',
        epoch: 4,
        intervalMillis: 5_000,
        assigned: assigned && [{ topicId, partitions: assigned }],
      });
      const theirAnswer = readByOracle(consumerGroupHeartbeatV1, body);
      assert.deepEqual(
        theirAnswer.assignment?.topicPartitions ?? null,
        assigned && [{ topicId: uuid, partitions: assigned }],
      );
    });
  }
});

describe('the other requests of a member', () => {
  test('FindCoordinator', () => {
    const api = findCoordinator('group');
    assert.deepEqual([api.key, api.version], [10, 4]);
    assertSame(api, findCoordinatorV4.createRequest(0, ['group']));
    const { host, port } = read(api, coordinatorAnswer());
    const [theirCoordinator] = readByOracle(findCoordinatorV4, coordinatorAnswer()).coordinators;
    assert.deepEqual([host, port], [theirCoordinator?.host, theirCoordinator?.port]);
  });

  test('Metadata, for the ids of topics', () => {
    const api = topicIds(['orders', 'größe']);
    assert.deepEqual([api.key, api.version], [3, 10]);
    assertSame(api, metadataV10.createRequest(['orders', 'größe'], false));
    assert.deepEqual([...read(api, topicIdsAnswer())], [['orders', topicId]]);
    const theirTopics = readByOracle(metadataV10, topicIdsAnswer()).topics;
    assert.deepEqual(
      theirTopics.map(topic => [topic.name, topic.topicId]),
      [['orders', uuid]],
    );
  });

  test('OffsetFetch', () => {
    const api = offsetFetch(member, [{ topic: 'orders', partitions: [0, 3] }]);
    assert.deepEqual([api.key, api.version], [9, 9]);
    const topics = [{ name: 'orders', partitionIndexes: [0, 3] }];
    assertSame(
      api,
      offsetFetchV9.createRequest([{ groupId: 'group', memberId: 'member', memberEpoch: 4, topics }], true),
    );
    const found = read(api, offsetFetchAnswer());
    assert.deepEqual(found, [
      { topic: 'orders', partition: 0, offset: 7 },
      { topic: 'orders', partition: 3, offset: -1 },
    ]);
    const theirPartitions = readByOracle(offsetFetchV9, offsetFetchAnswer()).groups[0]?.topics[0]?.partitions ?? [];
    assert.deepEqual(
      theirPartitions.map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)]),
      found.map(({ partition, offset }) => [partition, offset]),
    );
  });

  test('OffsetCommit', () => {
    const offsets = [
      { topic: 'orders', partition: 0, offset: 7 },
      { topic: 'größe', partition: 1, offset: 2 ** 40 },
      { topic: 'orders', partition: 3, offset: 8 },
    ];
    const api = offsetCommit(member, offsets);
    assert.deepEqual([api.key, api.version], [8, 9]);
    const theirs9 = ['orders', 'größe'].map(name => ({
      name,
      partitions: offsets
        .filter(({ topic }) => topic === name)
        .map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: BigInt(offset),
          committedLeaderEpoch: -1,
          committedMetadata: null,
        })),
    }));
    assertSame(api, offsetCommitV9.createRequest('group', 4, 'member', 'first', theirs9));
    read(api, offsetCommitAnswer());
    readByOracle(offsetCommitV9, offsetCommitAnswer());
  });

  for (const [what, readRefused, code, message] of [
    ['a coordinator that is not there yet', () => read(findCoordinator('group'), coordinatorAnswer(15)), 15, /not yet/],
    ['a member that was put out', () => read(consumerGroupHeartbeat(joining, 1), beatAnswer(null, 110)), 110, /FENCED/],
    ['a topic that is missing', () => read(topicIds(['orders']), topicIdsAnswer(3)), 3, /orders/],
    ['offsets for a stranger', () => read(offsetFetch(member, []), offsetFetchAnswer(25)), 25, /UNKNOWN_MEMBER_ID/],
    ['a commit of yesterday', () => read(offsetCommit(member, []), offsetCommitAnswer(113)), 113, /orders-3/],
  ] as const) {
    test(`${what} is refused in the broker's own word`, () => {
      assert.throws(
        readRefused,
        (error: unknown) => error instanceof BrokerError && error.code === code && message.test(error.message),
      );
    });
  }
});
