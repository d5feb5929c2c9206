/** Rules over several blocks: what holds for the whole file, and what must hold in each cell. */
import { isDeepStrictEqual } from 'node:util';
import { didYouMean, keysOf } from '../support/registry.ts';
import type { Issue } from './issues.ts';
import { shown } from './issues.ts';
import { groupsOf, issueAt } from './matrix.ts';
import { metrics } from '../measure/metrics.ts';
import { faultIssues } from './fault-rules.ts';
import { groupIssues } from './group-rules.ts';
import { isMap, valueAt } from './paths.ts';
import type { Path, RawDocument } from './paths.ts';
import type { Scenario, ScenarioCheck } from './schema.ts';
import { ownKeyOf } from './suggest.ts';

/** What is wrong across the blocks of a file, whatever its cells are. */
export function fileIssues(raw: RawDocument): Issue[] {
  return [...selectionIssues(raw), ...checkGroupIssues(raw), ...unusedSimulation(raw), ...configIssues(raw)];
}

/** Every place that names factors and their levels. */
function selectionsOf(raw: RawDocument): { readonly path: Path; readonly selection: Record<string, unknown> }[] {
  const lists = (['exclude', 'checks'] as const).flatMap(key => {
    const list = raw[key];
    return Array.isArray(list) ? list.map((_, i) => (key === 'checks' ? [key, i, 'where'] : [key, i])) : [];
  });
  return [...lists, ['compare', 'reference']].flatMap(path => {
    const selection = valueAt(raw, path);
    return isMap(selection) ? [{ path, selection }] : [];
  });
}

function selectionIssues(raw: RawDocument): Issue[] {
  const matrix = isMap(raw['matrix']) ? raw['matrix'] : {};
  return selectionsOf(raw).flatMap(({ path, selection }) =>
    keysOf(selection).flatMap(factor => {
      const at = [...path, factor];
      if (!Object.hasOwn(matrix, factor)) return [unknownFactor(at, factor, keysOf(matrix))];
      const levels = levelsOf(matrix[factor]);
      const chosen = selection[factor];
      if (!Array.isArray(chosen))
        return levels.some(level => isDeepStrictEqual(level, chosen)) ? [] : [unknownLevel(at, chosen, levels)];
      return chosen.flatMap((one, i) =>
        levels.some(level => isDeepStrictEqual(level, one)) ? [] : [unknownLevel([...at, i], one, levels)],
      );
    }),
  );
}

const levelsOf = (factor: unknown): readonly unknown[] =>
  Array.isArray(factor) ? factor : isMap(factor) ? keysOf(factor) : [];

function unknownFactor(path: Path, factor: string, factors: readonly string[]): Issue {
  const near = didYouMean(factor, factors);
  const list = factors.length > 0 ? `factors here: ${factors.join(', ')}` : 'this scenario has no matrix';
  const hint = near === undefined ? list : `did you mean "${near}"?`;
  return issueAt('E112', path, 'key', `${JSON.stringify(factor)} is no factor of the matrix`, hint);
}

function unknownLevel(path: Path, level: unknown, levels: readonly unknown[]): Issue {
  const texts = levels.map(one => (typeof one === 'string' ? one : JSON.stringify(one)));
  const hint = texts.includes(String(level))
    ? `write ${String(level)} as the matrix does`
    : `write one of ${texts.join(', ')}`;
  return issueAt('E113', path, 'value', `${shown(level, path)} is no level of this factor`, hint);
}

function checkGroupIssues(raw: RawDocument): Issue[] {
  const checks = Array.isArray(raw['checks']) ? raw['checks'] : [];
  const groups = groupsOf(raw);
  return checks.flatMap((check: unknown, i) => {
    const group = valueAt(check, ['group']);
    if (typeof group !== 'string') return [];
    const path = ['checks', i, 'group'];
    if (!groups.includes(group)) {
      const near = didYouMean(group, groups);
      const list = groups.length > 0 ? `groups here: ${groups.join(', ')}` : 'this scenario has no consumers';
      const hint = near === undefined ? list : `did you mean "${near}"?`;
      return [issueAt('E113', path, 'value', `there is no group ${JSON.stringify(group)}`, hint)];
    }
    const metric = valueAt(check, ['metric']);
    if (typeof metric !== 'string' || !Object.hasOwn(metrics, metric)) return [];
    if (metrics[metric as keyof typeof metrics].perGroup) return [];
    return [issueAt('E107', path, 'value', `${metric} is not measured by group`, 'remove group')];
  });
}

/** Settings of the simulated broker that no cell would use. */
function unusedSimulation(raw: RawDocument): Issue[] {
  if (raw['simulated'] === undefined) return [];
  const groupDrivers = groupsOf(raw).map(group => valueAt(raw, ['consumers', group, 'driver']));
  const written = [raw['driver'], valueAt(raw, ['producers', 'driver']), ...groupDrivers];
  const isVaried = JSON.stringify(raw['matrix'] ?? {}).includes('"simulated"');
  if (isVaried || written.includes('simulated')) return [];
  const hint = 'add driver: simulated, or remove it';
  return [
    issueAt('E107', ['simulated'], 'key', '"simulated" is for the driver of that name, which nothing here uses', hint),
  ];
}

/** Kafka's names for what has a key of its own here would leave two answers to one question. */
function configIssues(raw: RawDocument): Issue[] {
  const blocks: Path[] = [['producers'], ['topic'], ...groupsOf(raw).map(group => ['consumers', group])];
  return blocks.flatMap(block => {
    const config = valueAt(raw, [...block, 'config']);
    if (!isMap(config)) return [];
    return keysOf(config).flatMap(name => {
      const own = ownKeyOf(name);
      if (own === undefined || !own.startsWith(`${String(block[0])}.`)) return [];
      const readable = own.replace('*', String(block[1] ?? ''));
      return [
        issueAt('E107', [...block, 'config', name], 'key', `${name} has a key of its own`, `write ${readable} instead`),
      ];
    });
  });
}

/** What one cell's settings make impossible. `checks` are those that are judged in this cell. */
export function cellIssues(scenario: Scenario, checks: readonly ScenarioCheck[] = scenario.checks): Issue[] {
  return [
    ...sideIssues(scenario),
    ...producerIssues(scenario),
    ...groupIssues(scenario),
    ...topicIssues(scenario),
    ...faultIssues(scenario),
    ...checks.flatMap(check => checkIssue(scenario, check, scenario.checks.indexOf(check)) ?? []),
  ];
}

function sideIssues({ producers, consumers }: Scenario): Issue[] {
  const isSimulated = producers.driver.name === 'simulated';
  return keysOf(consumers).flatMap(name => {
    const driver = consumers[name]?.driver.name;
    if ((driver === 'simulated') === isSimulated) return [];
    const sentence = `it reads with ${driver}, and the producers send with ${producers.driver.name}`;
    return [issueAt('E107', ['consumers', name], 'value', sentence, 'simulated serves both sides or none')];
  });
}

function producerIssues({ producers, load, messages, consumers }: Scenario): Issue[] {
  const issues: Issue[] = [];
  const refuse = (path: Path, sentence: string, hint: string): void =>
    void issues.push(issueAt('E107', path, 'value', sentence, hint));
  const { acks, idempotence, maxInFlightRequests, mode, partitioning } = producers;
  if (idempotence && acks !== 'all') {
    refuse(
      ['producers', 'idempotence'],
      `idempotence needs acks all, not ${acks}`,
      'set acks: all, or exclude this combination',
    );
  }
  if (idempotence && maxInFlightRequests > 5) {
    refuse(['producers', 'maxInFlightRequests'], 'idempotence allows 5 requests in flight', 'write 5 or less');
  }
  if (mode === 'sync' && load.kind === 'closed' && load.outstanding > 1) {
    refuse(
      ['load', 'outstanding'],
      `mode: sync has one message in flight, not ${load.outstanding}`,
      'write 1, or mode: async',
    );
  }
  const isManual = partitioning.strategy === 'manual';
  if (isManual && messages.partitionSequence.length === 0) {
    refuse(
      ['producers', 'partitioning'],
      'manual needs the partitions of the messages',
      'add messages: { partition: { sequence: [0, 1] } }',
    );
  }
  if (!isManual && messages.partitionSequence.length > 0) {
    refuse(
      ['messages', 'partition'],
      `${partitioning.strategy} gives messages their partitions`,
      'set producers.partitioning: manual',
    );
  }
  if (load.warmupMicros === 'auto' && acks === 0 && keysOf(consumers).length === 0) {
    refuse(
      ['load', 'warmup'],
      'auto has nothing to watch: at acks 0 nothing is acknowledged, and no group reads',
      'write a duration like 5s, or add consumers',
    );
  }
  if (load.kind === 'stages' && load.stages.every(stage => stage.rate.perSecond === 0)) {
    refuse(['load', 'stages'], 'no stage sends anything', 'give one a rate above zero');
  }
  return issues;
}

function topicIssues({ topic, cluster, messages }: Scenario): Issue[] {
  if (topic.lifetime === 'existing') return [];
  const { replicationFactor, partitions } = topic;
  const issues: Issue[] = [];
  const { source } = cluster;
  if (source.kind === 'local' && replicationFactor !== null && replicationFactor > source.brokers) {
    const sentence = `${replicationFactor} replicas need as many brokers, and there ${source.brokers === 1 ? 'is' : 'are'} ${source.brokers}`;
    const hint = `write ${source.brokers}, or cluster: { local: { brokers: ${replicationFactor} } }`;
    issues.push(issueAt('E107', ['topic', 'replicationFactor'], 'value', sentence, hint));
  }
  const beyond = messages.partitionSequence.findIndex(partition => partition >= partitions);
  if (beyond !== -1) {
    const sentence = `the topic has ${partitions} partitions: 0 to ${partitions - 1}`;
    issues.push(issueAt('E107', ['messages', 'partition', 'sequence', beyond], 'value', sentence, 'name one of them'));
  }
  return issues;
}

function checkIssue(
  { producers, load, consumers }: Scenario,
  { metric }: ScenarioCheck,
  index: number,
): Issue | undefined {
  const refuse = (why: string, hint: string): Issue =>
    issueAt('E107', ['checks', index, 'metric'], 'value', `${metric} has no data: ${why}`, hint);
  const { needs } = metrics[metric];
  const isClosed = load.kind === 'closed' || load.kind === 'saturating';
  if (needs === 'schedule' && isClosed)
    return refuse('a closed loop has no schedule', 'check service, or give load a rate');
  if (needs === 'consumers' && keysOf(consumers).length === 0)
    return refuse('nobody consumes', 'add consumers, or remove the check');
  const needsAcks = needs === 'acknowledgements' || metric.startsWith('ack.');
  if (needsAcks && producers.acks === 0) {
    return refuse('acks 0 acknowledges nothing', 'add where: { producers.acks: [1, all] }, or remove the check');
  }
  return undefined;
}

/** What runs, but not as it reads. */
export function cellWarnings({ topic, cluster }: Scenario, raw: RawDocument): Issue[] {
  const warnings: Issue[] = [];
  if (topic.lifetime !== 'existing') {
    const inSync = Number(topic.config['min.insync.replicas'] ?? 1);
    const replicas =
      topic.replicationFactor ?? (cluster.source.kind === 'local' ? Math.min(3, cluster.source.brokers) : Infinity);
    if (inSync > replicas) {
      const sentence = `${inSync} replicas in sync of ${replicas}: no message with acks all will be accepted`;
      warnings.push(
        issueAt('E107', ['topic', 'config', 'min.insync.replicas'], 'value', sentence, `write ${replicas} or less`),
      );
    }
  }
  const written = ['brokers', 'compose', 'local'].filter(key => valueAt(raw, ['cluster', key]) !== undefined);
  const [used = '', ...unused] = written;
  for (const key of unused) {
    warnings.push(issueAt('E107', ['cluster', key], 'key', `it is not used: ${used} comes first`, `remove ${key}`));
  }
  return warnings;
}
