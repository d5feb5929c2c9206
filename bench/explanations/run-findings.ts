/** What the findings mean that tell something of a trial besides its figures. */
import type { Explanation } from './explanation.ts';

const groups = 'docs/groups.md';

export const runFindingTexts: Readonly<Record<string, Explanation>> = {
  rebalanced: {
    title: 'rebalances that nobody asked for',
    meaning:
      'While a group changes hands partitions are not read, and messages are read again from the last commit. Within the window it makes the trial invalid (rebalance-in-window).',
    remedy: 'Look for what made a member leave: a session that timed out, a long pause, a broker that went.',
    more: groups,
  },
  'consumers-did-not-catch-up': {
    title: 'a group lacked messages long after the load',
    meaning:
      'When nothing new had been read for some time, the rest counts as lost. Where the group was still reading, it counts as not reached and not as lost, and the trial is invalid (group-left-behind).',
    remedy: 'Lower the rate, or give the group more members.',
    more: groups,
  },
  'consumer-stalled': {
    title: 'a client had messages to read and read nothing',
    meaning:
      'Partitions that had an owner and a backlog were not read on for longer than fetching explains. It is a finding about the client.',
    remedy: 'Try another release or another driver; the trial’s latencies are those of the stall.',
    more: groups,
  },
  'offsets-misplaced': {
    title: 'messages are not where they were said to be',
    meaning:
      'A client acknowledged two messages at one offset, or a group read another message at an offset than was acknowledged there. Latencies are matched by the message’s own stamp and stay right; proofs by offsets do not. Where brokers are broken on purpose and acknowledged messages may be lost, an offset is given again after the message that had it is gone: that is no fault of the client.',
    remedy: 'Without faults it is a defect of that client; report it there.',
    more: groups,
  },
  'offsets-disagree': {
    title: 'the broker holds another number of messages than the outcomes say',
    meaning:
      'Over the whole trial the topics must hold at least what was acknowledged, and at most what was acknowledged, failed, unresolved or sent again. They do not: something was lost or doubled below the client. Where brokers are broken on purpose the topics may hold less, if the settings let acknowledged messages be lost.',
    remedy: 'Where others write to the topic, say so; else it is a finding about delivery (exit code 13).',
  },
  'lag-unknown': {
    title: 'the brokers could not be asked for lag',
    meaning:
      'End offsets or committed offsets were refused or timed out, so that lag has gaps. Nothing else depends on it.',
    remedy: 'The message has the brokers’ reason; often a missing permission to describe groups.',
  },
  'aborted-by-check': {
    title: 'a check ended the trial',
    meaning: 'A check with `abort` was missed while the trial ran; the finding has the demand, the value and the time.',
    remedy: 'It is what was asked for. Without abort the trial would have gone on to its end.',
    more: 'docs/checks.md',
  },
  'memory-guard': {
    title: 'too many messages were in flight',
    meaning:
      'The cluster took so much less than the rate that memory would have run out. Later messages had to wait for earlier ones; they keep their due time, so that the wait is in their latency.',
    remedy: 'Lower the rate: this one is beyond what the cluster takes.',
  },
  'foreign-messages': {
    title: 'messages were read that this trial did not send',
    meaning:
      'Somebody else writes to the topic, or an earlier run’s messages are still in it. They are told apart by their stamp and are in no figure.',
    remedy: 'Let Highwater make its own topics, which is its default.',
  },
  'client-error': {
    title: 'the client reported an error',
    meaning:
      'Counted by message. Messages that failed by it are counted as failed, and are in the latency with the time that it took.',
    remedy: 'The client’s message says what happened; retries that succeeded show here, too.',
  },
  'delivery-broken': {
    title: 'the trial lost, doubled or reordered messages',
    meaning:
      'More than its acks, idempotence, retries and faults permit; the finding has kind and count. With acks=all, two replicas in sync and no unclean election nothing may be lost, whichever brokers break. The run ends with exit code 13.',
    remedy: 'It is a finding about cluster or client. The report has the partitions.',
    more: 'docs/faults.md',
  },
  'not-steady': {
    title: 'the trial had no level over its window',
    meaning:
      'By MSER-5 and a drift test, throughput or latency moved while it was measured. The trial stays valid: its figures are those of a system on its way.',
    remedy: 'Measure for longer, or lengthen the warm-up.',
    more: 'docs/history.md',
  },
  'no-steady-state': {
    title: 'warmup: auto found no level within its maximum',
    meaning:
      'The cell’s pilot was given all the time that it may have, and some series still moved. Its trials are invalid (not-warmed-up).',
    remedy: 'Write load.warmup as a duration to measure it all the same, or look for what drifts.',
    more: 'docs/history.md',
  },
  'clocks-apart': {
    title: 'end-to-end latency is not known across load hosts',
    meaning:
      'A message was produced on one host of the fleet and may have been read on another, by a clock of its own. How far the clocks are apart is known only within the bound that stands with each agent, which is of the size of the latency itself. Latencies until the acknowledgement begin and end on one host, and stand.',
    remedy: 'Measure end-to-end latency with one agent, or with one host alone.',
    more: 'docs/fleet.md',
  },
};
