/** `cluster`: where the brokers are, or how to start some. */
import { z } from 'zod';
import { keysOf } from '../../support/registry.ts';
import { KafkaSettings } from './config.ts';
import { atMostOneOf, type Rule, withRules } from './rules.ts';
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

const pairOf = (one: string, other: string): Rule => ({
  complaints: map =>
    (map[one] === undefined) === (map[other] === undefined)
      ? []
      : [
          {
            path: [],
            message: `"${map[one] === undefined ? one : other}" is missing`,
            hint: `give ${one} and ${other}, or neither`,
            at: 'key',
            code: 'E106',
          },
        ],
  jsonSchema: { dependencies: { [one]: [other], [other]: [one] } },
});

const Tls = withRules(
  z.strictObject({
    ca: FilePath.optional().describe('PEM file of the authorities to trust'),
    cert: FilePath.optional().describe('PEM file of the client certificate'),
    key: FilePath.optional().describe("PEM file of the client certificate's key"),
    passphrase: Text.optional().describe('of the key; from the environment: ${NAME}'),
    serverName: Text.optional().describe('the name that the certificate must bear, where it is not the host'),
  }),
  pairOf('cert', 'key'),
);

/** By mechanism: a user with a password, or whoever a token says. */
const needs = {
  plain: ['username', 'password'],
  'scram-sha-256': ['username', 'password'],
  'scram-sha-512': ['username', 'password'],
  oauthbearer: ['token'],
} as const;

const fittingMechanism: Rule = {
  complaints: map => {
    const mechanism = keysOf(needs).find(name => name === map['mechanism']);
    if (mechanism === undefined) return [];
    const needed: readonly string[] = needs[mechanism];
    const missing = needed.filter(key => map[key] === undefined);
    const unused = ['username', 'password', 'token'].filter(key => map[key] !== undefined && !needed.includes(key));
    return [
      ...missing.map(key => ({
        path: [],
        message: `"${key}" is missing`,
        hint: `${mechanism} needs ${needed.join(' and ')}`,
        at: 'key' as const,
        code: 'E106' as const,
      })),
      ...unused.map(key => ({
        path: [key],
        message: `"${key}" has no meaning with ${mechanism}`,
        hint: `remove ${key}`,
        at: 'key' as const,
      })),
    ];
  },
  jsonSchema: {
    if: { properties: { mechanism: { const: 'oauthbearer' } } },
    // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's word
    then: { required: ['token'], not: { anyOf: [{ required: ['username'] }, { required: ['password'] }] } },
    else: { required: ['username', 'password'], not: { required: ['token'] } },
  },
};

const Sasl = withRules(
  z.strictObject({
    mechanism: z.enum(keysOf(needs)),
    username: Text.optional(),
    password: Text.optional().describe('from the environment: ${NAME}'),
    token: Text.optional().describe('for oauthbearer; from the environment: ${NAME}'),
  }),
  fittingMechanism,
);

/** How clients speak to the brokers, before references to the environment are followed. */
export const Security = z.strictObject({
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

/** Without what is secret, and the file that may hold such: the reader resolves both beside the scenario. */
export const Cluster = ClusterKeys.transform(keys => ({
  source: sourceOf(keys),
  prefix: keys.prefix,
  ...(keys.metrics === undefined ? {} : { metrics: keys.metrics }),
}));
