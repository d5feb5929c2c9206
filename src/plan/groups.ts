/** Says which groups a trial's consumers form at the broker, and where each is to begin. Pure. */
import type { GroupProtocol } from '../drivers/driver.ts';
import type { Scenario, ScenarioGroup } from '../scenario/schema.ts';

/** What stands before the names of groups. */
export interface GroupPrefixes {
  /** Of groups that last as long as the trial. */
  readonly ofTrial: string;
  /** Of groups that go on where they were in the trial, or the run, before: `start: committed`. */
  readonly lasting: string;
}

/** What is to be done for a group before its members join. */
export interface GroupStart {
  /** The group's name in the scenario. */
  readonly group: string;
  /** Its groups at the broker: one, or with broadcast one for each member. */
  readonly groupIds: readonly string[];
  readonly groupProtocol: GroupProtocol;
  readonly start: ScenarioGroup['start'];
  readonly reset: boolean;
}

/** The id at the broker of a member's group. */
export function groupIdOf(name: string, group: ScenarioGroup, member: number, prefixes: GroupPrefixes): string {
  const prefix = group.start.kind === 'committed' ? prefixes.lasting : prefixes.ofTrial;
  return group.delivery === 'broadcast' ? `${prefix}${name}-${member}` : `${prefix}${name}`;
}

/** The starts of all groups of a scenario. */
export function groupStartsOf({ consumers }: Scenario, prefixes: GroupPrefixes): GroupStart[] {
  return Object.entries(consumers).map(([name, group]) => ({
    group: name,
    groupIds: Array.from({ length: group.delivery === 'broadcast' ? group.members : 1 }, (_, member) =>
      groupIdOf(name, group, member, prefixes),
    ),
    groupProtocol: group.groupProtocol,
    start: group.start,
    reset: group.reset,
  }));
}
