/** What the findings mean that make a trial less than valid. */
import type { Explanation } from './explanation.ts';

const more = 'docs/validity.md';

export const validityFindingTexts: Readonly<Record<string, Explanation>> = {
  'schedule-not-held': {
    title: 'the generator sent later than the schedule said',
    meaning:
      'Latency counts from when a message was due, so that the generator’s own lateness is in it. Up to 5 % of the latency at p50 and p99 is let pass; beyond 20 % at p99 the trial is invalid.',
    remedy: 'Lower the rate, raise producers.workers, give the generator a core of its own.',
    more,
  },
  'event-loop-paused': {
    title: 'the generator’s event loop stood still',
    meaning:
      'Between two turns of the loop something else ran, or nothing. Messages due meanwhile were late, and what came in waited to be seen.',
    remedy: 'End what else runs on the host, or give the generator a core of its own.',
    more,
  },
  'garbage-collection': {
    title: 'garbage collection took the generator’s time',
    meaning:
      'While JavaScript’s memory is tidied nothing is sent or seen. More than 1 % of the window, or pauses that show in the tail, are told; beyond 5 % the trial is invalid.',
    remedy: 'Raise producers.workers, or choose a driver that makes fewer objects per message.',
    more,
  },
  'generator-busy': {
    title: 'a producing worker had little time left',
    meaning:
      'Above 60 % of its time at work messages queue in the worker, and that queue is in the latency. Above 85 % the trial is invalid.',
    remedy: 'Raise producers.workers, or lower the rate.',
    more,
  },
  'consumers-busy': {
    title: 'a consuming worker had little time left',
    meaning: 'As generator-busy, on the side that reads: endToEnd has the worker’s own queue in it.',
    remedy: 'Raise consumers.*.workers, or lower the rate.',
    more,
  },
  'little-headroom': {
    title: 'the generator alone can hardly send so much',
    meaning:
      'Into a client that takes everything at once, the same workers managed less than twice the rate that is asked of them. Below 1.3 times the trial is invalid.',
    remedy: 'Raise producers.workers, or lower the rate.',
    more,
  },
  'cpu-pressure': {
    title: 'something on this host waited for a CPU',
    meaning:
      'Linux counts the time in which anything that could run had to wait (PSI). Its worst ten seconds of the window count: above 5 % it is told, above 20 % the trial is invalid.',
    remedy: 'End what else runs there, or use a host with more cores.',
    more,
  },
  'waited-for-cpu': {
    title: 'the generator stood in line for a CPU',
    meaning:
      'Its threads could have run and were not let: what was due then was late by no fault of the broker. Its worst ten seconds of the window count.',
    remedy: 'Use fewer brokers or workers on this host, put brokers elsewhere, end what else runs there.',
    more,
  },
  throttled: {
    title: 'a CPU quota stopped the generator',
    meaning:
      'The control group (a container’s limit) had used up its quota and was stopped until the next period, up to 100 ms later: the tail of the latency is the quota’s.',
    remedy: 'Raise the container’s CPU limit, or take it away.',
    more,
  },
  'cpu-stolen': {
    title: 'the hypervisor gave CPU time to others',
    meaning:
      'This virtual machine had work and was not run (steal). Above 1 % it is told, above 5 % the trial is invalid.',
    remedy: 'Use a host of your own, or one that does not share its cores.',
    more,
  },
  'not-all-sent': {
    title: 'not every scheduled message was sent',
    meaning:
      'The client or the broker took less than was asked until the window’s end. Those that were not sent are counted as such and have no latency.',
    remedy: 'Lower the rate.',
    more,
  },
  'nothing-scheduled': {
    title: 'no message was due in the window',
    meaning: 'The window is shorter than the time between two messages, so that there is nothing to be measured.',
    remedy: 'Raise the rate, or measure for longer.',
    more,
  },
  'group-left-behind': {
    title: 'a group could not keep up',
    meaning:
      'It was still reading when the wait for it was over: its latencies are those of what it read, and not of the load.',
    remedy: 'Lower the rate, or give the group more members.',
    more: 'docs/groups.md',
  },
  'stall-in-trial': {
    title: 'a client stopped reading in this trial',
    meaning:
      'Partitions had messages and an owner, and were not read on. That is a fact about the client; the latencies are those of the stall. The trial is degraded.',
    remedy: 'Run it again, or try another driver.',
    more: 'docs/groups.md',
  },
  'cut-short': {
    title: 'a check ended the trial before its time',
    meaning:
      'A check with `abort` was missed. The figures are those of the time until then, and show why it was ended: they are no result.',
    remedy: 'Look at the finding aborted-by-check beside it.',
    more: 'docs/checks.md',
  },
  'not-warmed-up': {
    title: 'the load had not settled when the warm-up was over',
    meaning: '`warmup: auto` found no level within its maximum, so that the figures are those of a system on its way.',
    remedy: 'Write load.warmup as a duration to measure it all the same, or look for what drifts.',
    more: 'docs/history.md',
  },
  'rebalance-in-window': {
    title: 'a group was rebalanced while it was measured',
    meaning: 'Nothing in the scenario asked for it: the figures are those of the rebalance, not of the group.',
    remedy: 'Raise its session.timeout.ms, or look for what made a member leave.',
    more: 'docs/groups.md',
  },
  'not-measured': {
    title: 'signals of validity that the system does not give',
    meaning:
      'Some figures exist on Linux alone, or not for windows below a second. They make no trial worse, but what is not known is not fine: the finding names them.',
    remedy: 'Run on Linux, outside restricted containers, for a second at least.',
    more,
  },
};
