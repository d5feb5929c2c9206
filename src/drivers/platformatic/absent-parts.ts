/** Says what the driver needs of @platformatic/kafka beyond the names that it imports, and another release may not have. */
import { Consumer, kGetApi, kOptions, Producer } from '@platformatic/kafka';
import { absentFrom } from '../absent.ts';

const producerMethods = ['send', 'initIdempotentProducer', 'metadata', 'close', 'connections'];
const consumerMethods = ['consume', 'commit', 'fetch', 'listCommittedOffsets', 'joinGroup', 'metadata', 'close'];

/** Accessors throw on a prototype: it is enough that they are there. */
const lackedBy = (type: { readonly name: string; readonly prototype: object }, names: readonly string[]): string[] =>
  names.filter(name => !(name in type.prototype)).map(name => `${type.name}.prototype.${name}`);

export function absentParts(): string[] {
  const within = [Producer, Consumer]
    .filter(({ prototype }) => !(kGetApi in prototype))
    .map(({ name }) => `${name}.prototype[kGetApi]`);
  return [
    ...absentFrom({ kOptions }, ['kOptions']),
    ...lackedBy(Producer, producerMethods),
    ...lackedBy(Consumer, consumerMethods),
    ...within,
  ];
}
