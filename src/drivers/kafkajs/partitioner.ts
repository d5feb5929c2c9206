/** Chooses partitions within kafkajs, which asks for a message's partition once an attempt: so retries are counted. */
import { type ICustomPartitioner, Partitioners } from 'kafkajs';
import type { ProducerOptions } from '../driver.ts';
import type { TrackedMessage } from './messages.ts';

const explicitPartitioner: ICustomPartitioner = () => args => args.message.partition as number;

/** The partitioner that was asked for; it adds messages that are sent again to `retried`. */
export function partitionerFor(
  strategy: ProducerOptions['clientPartitioner'],
  retried: { messages: number },
): ICustomPartitioner {
  const create = strategy === 'murmur2' ? Partitioners.DefaultPartitioner : explicitPartitioner;
  return () => {
    const choose = create();
    return args => {
      const message = args.message as TrackedMessage;
      if (message.wasSent) retried.messages++;
      else message.wasSent = true;
      return choose(args);
    };
  };
}
