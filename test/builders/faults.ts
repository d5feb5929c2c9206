/** Builds what was broken in a trial, for tests: what a test does not name is the kill of a leader from which all recovered. */
import type { InjectedFault, TrialFaults } from '../../src/results/faults.ts';

/** A leader that was killed at 5 s, and was back 5 s later. */
export const aFault = (over: Partial<InjectedFault> = {}): InjectedFault => ({
  kind: 'kill',
  asked: 'leader',
  brokers: [1],
  network: null,
  atMicros: 5e6,
  endedAtMicros: 10e6,
  partitionsLed: 2,
  detectedAfterMicros: 3.2e6,
  unavailable: { partitions: 2, longestMicros: 4.1e6, isOver: true },
  latencyNormalAfterMicros: 6e6,
  lagNormalAfterMicros: 7.5e6,
  ...over,
});

/** Those faults, each with two changes of leaders. */
export const someFaults = (...injected: readonly InjectedFault[]): TrialFaults => ({
  injected: [...injected],
  leaderChanges: injected.flatMap(({ atMicros, brokers: [from = null] }) =>
    [0, 1].map(partition => ({ atMicros: atMicros + 3.2e6 + partition, topic: 't', partition, from, to: 2 })),
  ),
  gaps: injected.map(({ atMicros }) => ({
    topic: 't',
    partition: 0,
    fromMicros: atMicros,
    forMicros: 4.1e6,
    isOver: true,
  })),
});
