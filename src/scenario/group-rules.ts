/** What a consumer group's settings make impossible. One entry a rule. */
import { keysOf } from '../support/registry.ts';
import type { Issue } from './issues.ts';
import { issueAt } from './matrix.ts';
import type { Scenario, ScenarioGroup } from './schema.ts';

interface Rule {
  /** The key of the group to point at. */
  readonly key: string;
  readonly isBroken: (group: ScenarioGroup, scenario: Scenario) => boolean;
  readonly sentence: (group: ScenarioGroup) => string;
  readonly hint: string;
}

const isSimulated = ({ driver }: ScenarioGroup): boolean => driver.name === 'simulated';
/** It begins where something must have been before: an offset, a time, a commit. */
const needsPast = ({ start }: ScenarioGroup): boolean => start.kind !== 'earliest' && start.kind !== 'latest';

/** How many members a group has left after all its churn; negative where more are to end than there are. */
const membersLeft = ({ members, churn }: ScenarioGroup): number =>
  churn.reduce((left, { kind, members: count }) => left + (kind === 'join' ? count : -count), members);

const rules: readonly Rule[] = [
  {
    key: 'start',
    isBroken: (group, { topic }) => needsPast(group) && topic.lifetime === 'trial' && !isSimulated(group),
    sentence: ({ start }) => `a new topic holds nothing to begin with at ${start.kind}`,
    hint: 'add topic: { lifetime: run }, or existing with its name',
  },
  {
    key: 'start',
    isBroken: group => needsPast(group) && isSimulated(group),
    sentence: ({ start }) => `the simulated broker's topics are new: there is nothing to begin with at ${start.kind}`,
    hint: 'use earliest or latest',
  },
  {
    key: 'reset',
    isBroken: ({ reset, groupProtocol }) => reset && groupProtocol === 'manual',
    sentence: () => 'without a group at the broker nothing is committed',
    hint: 'remove reset, or use another group protocol',
  },
  {
    key: 'start',
    isBroken: ({ start, groupProtocol }) => start.kind === 'committed' && groupProtocol === 'manual',
    sentence: () => 'without a group at the broker nothing is committed',
    hint: 'use earliest or latest, or another group protocol',
  },
  {
    key: 'commit',
    isBroken: group => group.commit.kind !== 'auto' && group.groupProtocol === 'manual',
    sentence: () => 'without a group at the broker there is nobody to commit to',
    hint: 'remove commit, or use another group protocol',
  },
  {
    key: 'churn',
    isBroken: group => group.churn.length > 0 && (group.groupProtocol === 'manual' || isSimulated(group)),
    sentence: () => "without a group at the broker nobody takes over a member's partitions",
    hint: 'use another group protocol, on a real broker',
  },
  {
    key: 'churn',
    isBroken: ({ churn, delivery }) => churn.length > 0 && delivery === 'broadcast',
    sentence: () => "with broadcast every member has a group of its own: nobody takes over a member's partitions",
    hint: 'use unicast',
  },
  {
    key: 'churn',
    isBroken: group => membersLeft(group) < 1,
    sentence: ({ members }) => `of ${members} members none would be left to read`,
    hint: 'let one stay',
  },
  {
    key: 'backlog',
    isBroken: ({ backlog }, { producers }) => backlog > 0 && producers.acks === 0,
    sentence: () => 'at acks 0 nobody knows how many messages wait',
    hint: 'use acks 1 or all',
  },
];

/** Every rule that a group of the scenario breaks. */
export function groupIssues(scenario: Scenario): Issue[] {
  const { consumers } = scenario;
  return keysOf(consumers).flatMap(name => {
    const group = consumers[name] as ScenarioGroup;
    return rules
      .filter(({ isBroken }) => isBroken(group, scenario))
      .map(({ key, sentence, hint }) => issueAt('E107', ['consumers', name, key], 'value', sentence(group), hint));
  });
}
