/** `fleet`, `capacity` and `sizing`: many hosts, the search for the highest rate, and what follows from it. */
import { z } from 'zod';
import type { Rate } from '../../support/units.ts';
import {
  BrokerAddresses,
  Count,
  Duration,
  Percent,
  PositiveDuration,
  PositiveRate,
  PositiveSize,
  unitNouns,
} from './values.ts';

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
  budget: PositiveDuration.prefault('10m').describe('time after which the search ends anyway, before it is soaked'),
  soak: Duration.prefault('2m').describe('how long 95 % of what was found is held afterwards; 0 for not at all'),
});

/** A rate that was measured, and how far it may be off: the standard deviation as a share. */
export interface MeasuredRate {
  readonly rate: Rate;
  readonly spread: number;
}

const exactRate = (rate: Rate): MeasuredRate => ({ rate, spread: 0 });

const MeasuredRate = z
  .union([PositiveRate.transform(exactRate), z.strictObject({ rate: PositiveRate, spread: Percent })], {
    error: unitNouns.positiveRate,
  })
  .meta({ examples: ['12MB/s', { rate: '12MB/s', spread: '10%' }] });

const PerPartition = z.strictObject({
  produced: MeasuredRate.optional().describe('what one partition takes from producers'),
  consumed: MeasuredRate.optional().describe('what one partition gives to a group'),
});

const BrokerHardware = z.strictObject({
  diskThroughput: MeasuredRate.optional().describe('that its disks write for as long as it takes'),
  volumeThroughput: MeasuredRate.optional().describe('between it and disks that are attached over a network'),
  network: MeasuredRate.optional(),
  disk: PositiveSize.optional().describe('for logs'),
  cores: Count(10_000).optional(),
  cpuPerMB: PositiveDuration.optional().describe(
    'CPU time that it takes a MB, measured with the same replication, readers and batches',
  ),
});

export const Sizing = z.strictObject({
  target: PositiveRate.describe('what the cluster must carry'),
  retention: PositiveDuration.prefault('7d'),
  headroom: Percent.prefault('30%').describe('share of what a partition can do that is left free'),
  replicationFactor: Count(32).optional().describe('default: the topic’s'),
  spareBrokers: z.int().min(0).max(1_000).default(1).describe('how many brokers may be gone'),
  perPartition: PerPartition.prefault({}).describe(
    'rates of one partition, measured elsewhere; default: as the search finds',
  ),
  broker: BrokerHardware.prefault({}).describe('what one broker has; what is not named limits nothing'),
});
