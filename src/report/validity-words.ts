/** Says what made a trial less than valid, and what to do about it. */
import type { Finding } from '../results/schema.ts';
import { duration, percent, threeDigits, whole } from './numbers.ts';

const number = (finding: Finding, name: string): number => Number(finding[name] ?? 0);
const share = (finding: Finding): string => percent(number(finding, 'share'));

/** What the generator's lag or pause stood against. */
const against = (finding: Finding): string =>
  finding['latencyP99Micros'] === null
    ? ', and there is no latency to hold that against'
    : `, against a latency of ${duration(number(finding, 'latencyP99Micros'))}`;

/** By code. */
export const validitySentences: Readonly<Record<string, (finding: Finding) => string>> = {
  'schedule-not-held': finding =>
    `the generator was late by ${duration(number(finding, 'lagP99Micros'))} at p99 (${duration(number(finding, 'lagP50Micros'))} at p50)${against(finding)}: lower the rate, raise producers.workers, or give it a core of its own`,
  'event-loop-paused': finding =>
    `the generator's event loop paused for ${duration(number(finding, 'gapP999Micros'))} at p99.9 (longest ${duration(number(finding, 'gapMaxMicros'))})${against(finding)}: end what else runs on this host, or give it a core of its own`,
  'garbage-collection': finding =>
    `garbage collection took ${share(finding)} of the generator's time (longest pause ${duration(number(finding, 'maxMicros'))}): raise producers.workers, or choose a driver that makes fewer objects`,
  'generator-busy': finding =>
    `a producing worker was at work for ${share(finding)} of the time, so that messages queued in it: raise producers.workers, or lower the rate`,
  'consumers-busy': finding =>
    `a worker with members of a group was at work for ${share(finding)} of the time, so that messages queued in it: raise consumers.*.workers, or lower the rate`,
  'little-headroom': finding =>
    `the generator alone can send only ${threeDigits(number(finding, 'ratio'))} times the rate that is asked of it: raise producers.workers, or lower the rate`,
  'cpu-pressure': finding =>
    `something on this host waited for a CPU for ${share(finding)} of the time, in the worst ten seconds: end what else runs here, or use a host with more cores`,
  'waited-for-cpu': finding =>
    `the generator stood in line for a CPU for ${share(finding)} of the time, in the worst ten seconds: ${finding['brokers'] === 'here' ? 'use fewer brokers or workers here, put the brokers on other hosts, or end what else runs here' : 'end what else runs here, or use fewer workers than cores'}`,
  throttled: finding =>
    `a CPU quota stopped the generator in ${share(finding)} of its periods: raise the container's CPU limit, or take it away`,
  'cpu-stolen': finding =>
    `the hypervisor gave ${share(finding)} of the CPUs' time to others: use a host of your own, or one that does not share its cores`,
  'not-all-sent': finding =>
    `only ${whole(number(finding, 'sent'))} of ${whole(number(finding, 'scheduled'))} scheduled messages were sent: lower the rate`,
  'nothing-scheduled': () => 'no message was due in the measured window: raise the rate, or measure for longer',
  'group-left-behind': finding =>
    `group "${String(finding['group'])}" could not keep up: lower the rate, or give it more members`,
  'stall-in-trial': finding =>
    `group "${String(finding['group'])}" stalled, so that its latencies are those of the stall: run it again, or try another driver`,
  'cut-short': finding =>
    `a check ended it ${duration(number(finding, 'windowMicros'))} after its window had begun: its figures are those of that time, and no result`,
  'not-warmed-up': () =>
    'the load had not settled when the warm-up was over, so that its figures are those of a system on its way: write load.warmup as a duration to measure it all the same',
  'rebalance-in-window': () =>
    'the group rebalanced while it was measured: raise its session.timeout.ms, or look for what made a member leave',
  'not-measured': finding =>
    `not measured here, so that nothing is known of it: ${(finding['signals'] as readonly string[]).join(', ')}`,
};
