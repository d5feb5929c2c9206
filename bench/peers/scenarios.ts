/** The scenarios that Highwater is compared with. */
import { settings, warmupSecondsOf } from './settings.ts';

/** What differs between them. */
export interface ScenarioChoice {
  readonly driver: string;
  readonly seconds: number;
  /** Partitions of a topic of the trial's own, or the name of one to fill. */
  readonly topic: { readonly partitions: number } | { readonly name: string };
  /** How the consumer of its own gets its partitions; null for none. */
  readonly groupProtocol: string | null;
}

/** One producer at full speed, in one worker, with as many consumers as are asked for: one or none. */
export function maxScenario({ driver, seconds, topic, groupProtocol }: ScenarioChoice): string {
  const onTopic = 'name' in topic ? `lifetime: existing, name: ${topic.name}` : `partitions: ${topic.partitions}`;
  const consumers =
    groupProtocol === null ? '' : `consumers: { reader: { start: earliest, groupProtocol: ${groupProtocol} } }\n`;
  return `name: peers
topic: { ${onTopic} }
load: { rate: max, warmup: ${warmupSecondsOf(seconds)}s, measure: ${seconds}s }
messages: { size: ${settings.valueBytes} }
driver: ${driver}
producers:
  acks: ${settings.acks}
  linger: ${settings.lingerMillis}ms
  batchSize: ${settings.batchSizeBytes}
  maxInFlightRequests: ${settings.inFlight}
${consumers}repeat: 1
`;
}

/** What a driver and a plain loop around its client are both set to. */
export interface LoopScenario {
  readonly driver: string;
  readonly partitions: number;
  readonly valueBytes: number;
  readonly batchSizeBytes: number;
  readonly inFlight: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
}

/** One producer at full speed whose messages go to the partitions in turn. */
export function loopScenario(scenario: LoopScenario): string {
  return `name: plain-loop
topic: { partitions: ${scenario.partitions} }
load: { rate: max, warmup: ${scenario.warmupSeconds}s, measure: ${scenario.seconds}s }
messages: { size: ${scenario.valueBytes} }
driver: ${scenario.driver}
producers:
  acks: 1
  linger: 0ms
  batchSize: ${scenario.batchSizeBytes}
  maxInFlightRequests: ${scenario.inFlight}
  partitioning: round-robin
repeat: 1
`;
}
