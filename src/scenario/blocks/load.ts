/** `load`: when messages are due. */
import { z } from 'zod';
import type { Micros, Rate } from '../../support/units.ts';
import { atMostOneOf, exactlyOneOf, excludes, withRules } from './rules.ts';
import type { Rule } from './rules.ts';
import { AnyRate, Count, Duration, PositiveDuration, PositiveRate, unitNouns } from './values.ts';

const defaultRate: Rate = { kind: 'messages', perSecond: 1_000 };
const defaultMeasure = 30_000_000 as Micros;

const StageKeys = withRules(
  z.strictObject({
    for: PositiveDuration,
    rate: AnyRate.optional().describe('held for the whole stage'),
    rampTo: AnyRate.optional().describe('reached evenly from the stage before (from 0/s in the first)'),
  }),
  exactlyOneOf('rate', 'rampTo'),
);

/** A stretch of the schedule: the rate is held, or goes evenly from where it is to `rate`. */
export interface Stage {
  readonly kind: 'hold' | 'ramp';
  readonly forMicros: Micros;
  readonly rate: Rate;
}

const Stage = StageKeys.transform(({ for: forMicros, rate, rampTo }): Stage => ({
  kind: rate ? 'hold' : 'ramp',
  forMicros,
  rate: (rate ?? rampTo) as Rate,
}));

/** `arrivals` is for schedules: a closed loop has none. */
const arrivalsNeedSchedule: Rule = {
  complaints: map =>
    map['arrivals'] !== undefined && (map['outstanding'] !== undefined || map['rate'] === 'max')
      ? [
          {
            path: ['arrivals'],
            message: '"arrivals" has no meaning in a closed loop: a message is due when its slot is free',
            hint: 'remove arrivals, or give a rate like 5000/s',
            at: 'key',
          },
        ]
      : [],
  jsonSchema: {
    not: {
      required: ['arrivals'],
      anyOf: [{ required: ['outstanding'] }, { required: ['rate'], properties: { rate: { const: 'max' } } }],
    },
  },
};

const LoadKeys = withRules(
  z.strictObject({
    rate: z
      .union([z.literal('max'), PositiveRate], { error: unitNouns.positiveRate })
      .optional()
      .meta({
        description: 'open loop, over all producers; max: as much as the client takes',
        default: '1000/s',
        examples: ['5000/s', '300MB/s', 'max'],
      }),
    outstanding: Count(10_000_000).optional().describe('closed loop: messages in flight per producer'),
    stages: z
      .array(Stage)
      .min(1)
      .optional()
      .meta({
        description: 'instead of rate and measure',
        examples: [
          [
            { for: '10s', rate: '1000/s' },
            { for: '20s', rampTo: '10000/s' },
          ],
        ],
      }),
    arrivals: z
      .enum(['uniform', 'poisson'])
      .optional()
      .meta({ description: 'how due times spread around the rate', default: 'uniform' }),
    warmup: z
      .union([z.literal('auto'), Duration], { error: unitNouns.duration })
      .prefault('5s')
      .describe('load before the measured window; auto lengthens it until the load is steady'),
    measure: PositiveDuration.optional().meta({ description: 'the measured window', default: '30s' }),
  }),
  atMostOneOf('rate', 'outstanding', 'stages'),
  excludes('stages', ['measure'], 'the stages say how long is measured'),
  arrivalsNeedSchedule,
);

/** What every load has: the measured window and what comes before it. */
export interface Window {
  readonly warmupMicros: Micros | 'auto';
  /** With stages, the sum of them. */
  readonly measureMicros: Micros;
}

export type Load = Window &
  (
    | { readonly kind: 'open'; readonly rate: Rate; readonly arrivals: 'uniform' | 'poisson' }
    | { readonly kind: 'stages'; readonly stages: readonly Stage[]; readonly arrivals: 'uniform' | 'poisson' }
    | { readonly kind: 'closed'; readonly outstanding: number }
    | { readonly kind: 'saturating' }
  );

export const Load = LoadKeys.transform((keys): Load => {
  const { rate = defaultRate, outstanding, stages, arrivals = 'uniform', measure = defaultMeasure } = keys;
  const window = { warmupMicros: keys.warmup, measureMicros: measure };
  if (stages) {
    const measureMicros = stages.reduce((sum, stage) => sum + stage.forMicros, 0) as Micros;
    return { kind: 'stages', stages, arrivals, ...window, measureMicros };
  }
  if (outstanding !== undefined) return { kind: 'closed', outstanding, ...window };
  if (rate === 'max') return { kind: 'saturating', ...window };
  return { kind: 'open', rate, arrivals, ...window };
});
