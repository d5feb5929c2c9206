/** The contract of drivers as a suite of tests: what Highwater relies on, whichever client is under test. */
import { specifyBatching } from './contract/batching.ts';
import { specifyClosing } from './contract/closing.ts';
import { specifyCommits } from './contract/commits.ts';
import { specifyContent } from './contract/content.ts';
import { specifyGroups } from './contract/groups.ts';
import { specifyOutcomes } from './contract/outcomes.ts';
import type { Subject } from './contract/subject.ts';

/** Registers the tests of one driver. What it cannot do is skipped with the reason. */
export function specifyDriver(subject: Subject): void {
  specifyOutcomes(subject);
  specifyBatching(subject);
  specifyContent(subject);
  specifyGroups(subject);
  specifyCommits(subject);
  specifyClosing(subject);
}
