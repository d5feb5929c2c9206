/** Builds frames of Kafka's protocol, byte by byte. */
import { Writer } from '../../src/drivers/wire/protocol/writer.ts';

/** A frame: its length, then these bytes. */
export const framed = (body: Buffer): Buffer => Buffer.concat([new Writer().int32(body.length).toBuffer(), body]);

/** A request with the header of the versions before flexible ones; behind it those have their tagged fields. */
export const request = (
  key: number,
  apiVersion: number,
  correlationId: number,
  body: Buffer = Buffer.alloc(0),
): Buffer =>
  framed(
    Buffer.concat([new Writer().int16(key).int16(apiVersion).int32(correlationId).string('test').toBuffer(), body]),
  );
