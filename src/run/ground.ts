/** What a trial stands on: topics on a real broker, or a simulated one. */
import type { BrokerFigures } from '../cluster/broker-figures/source.ts';
import type { ClusterFaults } from '../cluster/faults.ts';
import type { ClientSecurity } from '../drivers/driver.ts';
import type { TrialPositions } from '../plan/assign.ts';
import type { GroupPrefixes, GroupStart } from '../plan/groups.ts';
import type { InjectedFaults } from './measurement.ts';
import type { Pacing } from './pump.ts';

/** Topics that are ready to be written to. Disposing it removes what was made for the trial. */
export interface Ground extends AsyncDisposable {
  readonly topics: readonly string[];
  readonly partitionsPerTopic: number;
  /** Whether others may write there too: then the end offsets count more than this trial's messages. */
  readonly isShared: boolean;
  readonly brokers: readonly string[];
  /** Where the brokers are, where `brokers` are proxies before them. */
  readonly brokersAt?: readonly string[];
  readonly security: ClientSecurity;
  readonly groups: GroupPrefixes;
  /** Whether generator and brokers share this host's cores. */
  readonly pacing: Pacing;
  /** The simulated broker's shared state; undefined with a real one. */
  readonly simulatedBroker: unknown;
  /** What the brokers tell of themselves; undefined where they tell nothing. */
  readonly brokerFigures?: BrokerFigures;
  /** The settings that the topics have of their own; all topics of a trial have the same. */
  readonly topicConfig: Readonly<Record<string, string>>;
  /** By topic and partition: the offset that the next message gets. */
  endOffsets(): Promise<readonly number[]>;
  /** By topic and partition: the first offset that the log still has. */
  logStarts(): Promise<readonly number[]>;
  /**
   * Sees to where groups begin, before their members join. Returns by group the offsets that members without a group at the broker must
   * be told.
   */
  placeGroups(starts: readonly GroupStart[]): Promise<ReadonlyMap<string, TrialPositions>>;
  /** By group at the broker, topic and partition: what it has committed; −1 where it has not. Null where nobody keeps that. */
  committed(groupIds: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>> | null;
  /** Tells when the measured window begins, on the host's clock. */
  windowBeginsAt(hostMicros: number, commonStartMicros: number, measureMicros: number): void;
  /** What can be done to the brokers on purpose; undefined where they were not readied for that. */
  readonly faults?: ClusterFaults;
  /** End offsets and commits, asked for once and not for long: for looks while brokers may be away. */
  readonly glance?: Pick<Ground, 'endOffsets' | 'committed'>;
  /** What a simulated broker did to messages due in the window; null with a real one. */
  injected(): InjectedFaults | null;
}
