/** Turns what a fleet's hosts say to each other into bytes and back: MessagePack, with a version in front, in parts that a broker takes. */
import { decode, encode, ExtensionCodec } from '@msgpack/msgpack';
import { HarnessError } from '../support/errors.ts';

/** Of all that hosts say to each other. Hosts of different versions refuse each other: raise it with every change of a message. */
export const protocolVersion = 2;

/** Kafka takes records below 1 MiB unless it is told otherwise. */
const mostPartBytes = 900_000;

/** One message of a stream. A stream is all that one host says to another one in a run, numbered from 0. */
export interface Envelope {
  readonly stream: string;
  readonly sequence: number;
  readonly body: unknown;
}

/** By their numbers in the encoding, which stay. Uint8Array has a form of its own in MessagePack. */
const arrayTypes = [Int8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array] as const;

/** The numbers of MessagePack's extensions. */
const extensionOf = { typedArray: 1, map: 2 } as const;

const extensionCodec = new ExtensionCodec();

extensionCodec.register({
  type: extensionOf.typedArray,
  encode(value) {
    const type = arrayTypes.findIndex(of => value instanceof of);
    if (type === -1) return null;
    const { buffer, byteOffset, byteLength } = value as Float64Array<ArrayBuffer>;
    const bytes = new Uint8Array(1 + byteLength);
    bytes[0] = type;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), 1);
    return bytes;
  },
  decode(bytes) {
    const ofType = arrayTypes[bytes[0] ?? -1];
    if (ofType === undefined) throw new Error(`A typed array of the unknown kind ${bytes[0]} was received.`);
    return new ofType(bytes.slice(1).buffer);
  },
});

extensionCodec.register({
  type: extensionOf.map,
  encode: value => (value instanceof Map ? encodePlain([...value]) : null),
  decode: bytes => new Map(decodePlain(bytes) as [unknown, unknown][]),
});

/** Bytes come back as what they were, and not as the Buffers of which they are parts. */
const decodePlain = ({ buffer, byteOffset, byteLength }: Uint8Array): unknown =>
  decode(new Uint8Array(buffer, byteOffset, byteLength), { extensionCodec });

const encodePlain = (value: unknown): Uint8Array => encode(value, { extensionCodec, ignoreUndefined: true });

/**
 * The records of one message, in their order. Plain data goes over as it is, with typed arrays (little-endian, as every host of Node's
 * is), Maps and numbers that are not finite; a property that is undefined is left out.
 */
export function encodeMessage({ stream, sequence, body }: Envelope, partBytes = mostPartBytes): Uint8Array[] {
  const bytes = encodePlain(body);
  const of = Math.max(1, Math.ceil(bytes.length / partBytes));
  return Array.from({ length: of }, (_, part) => {
    const share = bytes.subarray(part * partBytes, (part + 1) * partBytes);
    return Buffer.concat([Uint8Array.of(protocolVersion), encodePlain([stream, sequence, part, of, share])]);
  });
}

type Part = readonly [stream: string, sequence: number, part: number, of: number, share: Uint8Array];

/** @throws HarnessError 'environment' for what another version of the protocol has written */
function decodePart(record: Uint8Array): Part {
  if (record[0] !== protocolVersion) {
    throw new HarnessError(
      'environment',
      `A host of the fleet speaks version ${record[0]} of the fleet's protocol, this one version ${protocolVersion}.`,
      { hint: 'Install the same release of Highwater on every host.' },
    );
  }
  return decodePlain(record.subarray(1)) as Part;
}

/** What has come of a stream. */
interface Progress {
  /** The message that comes next. */
  next: number;
  /** Its parts until now. */
  parts: Map<number, Uint8Array>;
}

/** Puts messages together again. What comes twice changes nothing: a producer that has heard no answer sends again. */
export class Assembler {
  readonly #streams = new Map<string, Progress>();
  readonly #heard: (stream: string) => void;

  /** `heard` is told the stream of each record, also of one that completes nothing. */
  constructor(heard: (stream: string) => void = () => undefined) {
    this.#heard = heard;
  }

  /**
   * The message that this record completes; null while parts are missing, and for what has come before. Of a stream that is come upon in
   * its middle the first message counts that is heard from its beginning.
   * @throws HarnessError 'incomplete' where messages are missing, 'environment' for another version of the protocol
   */
  take(record: Uint8Array): Envelope | null {
    const [stream, sequence, part, of, share] = decodePart(record);
    this.#heard(stream);
    const progress = this.#progressOf(stream, sequence, part);
    if (progress === null || sequence < progress.next) return null;
    if (sequence > progress.next) {
      throw new HarnessError(
        'incomplete',
        `Message ${progress.next} of ${stream} is missing: message ${sequence} came in its place.`,
        { hint: 'Did the control cluster lose it, or delete its topics? Look at its log.' },
      );
    }
    progress.parts.set(part, share);
    if (progress.parts.size < of) return null;
    const bytes = Buffer.concat(Array.from({ length: of }, (_, i) => progress.parts.get(i) as Uint8Array));
    progress.next++;
    progress.parts = new Map();
    return { stream, sequence, body: decodePlain(bytes) };
  }

  #progressOf(stream: string, sequence: number, part: number): Progress | null {
    const known = this.#streams.get(stream);
    if (known !== undefined) return known;
    if (part > 0) return null;
    const begun: Progress = { next: sequence, parts: new Map() };
    this.#streams.set(stream, begun);
    return begun;
  }
}
