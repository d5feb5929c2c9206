/** Runs a worker's group members: connects them, enters what they read, reports. */
import type { ConsumerConnection, ConsumerEvents } from '../drivers/driver.ts';
import { loadDriver } from '../drivers/registry.ts';
import type { SecondHistogram } from '../measure/recorder.ts';
import type { ConsumeAssignment } from '../plan/assignment.ts';
import { nowMicros } from '../support/clock.ts';
import { serializeError } from '../support/errors.ts';
import { windowOf } from './lanes.ts';
import { byPartition } from './produce.ts';
import type { MemberReport, WorkerProgress, WorkerReport } from './protocol.ts';
import { Receipts } from './receipts.ts';
import { threadMeter } from './thread-meter.ts';
import type { RoleEvents, WorkerRole } from './worker-role.ts';

interface Member {
  readonly index: number;
  readonly receipts: Receipts;
  connection: ConsumerConnection | null;
  readonly partitions: Map<number, readonly number[]>;
  /** Assignments, in µs on the host's clock. */
  readonly assignedAtMicros: number[];
  readonly latency: SecondHistogram[];
  consumed: number;
  error: Error | null;
}

/** Opens the assignment's members; resolves when each has its partitions and has fetched once. */
export async function openConsumers(assignment: ConsumeAssignment, events: RoleEvents): Promise<WorkerRole> {
  const { frame } = assignment;
  const window = windowOf(frame);
  const meter = threadMeter();
  const driver = await loadDriver(assignment.driver);
  await using opened = new AsyncDisposableStack();
  const members = assignment.members.map(index => newMember(index, assignment));
  let startMicros = Infinity;
  await Promise.all(
    members.map(async member => {
      const options = clientOptions(member.index, assignment);
      member.connection = opened.use(await driver.openConsumer(options, memberEvents(member, events)));
    }),
  );
  await Promise.all(members.map(async member => member.connection?.ready));
  const connections = opened.move();
  return {
    effective: members[0]?.connection?.effective ?? {},
    start(atMicros) {
      startMicros = atMicros;
      meter.watch(startMicros + window.fromMicros, startMicros + window.toMicros);
      for (const { receipts, connection } of members) {
        receipts.beginAt(startMicros);
        connection?.windowBeginsAt?.(startMicros + window.fromMicros);
      }
    },
    stop: async () => undefined,
    progress: () => progressOf(members),
    positions: () => positionsOf(members),
    report: (): WorkerReport => ({
      role: 'consume',
      group: assignment.group,
      members: members.map(member => reportOf(member, assignment, startMicros)),
      thread: meter.report(),
    }),
    [Symbol.asyncDispose]: () => connections.disposeAsync(),
  };
}

function newMember(index: number, { frame }: ConsumeAssignment): Member {
  const receipts = new Receipts({
    runStamp: frame.runStamp,
    window: windowOf(frame),
    producers: frame.producers,
    topics: frame.topics.length,
    partitionsPerTopic: frame.partitionsPerTopic,
  });
  return {
    index,
    receipts,
    connection: null,
    partitions: new Map(),
    assignedAtMicros: [],
    latency: [],
    consumed: 0,
    error: null,
  };
}

function clientOptions(member: number, { client, frame, groupId, memberCount }: ConsumeAssignment) {
  return {
    ...client,
    member,
    members: memberCount,
    groupId,
    brokers: frame.brokers,
    clientId: `${frame.clientIdPrefix}-consumer-${member}`,
    topics: frame.topics,
    security: frame.security,
    simulatedBroker: frame.simulatedBroker,
    stampIn: frame.stampIn,
  };
}

function memberEvents(member: Member, events: RoleEvents): ConsumerEvents {
  return {
    assigned(topic, partitions) {
      member.partitions.set(topic, partitions);
      member.assignedAtMicros.push(nowMicros());
    },
    batch(records, receivedMicros) {
      member.receipts.batch(records, receivedMicros);
      member.consumed += records.count;
      events.moved();
    },
    failed(error) {
      member.error = error;
    },
  };
}

/** Each partition is one member's at a time: the furthest position is the last owner's. */
function positionsOf(members: readonly Member[]): Float64Array {
  const all = members.map(({ receipts }) => receipts.nextOffsets);
  return Float64Array.from(all[0] ?? [], (_, i) => Math.max(...all.map(offsets => offsets[i] as number)));
}

function progressOf(members: readonly Member[]): WorkerProgress {
  const latency: SecondHistogram[] = [];
  let consumed = 0;
  for (const member of members) {
    const recent = member.receipts.endToEnd.take();
    member.latency.push(...recent);
    latency.push(...recent);
    consumed += member.consumed;
    member.consumed = 0;
  }
  return { sent: 0, acked: 0, consumed, inFlight: 0, latency };
}

function reportOf(member: Member, { frame }: ConsumeAssignment, startMicros: number): MemberReport {
  const { receipts } = member;
  return {
    member: member.index,
    partitions: [...member.partitions].flatMap(([topic, partitions]) =>
      partitions.map(partition => `${frame.topics[topic]}-${partition}`),
    ),
    inWindow: {
      consumed: receipts.consumedInWindow,
      duplicated: receipts.duplicatedInWindow,
      reordered: receipts.reorderedInWindow,
    },
    completedInWindow: receipts.completedInWindow,
    foreign: receipts.foreign,
    read: receipts.read.map(set => set.toData()),
    endToEnd: [...member.latency, ...receipts.endToEnd.take()],
    memberEndToEnd: receipts.memberEndToEnd.toData(),
    consumedPerSecond: receipts.consumedPerSecond.toData(),
    endToEndByPartition: byPartition(receipts.endToEndByPartition, receipts.consumedByPartition.length),
    consumedByPartition: receipts.consumedByPartition,
    rebalancesAtMicros: member.assignedAtMicros.map(at => at - startMicros).filter(at => at > 0),
    error: member.error === null ? null : serializeError(member.error),
  };
}
