/** What a plain program opens a driver's consumer with: one member alone, from the beginning. */
import { type ConsumerOptions, plainText } from '../../src/index.ts';

/** Options that differ between programs are theirs to give. */
export const readerOptions = (
  own: Pick<ConsumerOptions, 'brokers' | 'topics' | 'clientId' | 'groupProtocol' | 'positions'>,
): ConsumerOptions => ({
  ...own,
  security: plainText,
  config: {},
  options: {},
  simulatedBroker: undefined,
  groupId: `${own.clientId}-${process.pid}-${Date.now()}`,
  member: 0,
  members: 1,
  start: 'earliest',
  commit: { kind: 'auto', everyMicros: 5e6 },
  stampIn: 'value',
});
