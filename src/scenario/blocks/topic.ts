/** `topic`: the topics of a trial, made for it or found. */
import { z } from 'zod';
import { KafkaSettings } from './config.ts';
import { withRules } from './rules.ts';
import type { Complaint, Rule } from './rules.ts';
import { Count } from './values.ts';

const madeKeys = ['count', 'partitions', 'replicationFactor', 'config'] as const;

function wrongWithMade(map: Readonly<Record<string, unknown>>): Complaint[] {
  if (map['name'] === undefined) return [];
  const hint = 'add lifetime: existing, or set cluster.prefix to change the names of new topics';
  return [{ path: ['name'], message: '"name" is for an existing topic', hint, at: 'key' }];
}

function wrongWithExisting(map: Readonly<Record<string, unknown>>): Complaint[] {
  const wrong: Complaint[] = [];
  if (map['name'] === undefined) {
    wrong.push({
      path: ['lifetime'],
      message: 'an existing topic needs its "name"',
      hint: 'add name: …',
      at: 'value',
      code: 'E106',
    });
  }
  for (const key of madeKeys.filter(made => map[made] !== undefined)) {
    const hint = `remove ${key}: Highwater never changes a topic that it did not make`;
    wrong.push({ path: [key], message: `"${key}" cannot be set on an existing topic`, hint, at: 'key' });
  }
  return wrong;
}

/** An existing topic is what it is; one that Highwater makes gets its name from `cluster.prefix`. */
const nameGoesWithExisting: Rule = {
  complaints: map => (map['lifetime'] === 'existing' ? wrongWithExisting(map) : wrongWithMade(map)),
  jsonSchema: {
    anyOf: [
      {
        properties: { lifetime: { const: 'existing' } },
        required: ['lifetime', 'name'],
        not: { anyOf: madeKeys.map(key => ({ required: [key] })) },
      },
      { properties: { lifetime: { enum: ['trial', 'run'] } }, not: { required: ['name'] } },
    ],
  },
};

const TopicKeys = withRules(
  z.strictObject({
    lifetime: z
      .enum(['trial', 'run', 'existing'])
      .default('trial')
      .describe('trial: new ones for each trial; run: one set for all; existing: never created or deleted'),
    name: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,249}$/, { error: 'a topic name: letters, digits, dot, underscore and hyphen' })
      .optional()
      .describe('of the existing topic'),
    count: Count(10_000).optional().meta({ description: 'how many topics', default: 1 }),
    partitions: Count(100_000).optional().meta({ description: 'of each topic', default: 6 }),
    replicationFactor: Count(32).optional().describe('default: the smaller of 3 and the number of brokers'),
    config: KafkaSettings.optional().meta({
      description: "topic settings under Kafka's own names",
      default: {},
      examples: [{ 'min.insync.replicas': 2 }],
    }),
  }),
  nameGoesWithExisting,
);

export const Topic = TopicKeys.transform(
  ({ lifetime, name = '', count = 1, partitions = 6, replicationFactor = null, config = {} }) =>
    lifetime === 'existing'
      ? ({ lifetime, name } as const)
      : // null: the smaller of 3 and the number of brokers, which is known once there is a cluster
        ({ lifetime, count, partitions, replicationFactor, config } as const),
);
