/** Removes from a cluster what runs left there: topics and groups by the names that only Highwater gives. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { type Access, withAdmin } from './admin.ts';
import type { Cluster } from './cluster.ts';
import { openClusterAdmin } from './group-offsets.ts';
import { deadRuns } from './runs.ts';
import { topicPrefix } from './topics.ts';

/** What was removed. */
export interface Swept {
  readonly topics: readonly string[];
  readonly groups: readonly string[];
}

const timeoutMillis = 30_000;

/** A member that was killed is taken to be there until its session has timed out: till then its group cannot be deleted. */
async function groupsWithoutMembers(admin: Admin, groups: string[]): Promise<string[]> {
  if (groups.length === 0) return [];
  const described = await admin.describeGroups(groups);
  return described.groups.filter(({ members }) => members.length === 0).map(({ groupId }) => groupId);
}

async function sweepNamed(admin: Admin, prefixes: readonly string[]): Promise<Swept & { readonly isAll: boolean }> {
  const isOurs = (name: string) => prefixes.some(prefix => name.startsWith(prefix));
  const topics = (await admin.listTopics()).filter(isOurs);
  if (topics.length > 0) await admin.deleteTopics({ topics, timeout: timeoutMillis });
  const found = (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter(isOurs);
  const groups = await groupsWithoutMembers(admin, found);
  if (groups.length > 0) await admin.deleteGroups(groups);
  return { topics, groups, isAll: groups.length === found.length };
}

/**
 * Deletes the topics and groups of runs of this host that died on this cluster; runs that live, runs of other hosts and
 * everything without Highwater's names are left alone. `marksFolder` is where `markRun` wrote.
 */
export async function sweepLeftovers(
  cluster: Access & Pick<Cluster, 'clusterId'>,
  prefix: string,
  marksFolder?: string,
): Promise<Swept> {
  const dead = await deadRuns(cluster.clusterId, marksFolder);
  if (dead.length === 0) return { topics: [], groups: [] };
  const prefixes = dead.map(({ runId }) => topicPrefix(prefix, runId));
  const { topics, groups, isAll } = await withAdmin(cluster, admin => sweepNamed(admin, prefixes));
  if (isAll) for (const run of dead) await run.forget();
  return { topics, groups };
}

/** Members that crashed, or that have a name of their own, stay in their group for as long as their session: so long is waited. */
const emptyMillis = 10_000;
const pollMillis = 250;

/**
 * Deletes the consumer groups of a run that has closed its consumers: brokers would keep their offsets for days.
 * @throws Error for groups that still have members after ten seconds
 */
export async function deleteGroups(access: Access, startingWith: string): Promise<void> {
  await withAdmin(access, async admin => {
    const deadline = performance.now() + emptyMillis;
    for (;;) {
      const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
      const ours = groups.filter(group => group.startsWith(startingWith));
      if (ours.length === 0) return;
      const refused = await admin.deleteGroups(ours).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refused === undefined) return;
      if (performance.now() > deadline) throw refused;
      await removeMembers(access, ours);
      await pause(pollMillis);
    }
  });
}

/** Puts members out that are not there any more; those of groups by the new protocol go when their session times out. */
async function removeMembers(access: Access, groupIds: readonly string[]): Promise<void> {
  const admin = openClusterAdmin(access, []);
  try {
    for (const groupId of groupIds)
      await admin.removeMembersFromConsumerGroup({ groupId, members: null }).catch(() => undefined);
  } finally {
    await admin.close();
  }
}
