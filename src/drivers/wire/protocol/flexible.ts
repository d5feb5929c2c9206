/** The form of requests in a flexible version (KIP-482): compact lengths, and tagged fields that a later Kafka may add. */
import type { Api } from './apis.ts';
import type { Reader } from './reader.ts';
import { Writer } from './writer.ts';

interface FlexibleApi<T> {
  readonly name: string;
  readonly key: number;
  readonly version: number;
  readonly write: (writer: Writer) => Writer;
  readonly read: (reader: Reader) => T;
}

/** A request of a flexible version: the headers of request and answer end with tagged fields, and so do their bodies. */
export const flexible = <T>({ name, key, version, write, read }: FlexibleApi<T>): Api<T> => ({
  name,
  key,
  version,
  body: write(new Writer().noTaggedFields()).noTaggedFields().toBuffer(),
  read(reader) {
    reader.skipTaggedFields();
    return read(reader);
  },
});

/** An array of structures, each of which ends with tagged fields. */
export const structures = <T>(reader: Reader, element: () => T): T[] =>
  reader.compactArray(() => {
    const structure = element();
    reader.skipTaggedFields();
    return structure;
  });
