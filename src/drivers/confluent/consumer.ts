/** Opens a group member on librdkafka: a client of the right settings, whose callbacks are the member's. */
import type { LibrdKafkaError, TopicPartition, TopicPartitionOffset } from '@confluentinc/kafka-javascript';
import type { ConsumerConnection, ConsumerEvents, ConsumerOptions } from '../driver.ts';
import type { Consumer } from './assignment.ts';
import { connectClient, createClient } from './client.ts';
import { pollSetting } from './config.ts';
import { consumerSettings, effectiveConsumer, rebalancePatienceMillis } from './consumer-settings.ts';
import { loadLibrary } from './library.ts';
import { ConfluentMember } from './member.ts';

/** Joins the group; `ready` settles once the member has its partitions and the leader of each has answered a fetch. */
export async function openConsumer(options: ConsumerOptions, events: ConsumerEvents): Promise<ConsumerConnection> {
  const { KafkaConsumer } = loadLibrary();
  const settings = consumerSettings(options);
  const { [pollSetting]: mostPerPoll, ...own } = settings;
  let member: ConfluentMember | undefined;
  const callbacks = {
    rebalance_cb: ({ code }: LibrdKafkaError, partitions: TopicPartition[]) => member?.rebalance({ code, partitions }),
    offset_commit_cb: (error: LibrdKafkaError | undefined, offsets: TopicPartitionOffset[]) =>
      member?.committed(error, offsets),
    queue_non_empty_cb: () => member?.poll(),
    // by itself librdkafka stores what was polled, though the host may not have got it yet
    'enable.auto.offset.store': false,
  };
  const client = createClient('consumer', options, own, all => new KafkaConsumer({ ...all, ...callbacks }) as Consumer);
  const partitions = await connectClient(client, 'consumer', options);
  member = new ConfluentMember({
    client,
    options,
    events,
    effective: effectiveConsumer(options, settings),
    mostPerPoll: Number(mostPerPoll),
    rebalancePatienceMillis: rebalancePatienceMillis(settings),
  });
  if (options.groupProtocol === 'consumer' && options.members > Math.max(...partitions.map(({ length }) => length)))
    member.expectNothing();
  client.subscribe([...options.topics]);
  member.poll();
  return member;
}
