/** What a plan's warnings mean: what is allowed, and weakens what the figures can say. */
import type { Explanation } from './explanation.ts';

export const warningTexts: Readonly<Record<string, Explanation>> = {
  'W-COLO': {
    title: 'brokers and generator share a host',
    meaning:
      'They compete for the same CPUs, caches and disks. Cells of one run share that alike and can be compared; the absolute figures are those of this host under both loads, and none of the cluster.',
    remedy: 'Name a cluster on other hosts with --brokers for figures that are to be quoted.',
  },
  'W-TRIALS': {
    title: 'fewer trials than an interval needs',
    meaning:
      'The trial is the statistical unit. Below five of each cell the spread from trial to trial is hardly known: a range is shown in place of an interval, and comparisons come out inconclusive.',
    remedy: 'repeat: 5, or --repeat 5; more where `highwater calibrate` says so.',
    more: 'docs/statistics.md',
  },
  'W-SHORT': {
    title: 'too few messages beyond a percentile',
    meaning:
      'A percentile is known by the messages beyond it. With fewer than ten of them in a trial it is a matter of chance which one it falls on: p99.9 takes 10,000 messages.',
    remedy: 'Measure for longer, raise the rate, or judge a lower percentile.',
    more: 'docs/statistics.md',
  },
  'W-SPAN': {
    title: 'a check’s span is longer than the window',
    meaning:
      'A check with `every` is judged on each whole span within the window. None fits, so that it will find no data, which is a failure.',
    remedy: 'Measure for longer, or shorten its every.',
    more: 'docs/checks.md',
  },
  'W-RF1': {
    title: 'acks=all with one replica',
    meaning:
      'The leader is the only replica, so that acks=all waits for nobody else: it costs what acks=1 costs, and promises no more.',
    remedy: 'cluster: { local: { brokers: 3 } } and topic.replicationFactor: 3 make them differ.',
  },
  'W-VOLUME': {
    title: 'the volume of a load without a rate is guessed',
    meaning:
      'A closed loop, or rate: max, sends as fast as it is answered. Messages and disk space are estimated for more than it will reach.',
    remedy: 'Nothing need be done; see that the brokers’ disks can hold the estimate.',
  },
  'W-KEYLESS': {
    title: 'a client’s partitioner without keys',
    meaning:
      'Strategies say where keys go. Messages without one go where the client likes (often sticky, by batch), which differs from client to client.',
    remedy: 'messages.keys gives them keys; producers.partitioning.by: harness lets Highwater decide for all.',
    more: 'docs/partitioning.md',
  },
};
