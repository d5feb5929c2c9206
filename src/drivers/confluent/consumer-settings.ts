/** Says with which settings librdkafka consumes, and which of them the result tells. */
import type { CommitMode, ConsumerOptions, EffectiveSettings } from '../driver.ts';
import { commonDefaults, consumerConfig, pollSetting, publicSettings, type Settings, translate } from './config.ts';

/** Java's defaults where librdkafka has others, and librdkafka's where they say more than a result would else. */
const defaults: Settings = {
  ...commonDefaults,
  'fetch.min.bytes': 1,
  'fetch.max.bytes': 52_428_800,
  'fetch.wait.max.ms': 500,
  'max.partition.fetch.bytes': 1_048_576,
  'queued.min.messages': 100_000,
  'queued.max.messages.kbytes': 65_536,
  'fetch.queue.backoff.ms': 1_000,
  'isolation.level': 'read_uncommitted',
  'check.crcs': false,
  [pollSetting]: 500,
};

/** How often librdkafka tells a member of a group by the newer protocol what goes on. */
const statisticsMillis = 250;

/** To librdkafka an interval of 0 means never. */
const commitSettings = (commit: CommitMode): Settings =>
  commit.kind === 'manual'
    ? { 'enable.auto.commit': false }
    : { 'enable.auto.commit': true, 'auto.commit.interval.ms': Math.max(1, Math.round(commit.everyMicros / 1e3)) };

/** librdkafka's settings, without address, name and secrets; and under Kafka's name the most messages of one poll. */
export const consumerSettings = (options: ConsumerOptions): Settings => ({
  ...defaults,
  'group.id': options.groupId,
  'group.protocol': options.groupProtocol,
  // by the newer protocol brokers assign: librdkafka refuses a strategy of its own, and is not told of being given nothing
  ...(options.groupProtocol === 'classic'
    ? { 'partition.assignment.strategy': 'range,roundrobin' }
    : { 'statistics.interval.ms': statisticsMillis }),
  'auto.offset.reset': options.start,
  ...commitSettings(options.commit),
  ...translate(consumerConfig, options.config),
  ...(options.options as Settings),
});

/** How long a rebalance may wait for a batch, and again for what the host commits: together half of what the group waits. */
export const rebalancePatienceMillis = ({ 'max.poll.interval.ms': longest = 300_000 }: Settings): number =>
  Number(longest) / 4;

/** What the result tells, under Kafka's names where they were asked for or differ, else librdkafka's. */
export function effectiveConsumer({ config }: ConsumerOptions, settings: Settings): EffectiveSettings {
  const { 'group.id': _, 'fetch.wait.max.ms': wait = 500, ...told } = publicSettings(settings);
  return { ...told, 'fetch.max.wait.ms': wait, ...config };
}
