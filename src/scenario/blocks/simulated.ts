/** `simulated`: the simulated broker, whose answers are known. */
import { z } from 'zod';
import type { Micros } from '../../support/units.ts';
import { Count, Duration, PositiveDuration, Share, unitNouns } from './values.ts';

/** The time that one message takes in a server. */
export type ServiceTime =
  | { readonly kind: 'fixed'; readonly micros: Micros }
  | { readonly kind: 'exponential'; readonly meanMicros: Micros };

const ServiceTime = z
  .union([Duration, z.strictObject({ exponential: PositiveDuration })], { error: unitNouns.duration })
  .transform((time): ServiceTime =>
    typeof time === 'number' ? { kind: 'fixed', micros: time } : { kind: 'exponential', meanMicros: time.exponential },
  );

const Freeze = z
  .strictObject({ at: Duration, for: PositiveDuration, every: PositiveDuration.optional() })
  .refine(freeze => freeze.every === undefined || freeze.every > freeze.for, {
    path: ['every'],
    message: 'a freeze that repeats before it is over never ends',
    params: { hint: 'make every longer than for', at: 'value' },
  });

const GeneratorStall = z
  .strictObject({ every: PositiveDuration, for: PositiveDuration })
  .refine(stall => stall.every > stall.for, {
    path: ['every'],
    message: 'a stall that repeats before it is over never ends',
    params: { hint: 'make every longer than for', at: 'value' },
  });

export const Simulated = z.strictObject({
  serviceTime: ServiceTime.prefault('0us').meta({
    description: 'that one message takes in a server',
    examples: ['500us', { exponential: '1ms' }],
  }),
  servers: z
    .union([Count(1_000_000), z.literal('unlimited')])
    .default(1)
    .describe('how many messages are served at once; the rest queue, first in first out'),
  freeze: z
    .array(Freeze)
    .prefault([])
    .meta({
      description: 'spans in which no service starts, from the start of the measured window',
      examples: [[{ at: '2s', for: '1s', every: '10s' }]],
    }),
  buffer: z
    .union([Count(1_000_000_000), z.literal('unlimited')])
    .default('unlimited')
    .describe('unacknowledged messages the client may hold; a send beyond it blocks'),
  retain: z
    .union([Count(2 ** 28).min(65_536), z.literal('unlimited')])
    .default('unlimited')
    .describe('messages that each partition keeps: the newest; consumers that fall further behind miss what went'),
  unanswered: Share.default(0).describe('share of messages that are never acknowledged, nor delivered'),
  lose: Share.default(0).describe('share of acknowledged messages that consumers never get'),
  duplicate: Share.default(0).describe('share of acknowledged messages that consumers get twice'),
  reorder: Share.default(0).describe(
    'share of acknowledged messages that consumers get after a later one of the same partition',
  ),
  generatorStall: GeneratorStall.optional().describe("blocks the generator's thread itself"),
});
