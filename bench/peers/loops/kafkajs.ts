/** A plain loop around kafkajs. */
import { connect } from 'node:net';
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { keepInFlight, type OpenLoop } from './loop.ts';

export const openLoop: OpenLoop = async ({ brokers, topic, partitions, messagesPerBatch, inFlight, makeValue }) => {
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId: 'plain-loop',
    logLevel: logLevel.NOTHING,
    // Nagle off, as the driver has it: the loops must differ in nothing but Highwater
    socketFactory: ({ host, port, onConnect }) => connect({ host, port, noDelay: true }, onConnect),
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: inFlight });
  await producer.connect();
  return {
    run: (isOver, acked) =>
      keepInFlight(inFlight, isOver, async () => {
        const messages = [];
        for (let k = 0; k < messagesPerBatch * partitions; k++)
          messages.push({ partition: k % partitions, value: makeValue() });
        await producer.sendBatch({ acks: 1, compression: CompressionTypes.None, topicMessages: [{ topic, messages }] });
        acked(messages.length);
      }),
    close: () => producer.disconnect(),
  };
};
