/** Opens a group's member on Highwater's own protocol engine: one that a broker gives its partitions, or one that takes them by its number. */
import type { ConsumerConnection, ConsumerEvents, ConsumerOptions } from '../driver.ts';
import { cannotOpen, ClusterView } from './cluster-view.ts';
import { consumerDefaults, type ConsumerSettings, settingsOf } from './config.ts';
import { Fetcher } from './fetcher.ts';
import { GroupMember } from './group/member.ts';
import { ManualMember } from './manual-member.ts';
import type { MemberParts } from './member-parts.ts';

/** A batch that is larger than what was asked for comes whole, and with it what stands around it. */
const frameSlackBytes = 2 ** 27;

/** Opens a member that has its partitions, or has joined its group; `ready` settles once every partition was fetched from. @throws HarnessError `environment` */
export async function openConsumer(options: ConsumerOptions, events: ConsumerEvents): Promise<ConsumerConnection> {
  const settings = settingsOf(consumerDefaults, options.config);
  let fetcher: Fetcher | null = null;
  const view = await openView(options, settings, () => fetcher?.poll());
  const onFailed = (error: Error): void => member.fail(error);
  fetcher = new Fetcher({ options, events, view, settings, onFailed });
  const parts: MemberParts = { options, events, view, settings, fetcher };
  const member = options.groupProtocol === 'manual' ? new ManualMember(parts) : new GroupMember(parts);
  try {
    await member.begin();
    return member;
  } catch (cause) {
    fetcher.close();
    await view[Symbol.asyncDispose]();
    throw cannotOpen(options, cause);
  }
}

const openView = (
  options: ConsumerOptions,
  settings: ConsumerSettings,
  onRefreshed: () => void,
): Promise<ClusterView> =>
  ClusterView.open({
    client: options,
    connectTimeoutMillis: settings['socket.connection.setup.timeout.ms'],
    requestTimeoutMillis: settings['request.timeout.ms'] + settings['fetch.max.wait.ms'],
    mostFrameBytes: settings['fetch.max.bytes'] + frameSlackBytes,
    backoffMillis: settings['retry.backoff.ms'],
    retries: Infinity,
    metadataMaxAgeMillis: settings['metadata.max.age.ms'],
    onRefreshed,
  });
