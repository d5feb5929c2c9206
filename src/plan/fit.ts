/** Says what a cell asks of a client, or of this host, that it cannot do: refused before any load, never left out in silence. */
import type { Capabilities } from '../drivers/driver.ts';
import { type DriverName, loadDriver } from '../drivers/registry.ts';
import type { KafkaConfig } from '../scenario/blocks/config.ts';
import type { Issue } from '../scenario/issues.ts';
import { issueAt } from '../scenario/matrix.ts';
import type { Path } from '../scenario/paths.ts';
import type { Scenario, ScenarioGroup } from '../scenario/schema.ts';
import { didYouMean } from '../support/registry.ts';

/** A driver's capabilities by its name. */
export type CapabilitiesOf = ReadonlyMap<string, Capabilities>;

/** Loads the drivers that the scenarios name, each once. */
export async function loadCapabilities(scenarios: readonly Scenario[]): Promise<CapabilitiesOf> {
  const names = scenarios.flatMap(({ producers, consumers }) => [
    producers.driver.name,
    ...Object.values(consumers).map(group => group.driver.name),
  ]);
  const entries = [...new Set(names)].map(async name => {
    const { capabilities } = await loadDriver(name as DriverName);
    return [name, capabilities] as const;
  });
  return new Map(await Promise.all(entries));
}

/** What stands in the way of running the cell with its drivers and on its topics. */
export function fitIssues(scenario: Scenario, capabilitiesOf: CapabilitiesOf): Issue[] {
  const { producers, consumers } = scenario;
  const groups = Object.entries(consumers).flatMap(([name, group]) =>
    groupIssues(name, group, capabilitiesOf.get(group.driver.name) as Capabilities),
  );
  return [
    ...producerIssues(scenario, capabilitiesOf.get(producers.driver.name) as Capabilities),
    ...groups,
    ...inSyncIssues(scenario),
    ...keyIssues(scenario),
  ];
}

function producerIssues({ producers }: Scenario, able: Capabilities): Issue[] {
  const { driver, acks, compression, idempotence, partitioning, config } = producers;
  const issues: Issue[] = [];
  const refuse = (key: string, sentence: string, hint: string): void =>
    void issues.push(issueAt('E107', ['producers', key], 'value', sentence, hint));
  if (!able.acks.includes(acks)) {
    refuse('acks', `${driver.name} has no acks ${acks}`, `use ${able.acks.join(', ')}, or another driver`);
  }
  if (!able.compressions.includes(compression)) {
    refuse('compression', `${driver.name} is not set up for ${compression}`, `use ${able.compressions.join(', ')}`);
  }
  if (idempotence && able.idempotence === 'none') {
    refuse('idempotence', `${driver.name} has no idempotent producer`, 'set idempotence: false, or another driver');
  }
  const offered: readonly string[] = able.clientPartitioners;
  if (partitioning.by === 'client' && !offered.includes(partitioning.strategy)) {
    const own = offered.length > 0 ? `, only ${offered.join(', ')}` : '';
    const sentence = `${driver.name} itself does not partition exactly as ${partitioning.strategy} does${own}`;
    refuse('partitioning', sentence, 'set by: harness, which every driver follows');
  }
  return [...issues, ...configIssues(['producers', 'config'], config, driver.name, able.config.producer)];
}

function groupIssues(name: string, group: ScenarioGroup, able: Capabilities): Issue[] {
  const { driver, groupProtocol, config } = group;
  const issues = configIssues(['consumers', name, 'config'], config, driver.name, able.config.consumer);
  if (able.groupProtocols.includes(groupProtocol)) return issues;
  const sentence = `${driver.name} does not speak the group protocol "${groupProtocol}"`;
  const hint = `use ${able.groupProtocols.join(', ')}, or another driver`;
  return [issueAt('E107', ['consumers', name, 'groupProtocol'], 'value', sentence, hint), ...issues];
}

/** Settings under Kafka's names that the client has no counterpart for. */
function configIssues(at: Path, config: KafkaConfig, driver: string, known: readonly string[]): Issue[] {
  return Object.keys(config)
    .filter(name => !known.includes(name))
    .map(name => {
      const near = didYouMean(name, known);
      const list = known.length > 0 ? `${driver} takes ${known.join(', ')}` : 'remove it';
      const hint = near === undefined ? `${list}; its private settings go under options` : `did you mean "${near}"?`;
      return issueAt('E107', [...at, name], 'key', `${driver} has no setting that does what "${name}" does`, hint);
    });
}

/** How many replicas a topic of the cell gets; null where the cluster says it. */
export function replicasOf({ topic, cluster }: Scenario): number | null {
  if (topic.lifetime === 'existing') return null;
  if (topic.replicationFactor !== null) return topic.replicationFactor;
  return cluster.source.kind === 'local' ? Math.min(3, cluster.source.brokers) : null;
}

/** With too few replicas the broker refuses every message that asks for all of them. */
function inSyncIssues(scenario: Scenario): Issue[] {
  const { topic, producers } = scenario;
  const replicas = replicasOf(scenario);
  if (topic.lifetime === 'existing' || replicas === null || producers.driver.name === 'simulated') return [];
  const inSync = Number(topic.config['min.insync.replicas'] ?? 1);
  if (inSync <= replicas || producers.acks !== 'all') return [];
  const sentence = `${inSync} of ${replicas} ${replicas === 1 ? 'replica' : 'replicas'} in sync: no message with acks all would be accepted`;
  const hint = `write ${replicas} or less, or start more brokers: cluster: { local: { brokers: ${inSync} } }`;
  return [issueAt('E107', ['topic', 'config', 'min.insync.replicas'], 'value', sentence, hint)];
}

/** Every worker holds the table of keys: about 112 bytes a key (measured). */
const mostKeys = 10_000_000;

function keyIssues({ messages }: Scenario): Issue[] {
  if (messages.keys.kind === 'none' || messages.keys.distinct <= mostKeys) return [];
  const sentence = `${messages.keys.distinct} keys would take about ${Math.ceil((messages.keys.distinct * 112) / 1e9)} GB in every worker`;
  return [issueAt('E105', ['messages', 'keys', 'distinct'], 'value', sentence, `write ${mostKeys} or less`)];
}
