/** `cluster`: where the brokers are, or how to start some. */
import { z } from 'zod';
import { KafkaSettings } from './config.ts';
import { atMostOneOf, withRules } from './rules.ts';
import { BrokerAddress, BrokerAddresses, Count, FilePath, Text } from './values.ts';

/** The Kafka that local brokers run unless the scenario names another. */
export const defaultKafkaVersion = '4.3.1';

const LocalCluster = z.strictObject({
  brokers: Count(32).default(1).describe('how many brokers to start on this host; three make a controller quorum'),
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, { error: 'a version like 4.3.1' })
    .default(defaultKafkaVersion)
    .describe('the release of Apache Kafka'),
  config: KafkaSettings.prefault({}).describe("broker settings under Kafka's own names"),
});

const Tls = z.strictObject({
  ca: FilePath.optional().describe('PEM file of the authorities to trust'),
  cert: FilePath.optional().describe('PEM file of the client certificate'),
  key: FilePath.optional().describe("PEM file of the client certificate's key"),
  passphrase: Text.optional().describe('of the key; from the environment: ${NAME}'),
  serverName: Text.optional().describe('the name that the certificate must bear, where it is not the host'),
});

const Sasl = z.strictObject({
  mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer']),
  username: Text.optional(),
  password: Text.optional().describe('from the environment: ${NAME}'),
  token: Text.optional().describe('for oauthbearer; from the environment: ${NAME}'),
});

const Security = z.strictObject({
  tls: z
    .union([z.literal(true), Tls])
    .optional()
    .describe('true trusts the authorities that Node trusts'),
  sasl: Sasl.optional(),
});

const Metrics = withRules(
  z.strictObject({
    prometheus: z
      .array(z.string().regex(/^https?:\/\/[^\s]+$/, { error: 'a URL that begins with http:// or https://' }))
      .min(1)
      .optional(),
    jmx: z.array(BrokerAddress).min(1).optional(),
  }),
  atMostOneOf('prometheus', 'jmx'),
);

const ClusterKeys = z.strictObject({
  brokers: BrokerAddresses.optional().meta({
    description: 'an existing cluster; comes before compose and local',
    examples: [['localhost:9092']],
  }),
  compose: FilePath.optional().describe('a docker-compose.yml to start; comes before local'),
  local: LocalCluster.prefault({}).describe('Apache Kafka started on this host, on free ports'),
  properties: FilePath.optional().describe('a Kafka client properties file, as the perf tools take it'),
  security: Security.optional().describe('secret: appears in no output, result or report'),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, { error: 'letters, digits, dot, underscore and hyphen' })
    .default('highwater.')
    .describe('of every topic, group and transactional id that Highwater names'),
  metrics: Metrics.optional().describe("the brokers' own figures; local brokers need none"),
});

/** Where the brokers come from. */
export type BrokerSource =
  | { readonly kind: 'external'; readonly brokers: readonly string[] }
  | { readonly kind: 'compose'; readonly file: string }
  | ({ readonly kind: 'local' } & z.output<typeof LocalCluster>);

function sourceOf({ brokers, compose, local }: z.output<typeof ClusterKeys>): BrokerSource {
  if (brokers) return { kind: 'external', brokers };
  if (compose !== undefined) return { kind: 'compose', file: compose };
  return { kind: 'local', ...local };
}

export const Cluster = ClusterKeys.transform(({ brokers, compose, local, ...rest }) => ({
  source: sourceOf({ brokers, compose, local, ...rest }),
  ...rest,
}));
