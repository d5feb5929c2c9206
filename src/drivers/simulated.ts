/**
 * The driver of the simulated broker, whose answers are known: how the instrument proves itself.
 * Producers queue at servers in shared memory and acknowledge by the real clock; consumers read stamps from shared logs.
 */
import type { Driver } from './driver.ts';
import { SimulatedConsumer } from './simulated/consumer.ts';
import { SimulatedProducer } from './simulated/producer.ts';

export { createSimulatedBroker, type SimulatedBroker } from './simulated/broker.ts';
export type { SimulatedSettings } from './simulated/settings.ts';

export const driver: Driver = {
  capabilities: {
    host: 'thread',
    acks: [0, 1, 'all'],
    compressions: ['none'],
    idempotence: 'none',
    linger: 'client',
    clientPartitioners: [],
    groupProtocols: ['classic', 'consumer', 'manual'],
    config: { producer: [], consumer: [] },
  },
  clientVersion: async () => 'simulated',
  openProducer: async (options, events) => new SimulatedProducer(options, events),
  openConsumer: async (options, events) => new SimulatedConsumer(options, events),
};
