/** Says what a cluster lacks to be healthy: brokers, replicas in sync, preferred leaders. */
import type { Metadata, TopicMetadata } from '../../drivers/wire/protocol/apis.ts';
import { noError } from '../../drivers/wire/protocol/errors.ts';

/** What is amiss. Whether an election may put it right: all replicas are there, and another one than the first leads. */
export interface Ailment {
  readonly what: string;
  readonly wantsElection: boolean;
}

const ailment = (what: string, wantsElection = false): Ailment => ({ what, wantsElection });

/** What is amiss with each partition of a topic that is not well. */
function ailmentsOf({ name, code, partitions }: TopicMetadata): Ailment[] {
  if (code !== noError) return [ailment(`topic ${name} is not known yet`)];
  return partitions.flatMap(({ partition, leader, replicas, inSyncReplicas }) => {
    const where = `partition ${partition} of ${name}`;
    const [preferred] = replicas;
    if (leader < 0) return [ailment(`${where} has no leader`)];
    if (inSyncReplicas.length < replicas.length)
      return [ailment(`${where} has ${inSyncReplicas.length} of ${replicas.length} replicas in sync`)];
    if (leader !== preferred) return [ailment(`${where} is led by broker ${leader}, not ${preferred}`, true)];
    return [];
  });
}

/** What is amiss in the cluster of these brokers, by what one of them knows; undefined where nothing is. What an election cannot mend comes first. */
export function findAilment({ brokers, topics }: Metadata, nodes: readonly number[]): Ailment | undefined {
  const there = new Set(brokers.map(({ nodeId }) => nodeId));
  const away = nodes.find(node => !there.has(node));
  if (away !== undefined) return ailment(`broker ${away} has not joined`);
  const found = topics.flatMap(ailmentsOf);
  return found.find(({ wantsElection }) => !wantsElection) ?? found[0];
}
