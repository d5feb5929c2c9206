/** One group's member at work: its client, what it owns, and what it has read. */
import type { ConsumerConnection, ConsumerEvents, ConsumerOptions } from '../drivers/driver.ts';
import { KeptSeconds } from '../measure/kept-seconds.ts';
import type { SecondHistogram } from '../measure/recorder.ts';
import type { SequenceSet } from '../measure/sequences.ts';
import type { ConsumeAssignment, MemberAssignment } from '../plan/assignment.ts';
import { nowMicros } from '../support/clock.ts';
import { serializeError } from '../support/errors.ts';
import { Handler, isPlain } from './handling.ts';
import { windowOf } from './lanes.ts';
import type { MemberReport } from './protocol.ts';
import { Receipts } from './receipts.ts';
import type { RoleEvents } from './worker-role.ts';

/** A promise for who is held back until its worker dies. */
const never = new Promise<void>(() => undefined);

export class Member {
  readonly assignment: MemberAssignment;
  readonly receipts: Receipts;
  readonly #group: ConsumeAssignment;
  readonly #events: RoleEvents;
  readonly #handler: Handler | null;
  /** By topic. */
  readonly #owned = new Map<number, readonly number[]>();
  readonly #latency = new KeptSeconds();
  #reported = 0;
  #connection: ConsumerConnection | null = null;
  #isFrozen = false;
  #error: Error | null = null;

  /** `read`: by producer, what the members of its group in this worker have read. */
  constructor(
    assignment: MemberAssignment,
    group: ConsumeAssignment,
    events: RoleEvents,
    read: readonly SequenceSet[],
  ) {
    const { frame, handling } = group;
    this.assignment = assignment;
    this.#group = group;
    this.#events = events;
    this.receipts = new Receipts({
      runStamp: frame.runStamp,
      window: windowOf(frame),
      producers: frame.producers,
      keys: frame.keys,
      topics: frame.topics.length,
      partitionsPerTopic: frame.partitionsPerTopic,
      read,
    });
    this.#handler = isPlain(handling)
      ? null
      : new Handler(
          handling,
          this.receipts,
          positions => this.#connection?.commit(positions) ?? Promise.reject(new Error('The client is not open.')),
          () => events.moved(),
        );
  }

  /** What to open its client with. Its name in the group, where it has one, is its own. */
  get options(): ConsumerOptions {
    const { client, frame } = this.#group;
    const { member, groupId, place, places } = this.assignment;
    const name = client.config['group.instance.id'];
    return {
      ...client,
      config: name === undefined ? client.config : { ...client.config, 'group.instance.id': `${name}-${member}` },
      member: place,
      members: places,
      groupId,
      brokers: frame.brokers,
      clientId: `${frame.clientIdPrefix}-consumer-${member}`,
      topics: frame.topics,
      security: frame.security,
      simulatedBroker: frame.simulatedBroker,
      stampIn: frame.stampIn,
    };
  }

  /** What its client tells. */
  get events(): ConsumerEvents {
    return {
      assigned: (topic, partitions) => {
        this.#handler?.own(topic, partitions);
        this.#owned.set(topic, [...partitions]);
        this.#tellOwned();
      },
      revoking: (topic, partitions) => {
        const left = (this.#owned.get(topic) ?? []).filter(partition => !partitions.includes(partition));
        this.#owned.set(topic, left);
        this.#tellOwned();
        return this.#handler?.revoke(topic, partitions);
      },
      batch: (records, receivedMicros) => {
        if (this.#isFrozen) return never;
        if (this.#handler !== null) return this.#handler.take(records);
        this.receipts.batch(records, receivedMicros);
        this.#events.moved();
        return undefined;
      },
      failed: error => {
        this.#error = error;
      },
    };
  }

  /** Gives the member its client. */
  attach(connection: ConsumerConnection): void {
    this.#connection = connection;
  }

  get connection(): ConsumerConnection | null {
    return this.#connection;
  }

  /** Hands nothing over any more and commits nothing, as if the process had died. */
  freeze(): void {
    this.#isFrozen = true;
    this.#handler?.abandon();
  }

  /** Ends what is in hand, and commits it. */
  async settle(): Promise<void> {
    await this.#handler?.close();
  }

  /** Records read since the last call. */
  takeConsumed(): number {
    const recent = this.receipts.consumed - this.#reported;
    this.#reported = this.receipts.consumed;
    return recent;
  }

  /** Latencies recorded since the last call. */
  takeLatency(): SecondHistogram[] {
    const recent = this.receipts.endToEnd.take();
    this.#latency.add(recent);
    return recent;
  }

  /** What it has measured; without what was read, where another member that keeps it too tells of it. */
  report(tellsRead: boolean): MemberReport {
    const { receipts } = this;
    const { topics } = this.#group.frame;
    return {
      member: this.assignment.member,
      groupId: this.assignment.groupId,
      partitions: [...this.#owned].flatMap(([topic, partitions]) =>
        partitions.map(partition => `${topics[topic]}-${partition}`),
      ),
      inWindow: {
        consumed: receipts.consumedInWindow,
        duplicated: receipts.duplicatedInWindow,
        reordered: receipts.reorderedInWindow,
      },
      completedInWindow: receipts.completedInWindow,
      total: {
        consumed: receipts.consumed,
        duplicated: receipts.duplicated,
        offsetsAgain: receipts.byPartition.reduce((sum, of) => sum + (of?.ledger.repeated ?? 0), 0),
      },
      reorderedPerKey: receipts.keyOrder?.late ?? null,
      keyPartitions: receipts.keyOrder?.partitions ?? new Int16Array(),
      readAt: Array.from(receipts.byPartition, of => of?.ledger.toData() ?? null),
      jumps: receipts.jumps,
      nextOffsets: receipts.nextOffsets,
      handling: this.#handler?.counts ?? null,
      foreign: receipts.foreign,
      read: tellsRead ? receipts.read.map(set => set.toData()) : [],
      endToEnd: [...this.#latency.toData(), ...receipts.endToEnd.take()],
      memberEndToEnd: receipts.memberEndToEnd(),
      consumedPerSecond: receipts.consumedPerSecond.toData(),
      endToEndByPartition: Array.from(receipts.byPartition, of => (of?.consumed ? of.endToEnd.toData() : null)),
      consumedByPartition: Float64Array.from(receipts.byPartition, of => of?.consumed ?? 0),
      error: this.#error === null ? null : serializeError(this.#error),
    };
  }

  #tellOwned(): void {
    const { group } = this.#group;
    const { member, groupId } = this.assignment;
    const owned = [...this.#owned].flatMap(([topic, partitions]) =>
      partitions.map(partition => this.receipts.placeOf(topic, partition)),
    );
    this.#events.owns({ group, groupId, member, atMicros: nowMicros(), owned });
  }
}
