/** A trial's ground without any broker: a simulated one, new for each trial. */
import { plainText } from '../drivers/driver.ts';
import { createSimulatedBroker, type SimulatedSettings } from '../drivers/simulated.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { TrialPlace } from './events.ts';
import type { Ground } from './ground.ts';

/** Which messages are hit follows from the scenario's seed, and is the same in every trial of a cell and block. */
export function simulatedGround({ simulated, topic }: Scenario, { block }: TrialPlace, seed: number): Ground {
  const { count, partitions } = topic.lifetime === 'existing' ? { count: 1, partitions: 1 } : topic;
  const broker = createSimulatedBroker(settingsOf(simulated), {
    topics: count,
    partitionsPerTopic: partitions,
    seed: seed + block,
  });
  return {
    topics: Array.from({ length: count }, (_, i) => `simulated-${i}`),
    partitionsPerTopic: partitions,
    isShared: false,
    brokers: [],
    security: plainText,
    groups: { ofTrial: '', lasting: '' },
    topicConfig: {},
    pacing: 'spin',
    simulatedBroker: broker.handle,
    endOffsets: async () => broker.endOffsets(),
    logStarts: async () => broker.logStarts(),
    placeGroups: async () => new Map(),
    committed: () => null,
    windowBeginsAt: (hostMicros, commonStartMicros, measureMicros) =>
      broker.windowBeginsAt(hostMicros, commonStartMicros, measureMicros),
    injected: () => broker.injected(),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function settingsOf({ serviceTime, generatorStall, freeze, ...rest }: Scenario['simulated']): SimulatedSettings {
  return {
    ...rest,
    serviceTime: {
      kind: serviceTime.kind,
      micros: serviceTime.kind === 'fixed' ? serviceTime.micros : serviceTime.meanMicros,
    },
    freeze: freeze.map(({ at, for: forMicros, every }) => ({
      atMicros: at,
      forMicros,
      ...(every === undefined ? {} : { everyMicros: every }),
    })),
    generatorStall:
      generatorStall === undefined ? null : { everyMicros: generatorStall.every, forMicros: generatorStall.for },
  };
}
