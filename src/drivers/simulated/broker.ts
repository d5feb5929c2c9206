/** Makes the memory of a simulated broker, and reads from it what was done to the messages. */
import { randomUUID } from 'node:crypto';
import { Control, type FaultKind } from './memory.ts';
import { allocateLog, viewLogs } from './partition-log.ts';
import { refuseEndlessFreeze, type SimulatedHandle, type SimulatedSettings, type SimulatedTopics } from './settings.ts';

/** A simulated broker as its owner sees it: nothing runs here, the connections do the broker's work. */
export interface SimulatedBroker {
  /** What connections take as `simulatedBroker`; can be cloned to other threads of this process. */
  readonly handle: SimulatedHandle;
  /** Tells when the measured window begins, when the trial began and how long it measures; freezes and counts go by it. */
  windowBeginsAt(hostMicros: number, commonStartHostMicros: number, measureMicros: number): void;
  /** By topic and partition: the offset that the next message gets. Lost messages count: the broker claims to have them. */
  endOffsets(): number[];
  /** By topic and partition: the first offset that the log still has. */
  logStarts(): number[];
  /** How many messages due in the measured window were hit so far. */
  injected(): Record<FaultKind, number>;
}

/** A broker with empty topics. Throws a usage error for freezes that never end. */
export function createSimulatedBroker(settings: SimulatedSettings, topics: SimulatedTopics): SimulatedBroker {
  refuseEndlessFreeze(settings);
  const partitions = topics.topics * topics.partitionsPerTopic;
  const servers = settings.servers === 'unlimited' ? 0 : settings.servers;
  const handle: SimulatedHandle = {
    ...topics,
    id: randomUUID(),
    settings,
    control: Control.allocate(partitions),
    servers: new SharedArrayBuffer(8 * servers),
    logs: Array.from({ length: partitions }, () => allocateLog(settings.retain)),
  };
  const control = new Control(handle.control);
  const logs = viewLogs(handle.logs, control);
  return {
    handle,
    windowBeginsAt: (hostMicros, commonStartHostMicros, measureMicros) =>
      control.setWindow(hostMicros, commonStartHostMicros, measureMicros),
    endOffsets: () => handle.logs.map((_, partition) => control.logLength(partition)),
    logStarts: () => logs.map(({ start }) => start),
    injected: () => ({
      unanswered: control.injected('unanswered'),
      lost: control.injected('lost'),
      duplicated: control.injected('duplicated'),
      reordered: control.injected('reordered'),
    }),
  };
}
