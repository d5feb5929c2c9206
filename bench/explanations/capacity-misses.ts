/** What a rate fails by in a search for capacity. Two more have texts elsewhere: `check` is an exit code, `not-steady` a finding. */
import type { Explanation } from './explanation.ts';

export const capacityMissTexts: Readonly<Record<string, Explanation>> = {
  'acknowledged-late': {
    title: 'too little was acknowledged while the window lasted',
    meaning:
      'Less than 99 % of what was due in the window was acknowledged within it: more came than was carried, and the rest was waiting at its end.',
    remedy: 'None is needed: the search goes on below this rate.',
  },
  errors: {
    title: 'too many messages had no acknowledgement',
    meaning: 'More than 0.1 % of the scheduled messages failed, were never sent, or had no outcome.',
    remedy: 'Where it happens at low rates too, look at the client’s errors: it is no question of capacity then.',
  },
  'backlog-grows': {
    title: 'a backlog may have grown throughout the window',
    meaning:
      'A line through what producers had open, or a group had unread, second by second, may rise by more than 0.5 % of the rate (the upper 95 % bound of its slope counts): for ever, that would be too much.',
    remedy: 'A longer window bounds the slope more closely.',
  },
  'lag-left': {
    title: 'something ended further behind than it began',
    meaning:
      'More than a second’s traffic was added to what was open or unread between the window’s beginning and its end.',
    remedy: 'Where only a group is behind, give it more members: the brokers may carry more.',
    more: 'docs/groups.md',
  },
  'not-drained': {
    title: 'a group did not catch up after the load',
    meaning: 'It had not read everything when the trial gave up waiting for it.',
    remedy: 'Give the group more members, or look for one that stalls.',
    more: 'docs/groups.md',
  },
};
