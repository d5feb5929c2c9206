/** Says what the driver needs of @confluentinc/kafka-javascript and its librdkafka, and another release may not have. */
import { messageOf } from '../../support/errors.ts';
import { absentFrom } from '../absent.ts';
import { type ConsumerOptions, plainText, type ProducerOptions } from '../driver.ts';
import { pollSetting, type Settings } from './config.ts';
import { consumerSettings } from './consumer-settings.ts';
import { loadLibrary } from './library.ts';
import { producerSettings } from './producer-settings.ts';

const methods = {
  Producer: 'connect disconnect isConnected flush getClient queryWatermarkOffsets setPollInBackground',
  KafkaConsumer:
    'connect disconnect isConnected subscribe consume setDefaultConsumeTimeout commit position offsetsStore getWatermarkOffsets ' +
    'assign unassign incrementalAssign incrementalUnassign assignmentLost rebalanceProtocol',
};

const needed = Object.entries(methods).flatMap(([type, names]) =>
  names.split(' ').map(name => `${type}.prototype.${name}`),
);

/** Loads the addon. */
export function absentParts(): string[] {
  const library = loadLibrary();
  const absent = absentFrom(library, ['CODES.ERRORS', ...needed]);
  return absent.length > 0 ? absent : refusedSettings(library);
}

/** librdkafka says itself which settings it does not know, when a client is made; nothing is connected. */
function refusedSettings({ Producer, KafkaConsumer }: ReturnType<typeof loadLibrary>): string[] {
  const { [pollSetting]: _, ...consuming } = consumerSettings({ ...anywhere, ...aConsumer });
  return [
    ...refusal(() => new Producer({ ...producerSettings({ ...anywhere, ...aProducer }), dr_cb: true })),
    ...refusal(() => new KafkaConsumer(consuming as Settings)),
  ];
}

function refusal(make: () => unknown): string[] {
  try {
    make();
    return [];
  } catch (error) {
    return [`setting as the driver needs it: ${messageOf(error)}`];
  }
}

const anywhere = {
  brokers: [],
  clientId: 'none',
  security: plainText,
  topics: [],
  config: {},
  options: {},
  simulatedBroker: undefined,
};

const aProducer: Omit<ProducerOptions, keyof typeof anywhere> = {
  producer: 0,
  content: { stampIn: 'value' } as unknown as ProducerOptions['content'],
  acks: 'all',
  idempotence: true,
  lingerMicros: 5_000,
  batchSizeBytes: 16_384,
  compression: 'none',
  maxInFlightRequests: 5,
  requestTimeoutMicros: 30e6,
  deliveryTimeoutMicros: 120e6,
  clientPartitioner: null,
  queue: 'unbounded',
};

const aConsumer: Omit<ConsumerOptions, keyof typeof anywhere> = {
  groupId: 'none',
  groupProtocol: 'classic',
  start: 'earliest',
  commit: { kind: 'auto', everyMicros: 5e6 },
} as Omit<ConsumerOptions, keyof typeof anywhere>;
