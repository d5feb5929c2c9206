/** Puts what a scenario asks of its clients under the names that clients use, to be held against what they really used. Pure. */
import type { Scenario, ScenarioGroup } from '../scenario/schema.ts';
import type { AskedSettings } from './schema.ts';

/** What a cell asks of its producers and of each group. */
export function askedOf({ producers, consumers }: Scenario): AskedSettings {
  return {
    producer: producerSettings(producers),
    consumers: Object.fromEntries(Object.entries(consumers).map(([name, group]) => [name, groupSettings(group)])),
  };
}

const millis = (micros: number): number => Math.ceil(micros / 1e3);

function producerSettings(producers: Scenario['producers']): AskedSettings['producer'] {
  const { partitioning } = producers;
  return {
    acks: producers.acks,
    'enable.idempotence': producers.idempotence,
    linger: `${producers.linger} µs`,
    'batch.size': producers.batchSize,
    'compression.type': producers.compression,
    'max.in.flight.requests.per.connection': producers.maxInFlightRequests,
    'request.timeout.ms': millis(producers.requestTimeout),
    'delivery.timeout.ms': millis(producers.deliveryTimeout),
    partitioner: partitioning.by === 'harness' ? 'explicit partition' : partitioning.strategy,
    ...producers.config,
  };
}

function groupSettings({ groupProtocol, start, commit, config }: ScenarioGroup): AskedSettings['producer'] {
  return {
    'group.protocol': groupProtocol,
    'auto.offset.reset': start.kind,
    ...(commit.kind === 'auto' ? { 'auto.commit.interval.ms': millis(commit.everyMicros) } : {}),
    ...config,
  };
}
