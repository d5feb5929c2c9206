/** Puts other addresses in place of the brokers' own into what a broker answers. */
import { Reader } from '../../drivers/wire/protocol/reader.ts';
import { Writer } from '../../drivers/wire/protocol/writer.ts';
import { splitAddress } from '../../support/address.ts';

/** By a broker's id: where clients are to reach it, `host:port`. */
export type Addresses = ReadonlyMap<string, string>;

/** Which answer a frame holds. */
export interface AnswerKind {
  readonly key: number;
  readonly version: number;
}

/** Bytes of a frame, [start, end), and what takes their place. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly bytes: Buffer;
}

/** How the answers of one API are read. */
interface Layout {
  /** The first version with compact lengths and tagged fields (KIP-482). */
  readonly flexibleFrom: number;
  readonly hasFlexibleHeader: boolean;
  readonly edit: (answer: Answer) => void;
}

const lengthBytes = 4;
const correlationBytes = 4;

/** An answer that is walked through up to the last of its addresses; what stands behind is left as it is. */
class Answer {
  readonly reader: Reader;
  readonly version: number;
  readonly isFlexible: boolean;
  readonly edits: Edit[] = [];
  readonly #addresses: Addresses;

  constructor(frame: Buffer, version: number, layout: Layout, addresses: Addresses) {
    this.reader = new Reader(frame, lengthBytes + correlationBytes);
    this.version = version;
    this.isFlexible = version >= layout.flexibleFrom;
    this.#addresses = addresses;
    if (this.isFlexible && layout.hasFlexibleHeader) this.reader.skipTaggedFields();
  }

  text(): string | null {
    return this.isFlexible ? this.reader.compactNullableString() : this.reader.nullableString();
  }

  /** Each element is a structure. */
  array(element: () => void): void {
    const structure = (): void => {
      element();
      if (this.isFlexible) this.reader.skipTaggedFields();
    };
    if (this.isFlexible) this.reader.compactArray(structure);
    else this.reader.array(structure);
  }

  /** A broker's id, host and port. One that is not known, as −1 for none, keeps its address. */
  broker(): void {
    const id = this.reader.int32();
    const start = this.reader.offset;
    this.text(); // host
    this.reader.int32(); // port
    const address = this.#addresses.get(String(id));
    if (address === undefined) return;
    const { host, port } = splitAddress(address);
    const writer = new Writer();
    const bytes = (this.isFlexible ? writer.compactString(host) : writer.string(host)).int32(port).toBuffer();
    this.edits.push({ start, end: this.reader.offset, bytes });
  }
}

function editMetadata(answer: Answer): void {
  const { reader, version } = answer;
  if (version >= 3) reader.int32(); // throttle time
  answer.array(() => {
    answer.broker();
    if (version >= 1) answer.text(); // rack
  });
}

function editFindCoordinator(answer: Answer): void {
  const { reader, version } = answer;
  if (version >= 1) reader.int32(); // throttle time
  if (version >= 4) {
    answer.array(() => {
      answer.text(); // group or transactional id
      answer.broker();
      reader.int16(); // error
      answer.text(); // its message
    });
    return;
  }
  reader.int16(); // error
  if (version >= 1) answer.text(); // its message
  answer.broker();
}

const brokersAsked = 1;

function editDescribeCluster(answer: Answer): void {
  const { reader, version } = answer;
  reader.int32(); // throttle time
  reader.int16(); // error
  answer.text(); // its message
  const isOfBrokers = version < 1 || reader.int8() === brokersAsked;
  if (!isOfBrokers) return;
  answer.text(); // cluster id
  reader.int32(); // controller
  answer.array(() => {
    answer.broker();
    answer.text(); // rack
    if (version >= 2) reader.bool(); // fenced
  });
}

/** The newest version of each API whose answers hold no address, or one that is found; −1: none does. */
export const newestVersions: ReadonlyMap<number, number> = new Map([
  [0, 9], // Produce: from 10 on it names a new leader's address (KIP-951)
  [1, 15], // Fetch: from 16 on
  [3, 13], // Metadata
  [10, 6], // FindCoordinator
  [60, 2], // DescribeCluster
  [78, -1], // ShareFetch
  [79, -1], // ShareAcknowledge
]);

const apiVersionsKey = 18;

function editApiVersions(answer: Answer): void {
  const { reader, isFlexible } = answer;
  // a broker that does not know the version that it is asked in answers as version 0, and lists nothing but those that it does
  if (reader.int16() !== 0) return;
  const start = reader.offset;
  const kept: { readonly key: number; readonly oldest: number; readonly newest: number }[] = [];
  answer.array(() => {
    const [key, oldest, newest] = [reader.int16(), reader.int16(), reader.int16()];
    const spoken = Math.min(newest, newestVersions.get(key) ?? newest);
    if (spoken >= oldest) kept.push({ key, oldest, newest: spoken });
  });
  const writer = new Writer();
  const write = ({ key, oldest, newest }: (typeof kept)[number]): void => {
    writer.int16(key).int16(oldest).int16(newest);
    if (isFlexible) writer.noTaggedFields();
  };
  const bytes = (isFlexible ? writer.compactArray(kept, write) : writer.array(kept, write)).toBuffer();
  answer.edits.push({ start, end: reader.offset, bytes });
}

const layouts: ReadonlyMap<number, Layout> = new Map([
  [3, { flexibleFrom: 9, hasFlexibleHeader: true, edit: editMetadata }],
  [10, { flexibleFrom: 3, hasFlexibleHeader: true, edit: editFindCoordinator }],
  [60, { flexibleFrom: 0, hasFlexibleHeader: true, edit: editDescribeCluster }],
  // whoever asks may know no flexible version yet: the header of the answer has none of it (KIP-511)
  [apiVersionsKey, { flexibleFrom: 3, hasFlexibleHeader: false, edit: editApiVersions }],
]);

/** Whether answers to that API are changed. */
export const isChanged = (key: number): boolean => layouts.has(key);

/**
 * A frame with its length, which answers a request of that kind → the same with other addresses.
 * @throws MalformedFrameError where it is not what the protocol says
 */
export function changeAnswer(frame: Buffer, { key, version }: AnswerKind, addresses: Addresses): Buffer {
  const layout = layouts.get(key);
  if (layout === undefined) return frame;
  const answer = new Answer(frame, version, layout, addresses);
  layout.edit(answer);
  const pieces: Buffer[] = [];
  let at = lengthBytes;
  for (const { start, end, bytes } of answer.edits) {
    pieces.push(frame.subarray(at, start), bytes);
    at = end;
  }
  pieces.push(frame.subarray(at));
  const body = Buffer.concat(pieces);
  return Buffer.concat([new Writer().int32(body.length).toBuffer(), body]);
}
