/** What exit codes mean, which are also the reasons of errors and of results. */
import type { ExitReason } from '../../src/index.ts';
import type { Explanation } from './explanation.ts';

const ci = 'docs/ci.md';

export const exitCodeTexts: Readonly<Record<ExitReason, Explanation>> = {
  ok: {
    title: 'all ran, and nothing that was asked for failed',
    meaning:
      'Every trial finished, enough of them were valid, and all checks passed, or none was asked for. Without --gate it says nothing of a baseline.',
    remedy: 'None is needed.',
  },
  bug: {
    title: 'a defect of Highwater',
    meaning:
      'Something happened that no code expected. Its details were written to a file that stderr names. What was finished before is in the run’s folder and can be read.',
    remedy: 'Report it with that file.',
  },
  usage: {
    title: 'bad input, and nothing ran',
    meaning:
      'A flag, a scenario, a reference to a run or a value is wrong. It was found before any load was made, so that nothing was measured and nothing was left behind.',
    remedy: 'The message names the place and what was probably meant. `highwater validate` checks scenarios alone.',
  },
  environment: {
    title: 'what the run stands on failed',
    meaning:
      'No broker answered, one ended by itself, a client library, Java or Node is missing, or a disk is full. Trials that had finished are kept; the others were not run.',
    remedy: '`highwater doctor` looks at all of it, and says what to do about each.',
  },
  incomplete: {
    title: 'a cell has fewer finished trials than asked',
    meaning:
      'Some trials failed or were never run. The rest is kept and reported, but intervals rest on fewer trials than were planned, and comparisons of that cell may be impossible.',
    remedy: 'The report has each failure’s message. Remove the cause, and run again.',
  },
  invalid: {
    title: 'a cell has fewer valid trials than asked, after re-runs',
    meaning:
      'The generator, not the broker, was the limit in those trials: it was late, paused, short of CPU or stopped. Their figures are shown and feed no summary, comparison, check or baseline.',
    remedy:
      'Lower the rate, raise producers.workers, or end what else runs there. `highwater explain` has each finding by its code.',
    more: 'docs/validity.md',
  },
  check: {
    title: 'a check failed, or found no data',
    meaning:
      'A demand of the scenario (`checks`) was missed in a cell, or nothing was measured that it could be held against: no data is never a pass.',
    remedy: 'The report says in which cell, by how much, and whether its trials agree about it.',
    more: 'docs/checks.md',
  },
  regression: {
    title: 'worse than the baseline',
    meaning:
      'A primary metric of a cell is worse by more than delta: the estimate is beyond it, and the whole interval lies on the bad side.',
    remedy:
      'Look first at what differs between the two sides, which the comparison lists. `highwater baseline save` accepts the new level.',
    more: ci,
  },
  notComparable: {
    title: 'nothing could be compared',
    meaning:
      'There is no baseline of that name, or it is of another scenario or another class of hosts, so that a difference would say nothing. It is neither a pass nor a failure.',
    remedy:
      'Save a baseline on this machine (`highwater baseline save latest`), or run both settings alternately with --against, for which the machine does not matter.',
    more: ci,
  },
  integrity: {
    title: 'delivery was worse than the settings permit',
    meaning:
      'Messages were lost, duplicated or reordered beyond what acks, idempotence, retries and the declared faults allow, or the broker’s end offsets do not agree with the outcomes. Also trials that are otherwise invalid count: a lost message stays lost. Loss that is allowed and that a check forbids is exit code 10.',
    remedy:
      'The report names kind, count, cell and partition. It is a finding about the cluster or the client, until shown otherwise.',
    more: 'docs/groups.md',
  },
  interrupted: {
    title: 'stopped by SIGINT (Ctrl-C)',
    meaning:
      'Messages in flight were waited for, finished trials were saved and reported, and the current one does not count. A second Ctrl-C kills at once.',
    remedy: 'Run again.',
  },
  terminated: {
    title: 'stopped by SIGTERM',
    meaning:
      'As by Ctrl-C: messages in flight were waited for, finished trials were saved and reported, and the current one does not count.',
    remedy: 'Run again; in CI, give the job more time.',
  },
};
