/** `fleet`, `capacity` and `sizing`: many hosts, the search for the highest rate, and what follows from it. */
import { z } from 'zod';
import { BrokerAddresses, Count, Duration, Percent, PositiveDuration, PositiveRate } from './values.ts';

export const Fleet = z.strictObject({
  agents: Count(10_000).describe('load hosts'),
  on: z.enum(['kubernetes', 'compose', 'manual']).default('kubernetes').describe('what places the agents'),
  control: z
    .strictObject({ brokers: BrokerAddresses })
    .optional()
    .describe('the cluster that carries what the agents tell each other; default: one that Highwater starts'),
});

export const Capacity = z.strictObject({
  from: PositiveRate.prefault('1000/s').describe('where the search begins'),
  resolution: Percent.prefault('2%').describe('half-width at which the search ends'),
  budget: PositiveDuration.prefault('10m').describe('time after which the search ends anyway'),
  soak: Duration.prefault('2m').describe('how long the answer is held'),
});

export const Sizing = z.strictObject({
  target: PositiveRate.describe('what the cluster must carry'),
  retention: PositiveDuration.prefault('7d'),
  headroom: Percent.prefault('30%'),
  spareBrokers: z.int().min(0).max(1_000).default(1),
});
