/** `faults`: what breaks, and when. Times count from the start of the measured window. */
import { z } from 'zod';
import { exactlyOneOf, withRules } from './rules.ts';
import { AnyRate, Count, Duration, PositiveDuration } from './values.ts';

const BrokerNumber = z.int().min(0).max(1_000_000);

const Target = z.union([
  z.enum(['leader', 'controller', 'random']),
  z.strictObject({ leaderOf: z.int().min(0).max(100_000) }),
  BrokerNumber,
]);

const Network = z.strictObject({
  broker: Target.default('leader'),
  link: z
    .enum(['clients', 'brokers'])
    .default('clients')
    .describe('clients: theirs to the broker; brokers: that of the other brokers, which replicate from it'),
  direction: z.enum(['both', 'toBroker', 'fromBroker']).default('both'),
  latency: Duration.optional(),
  jitter: Duration.optional(),
  bandwidth: AnyRate.optional(),
  cut: z.boolean().optional(),
  halfOpen: z.boolean().optional(),
  reset: z.boolean().optional(),
});

const RandomFaults = z.strictObject({
  count: Count(10_000),
  of: z
    .array(z.enum(['kill', 'pause', 'restart']))
    .min(1)
    .default(['kill'])
    .describe('kinds to draw from'),
  for: PositiveDuration.prefault('5s').describe('how long each lasts'),
});

const PlannedFault = withRules(
  z.strictObject({
    at: Duration.describe('from the start of the measured window'),
    for: PositiveDuration.optional(),
    kill: Target.optional().describe('SIGKILL'),
    pause: Target.optional().describe('SIGSTOP, and SIGCONT after for'),
    restart: Target.optional().describe('a clean stop and start'),
    rollingRestart: z.literal(true).optional(),
    fillDisk: BrokerNumber.optional(),
    network: Network.optional(),
  }),
  exactlyOneOf('kill', 'pause', 'restart', 'rollingRestart', 'fillDisk', 'network'),
);

export const Fault = z.union([PlannedFault, z.strictObject({ random: RandomFaults })]);
