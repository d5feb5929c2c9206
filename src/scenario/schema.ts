/** The scenario format: one strict schema that is the parser, the types and the JSON Schema. Every default stands here or in `blocks/`. */
import { z } from 'zod';
import type { Micros } from '../support/units.ts';
import { Check, Compare } from './blocks/checks.ts';
import { Cluster } from './blocks/cluster.ts';
import { Consumers } from './blocks/consumers.ts';
import { DriverName } from './blocks/driver.ts';
import { Fault } from './blocks/faults.ts';
import { Load } from './blocks/load.ts';
import { Combine, Exclude, Matrix } from './blocks/matrix.ts';
import { Messages } from './blocks/messages.ts';
import { Producers } from './blocks/producers.ts';
import { Simulated } from './blocks/simulated.ts';
import { Capacity, Fleet, Sizing } from './blocks/studies.ts';
import { Topic } from './blocks/topic.ts';
import { Text, TextMap } from './blocks/values.ts';

/** A scenario's name is a folder's name too. */
const Name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, {
  error: 'a name that can be a folder: letters, digits, dot, underscore and hyphen, beginning with a letter or digit',
});

const ScenarioKeys = z.strictObject({
  name: Name.meta({ description: 'of the experiment, and of the folder of its results', examples: ['acks'] }),
  question: Text.optional().describe('what the experiment is to answer, in a sentence'),
  tags: TextMap.prefault({}).meta({ description: 'kept with the results', examples: [{ team: 'payments' }] }),
  cluster: Cluster.prefault({}).describe('where the brokers are; default: one Apache Kafka started on this host'),
  topic: Topic.prefault({}),
  load: Load.prefault({}).describe('when messages are due'),
  messages: Messages.prefault({}).describe('what is sent'),
  driver: DriverName.prefault('kafkajs').meta({
    description: 'the client library of both sides unless one says otherwise; with a version that release is used',
    examples: ['kafkajs', 'confluent@1.9.0'],
  }),
  producers: Producers.prefault({}),
  consumers: Consumers.prefault({}).describe('groups of consumers by name'),
  simulated: Simulated.prefault({}).describe('the simulated broker of the driver "simulated"'),
  matrix: Matrix.default({}),
  combine: Combine,
  exclude: Exclude.describe('combinations that are left out'),
  faults: z.array(Fault).prefault([]).describe('what breaks, from the start of the measured window'),
  checks: z.array(Check).prefault([]).describe('what must hold'),
  compare: Compare.prefault({}),
  fleet: Fleet.optional().describe('load from many hosts; default: this one'),
  capacity: Capacity.optional().describe('the search for the highest rate (highwater capacity)'),
  sizing: Sizing.optional().describe('what to buy (highwater capacity)'),
  repeat: z.int().min(1).max(1_000).default(5).describe('blocks: trials of each cell'),
  seed: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('of all that is random; default: drawn and printed'),
});

const defaultLinger = 5_000 as Micros;
const simulatedLinger = 0 as Micros;

/** A batch is handled at once, other messages one after the other, unless the scenario says. */
function handlingOf({ handling, commit }: z.output<typeof Consumers>[string]) {
  return { ...handling, concurrency: handling.concurrency ?? (commit.kind === 'batch' ? commit.messages : 1) };
}

/** The schema. What depends on the driver of a side is settled here, so that no later stage needs to ask twice. */
export const Scenario = ScenarioKeys.transform(({ producers, consumers, ...rest }) => {
  const driver = producers.driver ?? rest.driver;
  const linger = producers.linger ?? (driver.name === 'simulated' ? simulatedLinger : defaultLinger);
  const groups = Object.entries(consumers).map(
    ([name, group]) => [name, { ...group, driver: group.driver ?? rest.driver, handling: handlingOf(group) }] as const,
  );
  return { ...rest, producers: { ...producers, driver, linger }, consumers: Object.fromEntries(groups) };
});

/** A scenario with every default in place, in microseconds, bytes and messages. */
export type Scenario = z.output<typeof Scenario>;
/** The settings of one group of consumers. */
export type ScenarioGroup = Scenario['consumers'][string];
/** One demand of the scenario; its limits are in its metric's unit. */
export type ScenarioCheck = Scenario['checks'][number];
