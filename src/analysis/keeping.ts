/** Says what keeps an acknowledged message when a broker is lost, and whether that promises that none is. Pure. */
import type { DurabilitySettings } from '../results/durability.ts';
import { brokerConfigOf } from '../results/fingerprint.ts';
import type { CellPromise } from '../results/header.ts';
import type { StoredRun } from '../results/read.ts';
import type { StoredTrial } from '../results/schema.ts';

type Environment = StoredRun['environment'];

/** Kafka's own, where neither the topic nor the brokers say. */
const defaults = { 'min.insync.replicas': '1', 'unclean.leader.election.enable': 'false' } as const;

/** What was in effect in a trial: the topic's own settings as the brokers told them, else the scenario's, else the brokers'. */
export function keepingOf(
  { acks, idempotence, topic }: CellPromise,
  { effective }: Pick<StoredTrial, 'effective'>,
  environment: Environment,
): DurabilitySettings {
  const ofBrokers = brokerConfigOf(environment);
  const setting = (name: keyof typeof defaults, asked: number | boolean | null | undefined): string =>
    String(effective.topic[name] ?? asked ?? ofBrokers[name] ?? defaults[name]);
  return {
    acks,
    idempotence,
    replicationFactor: topic === undefined || topic.isExisting ? null : (topic.replicationFactor ?? usual(environment)),
    minInsyncReplicas: Number(setting('min.insync.replicas', topic?.minInsyncReplicas)),
    uncleanLeaderElection: setting('unclean.leader.election.enable', topic?.uncleanLeaderElection) === 'true',
  };
}

/** As many replicas as there are brokers, up to three: what a scenario gets that names no number. */
function usual({ cluster }: Environment): number | null {
  const nodes = (cluster as { readonly nodeIds?: readonly unknown[] } | undefined)?.nodeIds?.length ?? 0;
  return nodes === 0 ? null : Math.min(3, nodes);
}

/**
 * Whether acknowledged messages may be lost with a broker. At acks=all none is, as long as an acknowledgement stands for two replicas and only
 * one that has all of them may lead. What is not known permits nothing.
 */
export const maybeLost = ({
  acks,
  minInsyncReplicas,
  replicationFactor,
  uncleanLeaderElection,
}: DurabilitySettings): boolean =>
  acks !== 'all' ||
  minInsyncReplicas < 2 ||
  (replicationFactor !== null && replicationFactor < 2) ||
  uncleanLeaderElection;
