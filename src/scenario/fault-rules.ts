/** What makes a fault impossible in its scenario: times, targets, and brokers that nobody here can stop. */
import type { Issue } from './issues.ts';
import { issueAt } from './matrix.ts';
import type { Scenario } from './schema.ts';

type Fault = Scenario['faults'][number];
type WrittenFault = Exclude<Fault, { readonly random: unknown }>;

/** Kinds that need hold of a broker's process or of its disk. */
const processKinds = ['kill', 'pause', 'restart', 'rollingRestart', 'fillDisk'] as const;

/** A paused broker goes on after so long, unless the scenario says. */
export const usualPauseMicros = 5e6;

/** The share of the window that stays whole before the first random fault, so that there is a time to compare with. */
export const wholeShare = 0.1;

/** Every fault of the scenario that cannot come about as it is written. */
export function faultIssues(scenario: Scenario): Issue[] {
  const { faults, producers } = scenario;
  const [first] = faults;
  if (first === undefined) return [];
  if (producers.driver.name === 'simulated') {
    const hint = 'use another driver, or simulated: { freeze: … }';
    return [
      issueAt('E107', ['faults'], 'value', 'the simulated broker has no processes and no network to break', hint),
    ];
  }
  const issues = faults.flatMap((fault, i) =>
    'random' in fault ? randomIssues(scenario, fault.random, i) : writtenIssues(scenario, fault, i),
  );
  return [...issues, ...overlapIssues(scenario), ...rollingIssues(scenario)];
}

function randomIssues(
  { load, cluster }: Scenario,
  { count, for: forMicros }: Extract<Fault, { readonly random: unknown }>['random'],
  index: number,
): Issue[] {
  const path = ['faults', index, 'random'];
  const issues: Issue[] = [];
  if (cluster.source.kind !== 'local') issues.push(notOurs([...path], 'brokers'));
  const takesMicros = count * forMicros;
  const spanMicros = load.measureMicros * (1 - wholeShare);
  if (takesMicros > spanMicros) {
    const sentence = `${count} faults of ${forMicros / 1e6} s need ${takesMicros / 1e6} s, and nine tenths of the window are ${spanMicros / 1e6} s`;
    issues.push(issueAt('E107', [...path, 'count'], 'value', sentence, 'measure for longer, or ask for fewer'));
  }
  return issues;
}

const notOurs = (path: readonly (string | number)[], what: string): Issue =>
  issueAt(
    'E107',
    [...path],
    'value',
    `${what} can be stopped only where Highwater has started them itself`,
    'use cluster: { local: { brokers: 3 } }, or a network fault',
  );

function writtenIssues({ load, cluster, topic, fleet }: Scenario, fault: WrittenFault, index: number): Issue[] {
  const issues: Issue[] = [];
  const refuse = (key: string, sentence: string, hint: string): void =>
    void issues.push(issueAt('E107', ['faults', index, key], 'value', sentence, hint));
  if (fault.at >= load.measureMicros) {
    refuse('at', `the window is over after ${load.measureMicros / 1e6} s`, 'begin sooner, or measure for longer');
  }
  const kind = processKinds.find(one => fault[one] !== undefined);
  if (kind !== undefined && cluster.source.kind !== 'local') issues.push(notOurs(['faults', index, kind], 'brokers'));
  if (fault.rollingRestart !== undefined && fault.for !== undefined)
    refuse('for', 'a rolling restart lasts until every broker is back', 'remove for');
  if (fault.network !== undefined && fleet !== undefined) {
    const sentence = 'the network is broken by proxies on this host, which the agents of a fleet do not reach';
    refuse('network', sentence, 'remove fleet, or choose another fault');
  }
  issues.push(...targetIssues({ cluster, topic }, fault, index), ...networkIssues(fault, index));
  return issues;
}

/** The key of a fault that says whom it hits, and whom. */
function targetOf({ kill, pause, restart, fillDisk, network }: WrittenFault) {
  const targets = { kill, pause, restart, fillDisk, network: network?.broker };
  const [named] = Object.entries(targets).filter(([, target]) => target !== undefined);
  return named === undefined ? null : { key: named[0], target: named[1] };
}

function targetIssues(
  { cluster, topic }: Pick<Scenario, 'cluster' | 'topic'>,
  fault: WrittenFault,
  index: number,
): Issue[] {
  const named = targetOf(fault);
  if (named === null) return [];
  const { key, target } = named;
  const path = key === 'network' ? ['faults', index, key, 'broker'] : ['faults', index, key];
  const { source } = cluster;
  if (typeof target === 'number' && source.kind === 'local' && (target < 1 || target > source.brokers)) {
    const sentence = source.brokers === 1 ? 'there is broker 1 alone' : `there are brokers 1 to ${source.brokers}`;
    return [issueAt('E107', path, 'value', sentence, 'name one of them, or add cluster: { local: { brokers: 3 } }')];
  }
  if (typeof target !== 'object' || topic.lifetime === 'existing' || target.leaderOf < topic.partitions) return [];
  const sentence = `the topic has ${topic.partitions === 1 ? 'partition 0 alone' : `partitions 0 to ${topic.partitions - 1}`}`;
  return [issueAt('E107', [...path, 'leaderOf'], 'value', sentence, 'name one of them')];
}

function networkIssues({ network, for: forMicros }: WrittenFault, index: number): Issue[] {
  if (network === undefined) return [];
  const path = ['faults', index, 'network'];
  const { latency, jitter, bandwidth, cut, halfOpen, reset } = network;
  const lasts = Boolean(latency) || Boolean(jitter) || bandwidth !== undefined || cut === true || halfOpen === true;
  if (!lasts && reset !== true) {
    const hint = 'add latency, jitter, bandwidth, cut, halfOpen or reset';
    return [issueAt('E107', path, 'value', 'nothing is done to the network', hint)];
  }
  if (!lasts && forMicros !== undefined) {
    const sentence = 'connections are reset once: that does not last';
    return [issueAt('E107', ['faults', index, 'for'], 'value', sentence, 'remove for, or use cut: true')];
  }
  if (bandwidth !== undefined && (bandwidth.kind !== 'bytes' || bandwidth.perSecond === 0)) {
    const sentence = bandwidth.kind === 'bytes' ? 'nothing would pass' : 'a bandwidth is in bytes, not in messages';
    return [
      issueAt('E107', [...path, 'bandwidth'], 'value', sentence, 'write it like 10MB/s; halfOpen lets nothing pass'),
    ];
  }
  return [];
}

/** A broker that is down cannot be killed: two faults of its process that name it must not overlap. */
function overlapIssues({ faults, load }: Scenario): Issue[] {
  const spans = faults.flatMap((fault, index) => {
    if ('random' in fault || fault.network !== undefined) return [];
    const named = targetOf(fault);
    if (named === null || typeof named.target !== 'number') return [];
    const lastsMicros = fault.for ?? usualMicros(fault, load.measureMicros);
    return [{ index, key: named.key, broker: named.target, from: fault.at, to: fault.at + lastsMicros }];
  });
  return spans.flatMap((span, i) => {
    const other = spans
      .slice(0, i)
      .find(({ broker, from, to }) => broker === span.broker && from < span.to && span.from < to);
    if (other === undefined) return [];
    const sentence = `broker ${span.broker} is still under the fault at ${other.from / 1e6} s`;
    return [issueAt('E107', ['faults', span.index, span.key], 'value', sentence, 'begin later, or shorten the other')];
  });
}

/** A rolling restart needs all brokers, and waits for those that are down: not for one that stays so. */
function rollingIssues({ faults }: Scenario): Issue[] {
  const written = faults.map(fault => ('random' in fault ? null : fault));
  const staysDown = (fault: WrittenFault | null): boolean =>
    fault !== null && fault.for === undefined && (fault.kill !== undefined || fault.fillDisk !== undefined);
  return written.flatMap((fault, index) => {
    if (fault?.rollingRestart === undefined) return [];
    const other = written.find(one => staysDown(one) && (one?.at ?? 0) <= fault.at);
    if (!other) return [];
    const sentence = `a broker is down from ${other.at / 1e6} s until the load has ended, and it needs all of them`;
    return [issueAt('E107', ['faults', index, 'rollingRestart'], 'value', sentence, 'give the other fault a for')];
  });
}

function usualMicros({ at, pause, restart }: WrittenFault, measureMicros: number): number {
  if (pause !== undefined) return usualPauseMicros;
  return restart === undefined ? measureMicros - at : 0;
}
