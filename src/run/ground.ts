/** What a trial stands on: topics on a real broker, or a simulated one. */
import type { ClientSecurity } from '../drivers/driver.ts';
import type { InjectedFaults } from './measurement.ts';
import type { Pacing } from './pump.ts';

/** Topics that are ready to be written to. Disposing it removes what was made for the trial. */
export interface Ground extends AsyncDisposable {
  readonly topics: readonly string[];
  readonly partitionsPerTopic: number;
  /** Whether others may write there too: then the end offsets count more than this trial's messages. */
  readonly isShared: boolean;
  readonly brokers: readonly string[];
  readonly security: ClientSecurity;
  /** Before every group's name at the broker. */
  readonly groupPrefix: string;
  /** Whether generator and brokers share this host's cores. */
  readonly pacing: Pacing;
  /** The simulated broker's shared state; undefined with a real one. */
  readonly simulatedBroker: unknown;
  /** The settings that the topics have of their own; all topics of a trial have the same. */
  readonly topicConfig: Readonly<Record<string, string>>;
  /** By topic and partition: the offset that the next message gets. */
  endOffsets(): Promise<readonly number[]>;
  /** Tells when the measured window begins, on the host's clock. */
  windowBeginsAt(hostMicros: number, commonStartMicros: number, measureMicros: number): void;
  /** What a simulated broker did to messages due in the window; null with a real one. */
  injected(): InjectedFaults | null;
}
