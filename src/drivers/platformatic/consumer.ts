/** Opens a group's member on @platformatic/kafka, with Java's settings where the library's are others. */
import { HarnessError } from '../../support/errors.ts';
import type { ConsumerConnection, ConsumerEvents, ConsumerOptions, EffectiveSettings } from '../driver.ts';
import { baseOptions, cannotOpen, closeClient, learnTopics } from './client.ts';
import { type Backoff, consumerConfig, memberDefaults, translate } from './config.ts';
import { PlatformaticMember } from './member.ts';
import { WatchedConsumer } from './watched-consumer.ts';

type MemberSettings = ReturnType<typeof memberSettings>;

/** The library's own; a stream that gives up after these is opened again. */
const ownRetries = 3;

/** Joins the group; `ready` settles once the member has its partitions and each of their brokers has answered a fetch. */
export async function openConsumer(options: ConsumerOptions, events: ConsumerEvents): Promise<ConsumerConnection> {
  refuseStrangers(options);
  const { settings: translated, backoff } = translate(consumerConfig, options.config);
  const settings = memberSettings(options, translated, backoff);
  let consumer: WatchedConsumer | null = null;
  let member: PlatformaticMember | null = null;
  try {
    consumer = new WatchedConsumer(settings);
    await learnTopics(consumer, options.topics, settings);
    member = new PlatformaticMember(consumer, options, events, effectiveSettings(options, settings, backoff));
    await member.join();
    return member;
  } catch (cause) {
    if (member !== null) await member[Symbol.asyncDispose]();
    else if (consumer !== null) await abandon(consumer);
    throw cannotOpen('consumer', options, cause);
  }
}

/** By group protocol: what only the other one has. The library would pass over it, and Java's client refuses it. */
const strangers: Readonly<Record<string, readonly string[]>> = {
  classic: ['group.remote.assignor'],
  consumer: ['session.timeout.ms', 'heartbeat.interval.ms'],
};

function refuseStrangers({ groupProtocol, config }: ConsumerOptions): void {
  const named = strangers[groupProtocol]?.filter(name => name in config) ?? [];
  if (named.length === 0) return;
  throw new HarnessError('usage', `The group protocol ${groupProtocol} has no ${named.join(', ')}.`, {
    hint: 'Leave it out: with the protocol consumer the broker decides it.',
  });
}

const abandon = (consumer: WatchedConsumer): Promise<void> =>
  closeClient(
    () => [consumer.connections],
    async () => undefined,
    () => consumer.close(true),
  );

function memberSettings(
  options: ConsumerOptions,
  translated: ReturnType<typeof translate>['settings'],
  backoff: Backoff,
) {
  return {
    ...memberDefaults,
    retries: ownRetries,
    ...baseOptions(options, translated, backoff),
    groupId: options.groupId,
    groupProtocol: options.groupProtocol as 'classic',
    ...options.options,
  };
}

function effectiveSettings(options: ConsumerOptions, settings: MemberSettings, backoff: Backoff): EffectiveSettings {
  return {
    'tcp.nodelay': true,
    'check.crcs': false,
    'group.protocol': settings.groupProtocol,
    ...groupSettings(options, settings),
    'auto.offset.reset': options.start,
    ...commitSettings(options),
    'fetch.min.bytes': settings.minBytes,
    'fetch.max.bytes': settings.maxBytes,
    'fetch.max.wait.ms': settings.maxWaitTime,
    'max.partition.fetch.bytes': settings.maxBytesPerPartition,
    'isolation.level': settings.isolationLevel === 0 ? 'read_uncommitted' : 'read_committed',
    'request.timeout.ms': settings.requestTimeout,
    'metadata.max.age.ms': settings.metadataMaxAge,
    'socket.connection.setup.timeout.ms': settings.connectTimeout,
    retries: settings.retries,
    'retry.backoff.ms': backoff.firstMillis,
    'retry.backoff.max.ms': backoff.mostMillis,
  };
}

const commitSettings = ({ commit }: ConsumerOptions): EffectiveSettings =>
  commit.kind === 'auto'
    ? { 'auto.commit.interval.ms': Math.round(commit.everyMicros / 1e3) }
    : { 'enable.auto.commit': false };

/** With the new protocol the broker says how often to send heartbeats, and how long a member may be silent. */
function groupSettings({ config }: ConsumerOptions, settings: MemberSettings): EffectiveSettings {
  const { rebalanceTimeout, sessionTimeout, heartbeatInterval, groupInstanceId } = settings;
  const name = groupInstanceId === undefined ? {} : { 'group.instance.id': groupInstanceId };
  return settings.groupProtocol === 'classic'
    ? {
        ...name,
        'partition.assignment.strategy': 'roundrobin',
        'session.timeout.ms': sessionTimeout,
        'heartbeat.interval.ms': heartbeatInterval,
        'rebalance.timeout.ms': rebalanceTimeout,
      }
    : {
        ...name,
        'group.remote.assignor': config['group.remote.assignor'] ?? "the broker's",
        'rebalance.timeout.ms': rebalanceTimeout,
      };
}
