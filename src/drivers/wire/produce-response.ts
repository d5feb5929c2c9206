/** Reads the answers to Produce v7 requests. */
import type { Reader } from './protocol/reader.ts';

/** Hears what became of one partition's batch. */
export type OnPartition = (topic: string, partition: number, code: number, baseOffset: number) => void;

/** Calls for each partition of an answer, which begins behind the correlation id. @throws MalformedFrameError */
export function readProduceResponse(reader: Reader, onPartition: OnPartition): void {
  reader.array(() => {
    const topic = reader.string();
    reader.array(() => {
      const partition = reader.int32();
      const code = reader.int16();
      const baseOffset = reader.int64();
      reader.skip(16); // log append time, log start offset
      onPartition(topic, partition, code, baseOffset);
    });
  });
  reader.int32(); // throttle time
}
