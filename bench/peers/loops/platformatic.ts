/** A plain loop around @platformatic/kafka. */
import { Producer } from '@platformatic/kafka';
import { keepInFlight, type OpenLoop } from './loop.ts';

export const openLoop: OpenLoop = async ({ brokers, topic, partitions, messagesPerBatch, inFlight, makeValue }) => {
  const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
    clientId: 'plain-loop',
    bootstrapBrokers: [...brokers],
    autocreateTopics: false,
    maxInflights: inFlight,
    // it closes a connection that does not answer within its own five seconds otherwise
    requestTimeout: 30_000,
    timeout: 30_000,
  });
  return {
    run: (isOver, acked) =>
      keepInFlight(inFlight, isOver, async () => {
        const messages = [];
        for (let k = 0; k < messagesPerBatch * partitions; k++)
          messages.push({ topic, partition: k % partitions, value: makeValue() });
        await producer.send({ messages, acks: 1 });
        acked(messages.length);
      }),
    close: () => producer.close(),
  };
};
