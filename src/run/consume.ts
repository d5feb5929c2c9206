/** Runs a worker's group members: connects them, enters what they read, reports. */
import { loadDriver } from '../drivers/registry.ts';
import type { ConsumeAssignment } from '../plan/assignment.ts';
import { nowMicros } from '../support/clock.ts';
import { windowOf } from './lanes.ts';
import { Member } from './member.ts';
import type { MemberReport, RoleProgress, WorkerReport } from './protocol.ts';
import { newReadSets } from './receipts.ts';
import { threadMeter } from './thread-meter.ts';
import type { RoleEvents, WorkerRole } from './worker-role.ts';

/**
 * Opens the assignment's members; resolves when each has its partitions and has fetched once. Members that come when messages flow must
 * know the trial's common start from the first record on.
 */
export async function openConsumers(
  assignment: ConsumeAssignment,
  events: RoleEvents,
  startMicros: number | null = null,
): Promise<WorkerRole> {
  const { frame } = assignment;
  const window = windowOf(frame);
  const meter = threadMeter();
  const driver = await loadDriver(assignment.driver);
  await using opened = new AsyncDisposableStack();
  const members = openMembers(assignment, events);
  if (startMicros !== null) for (const { receipts } of members) receipts.beginAt(startMicros);
  await Promise.all(
    members.map(async member => member.attach(opened.use(await driver.openConsumer(member.options, member.events)))),
  );
  await Promise.all(members.map(async ({ connection }) => connection?.ready));
  const connections = opened.move();
  return {
    effective: members[0]?.connection?.effective ?? {},
    start(atMicros) {
      meter.watch(atMicros + window.fromMicros, atMicros + window.toMicros);
      for (const { receipts, connection } of members) {
        receipts.beginAt(atMicros);
        connection?.windowBeginsAt?.(atMicros + window.fromMicros);
      }
    },
    stop: async () => undefined,
    reportsLast: true,
    progress: () => progressOf(members, frame.tellsSeconds),
    positions: () => positionsOf(members),
    report: (): WorkerReport => ({
      role: 'consume',
      group: assignment.group,
      delivery: assignment.delivery,
      members: reportsOf(members),
      thread: meter.report(),
    }),
    freeze() {
      for (const member of members) member.freeze();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(members.map(member => member.settle()));
      await connections.disposeAsync();
    },
  };
}

function progressOf(members: readonly Member[], tellsSeconds: boolean): RoleProgress {
  const latency = members.flatMap(member => member.takeLatency());
  const receipts = members.map(member => member.receipts);
  const total = (name: 'duplicatedInWindow' | 'reorderedInWindow'): number =>
    receipts.reduce((sum, one) => sum + one[name], 0);
  return {
    sent: 0,
    acked: 0,
    failed: 0,
    consumed: members.reduce((sum, member) => sum + member.takeConsumed(), 0),
    inFlight: 0,
    behindMicros: null,
    latency,
    judged: tellsSeconds
      ? {
          role: 'consume',
          atMicros: nowMicros(),
          consumed: receipts.flatMap(one => one.consumedPerSecond.take()),
          endToEnd: latency,
          totals: { duplicated: total('duplicatedInWindow'), reordered: total('reorderedInWindow') },
        }
      : null,
  };
}

/** The members; those of one group at the broker keep together what they have read. */
function openMembers(assignment: ConsumeAssignment, events: RoleEvents): Member[] {
  const byGroup = [...Map.groupBy(assignment.members, ({ groupId }) => groupId).values()];
  return byGroup.flatMap(ofGroup => {
    const read = newReadSets(assignment.frame.producers);
    return ofGroup.map(member => new Member(member, assignment, events, read));
  });
}

/** What members keep together is told once. */
function reportsOf(members: readonly Member[]): MemberReport[] {
  const told = new Set<string>();
  return members.map(member => {
    const { groupId } = member.assignment;
    const tellsRead = !told.has(groupId);
    told.add(groupId);
    return member.report(tellsRead);
  });
}

/** Each partition of a group is one member's at a time: the furthest position is the last owner's. */
function positionsOf(members: readonly Member[]): Map<string, Float64Array> {
  const byGroup = Map.groupBy(members, ({ assignment }) => assignment.groupId);
  return new Map(
    [...byGroup].map(([groupId, ofGroup]) => {
      const all = ofGroup.map(({ receipts }) => receipts.nextOffsets);
      return [
        groupId,
        Float64Array.from(all[0] ?? [], (_, i) => Math.max(...all.map(offsets => offsets[i] as number))),
      ];
    }),
  );
}
