/** Builds a worker's lanes from its assignment: content, schedule, keys and partitions, all seeded. */
import type { MessageContent, MessageHeader } from '../drivers/driver.ts';
import { poissonArrivals, uniformArrivals } from '../load/arrivals.ts';
import { keyChooser } from '../load/keys.ts';
import { lineKeysOf, type PayloadPool, payloadPool, payloadPoolOf } from '../load/payloads.ts';
import type { SilenceRecorder } from '../measure/silences.ts';
import { loadPartitioner, type TablePartitioner } from '../partition/load.ts';
import type { ProduceAssignment } from '../plan/assignment.ts';
import { type Random, seededRandom } from '../support/random.ts';
import { stampBytes } from '../support/stamp.ts';
import { originCode } from '../support/origin.ts';
import type { AcknowledgedAt } from './acknowledged-at.ts';
import { Lane } from './lane.ts';
import type { LaneContent, LaneLoad } from './lane-settings.ts';
import { Outcomes, type Window } from './outcomes.ts';

/** What the lanes of a worker have in common. */
export interface PreparedContent {
  readonly content: MessageContent;
  readonly pool: PayloadPool;
  /** By message of a payload file: index into the key table; empty where keys are drawn. */
  readonly lineKeys: Int32Array;
  /** By message of a payload file: index into the header table; empty where all messages have the same headers. */
  readonly lineHeaders: Int32Array;
}

/** The measured window of a trial, in µs since its common start. */
export function windowOf(frame: { readonly warmupMicros: number; readonly measureMicros: number }): Window {
  return { fromMicros: frame.warmupMicros, toMicros: frame.warmupMicros + frame.measureMicros };
}

/** The bodies, keys and headers that this worker's messages are made of. The same for every worker of a trial. */
export function prepareContent({ messages, frame }: ProduceAssignment): PreparedContent {
  const random = seededRandom(frame.seed).fork('payloads');
  if (messages.content.kind === 'generated') {
    const pool = payloadPool(messages.content.size, messages.content.compressibility, random);
    const constant = headersOf(messages.headers);
    const headerSets = constant.length > 0 ? [constant] : [];
    const keys = keyChooser(messages.keys, random.fork('keys')).keys;
    const content = { bodies: pool.bodies, keys, headerSets, stampIn: pool.stampIn };
    return { content, pool, lineKeys: new Int32Array(), lineHeaders: new Int32Array() };
  }
  const { lines } = messages.content;
  const pool = payloadPoolOf(lines);
  const keyTable = lineKeysOf(lines);
  const indexOfKey = new Map(keyTable.map((key, i) => [key, i]));
  const keys = keyTable.map(key => Buffer.from(key));
  const lineKeys = Int32Array.from(lines, ({ key }) => (key === null ? -1 : (indexOfKey.get(key) as number)));
  const headerSets = lines.map(line => headersOf({ ...messages.headers, ...line.headers }));
  const lineHeaders = Int32Array.from(headerSets, (set, i) => (set.length === 0 ? -1 : i));
  return { content: { bodies: pool.bodies, keys, headerSets, stampIn: pool.stampIn }, pool, lineKeys, lineHeaders };
}

function headersOf(headers: Readonly<Record<string, string>>): MessageHeader[] {
  return Object.entries(headers).map(([name, value]) => ({ name, value: Buffer.from(value) }));
}

/** One lane for one of the assignment's producers; what it shares with the others is given. */
export async function buildLane(
  producer: number,
  assignment: ProduceAssignment,
  prepared: PreparedContent,
  { acknowledgedAt, silences }: { readonly acknowledgedAt: AcknowledgedAt; readonly silences: SilenceRecorder | null },
): Promise<Lane> {
  const { frame, mode, mostOutstanding, producers } = assignment;
  const window = windowOf(frame);
  const { pool } = prepared;
  const stamped = pool.stampIn === 'value' ? stampBytes : 0;
  const bytesOf = (sequence: number): number =>
    (pool.lengths[(sequence * frame.producers + producer) % pool.lengths.length] as number) + stamped;
  const outcomes = new Outcomes({
    window,
    deliveryTimeoutMicros: frame.deliveryTimeoutMicros,
    partitions: frame.topics.length * frame.partitionsPerTopic,
    producer,
    acknowledgedAt,
    ...(silences === null ? {} : { silences }),
    bytesOf,
  });
  const random = seededRandom(frame.seed).fork(`producer-${producer}`);
  return new Lane(
    {
      producer,
      runStamp: frame.runStamp,
      origins: originCode(frame.producers),
      load: laneLoad(producer, assignment, random.fork('arrivals')),
      content: await laneContent(producer, assignment, prepared, random),
      window,
      deliveryTimeoutMicros: frame.deliveryTimeoutMicros,
      mode,
      mostOutstanding: Math.max(1, Math.floor(mostOutstanding / producers.length)),
    },
    outcomes,
  );
}

function laneLoad(producer: number, { load, frame }: ProduceAssignment, random: Random): LaneLoad {
  if (load.kind !== 'open') return load;
  const shared = { segments: load.segments, producer, producers: frame.producers };
  const arrivals = load.arrivals === 'uniform' ? uniformArrivals(shared) : poissonArrivals({ ...shared, random });
  return { kind: 'open', nextDueMicros: () => arrivals.nextDueMicros() };
}

async function laneContent(
  producer: number,
  assignment: ProduceAssignment,
  prepared: PreparedContent,
  random: Random,
): Promise<LaneContent> {
  const { messages, frame } = assignment;
  const { pool, content, lineKeys, lineHeaders } = prepared;
  const keys = keyChooser(messages.keys, random.fork('keys'));
  const lineOf = (sequence: number): number => (sequence * frame.producers + producer) % pool.offsets.length;
  const constantHeaders = content.headerSets.length > 0 ? 0 : -1;
  return {
    bodyOffsets: pool.offsets,
    bodyLengths: pool.lengths,
    bodyStride: frame.producers,
    bodyStart: producer,
    topics: frame.topics.length,
    chooseKey: lineKeys.length > 0 ? sequence => lineKeys[lineOf(sequence)] as number : () => keys.next(),
    chooseHeaders: lineHeaders.length > 0 ? sequence => lineHeaders[lineOf(sequence)] as number : () => constantHeaders,
    choosePartition: await partitionChooser(producer, assignment, prepared, random.fork('partitions')),
  };
}

/** Topics take turns, message by message: each has a partitioner of its own, which sees its messages numbered from 0 on. */
async function partitionChooser(
  producer: number,
  { messages, partitioning, frame, client }: ProduceAssignment,
  { pool, content }: PreparedContent,
  random: Random,
): Promise<TablePartitioner> {
  if (partitioning.by === 'client') return () => -1;
  const stamped = pool.stampIn === 'value' ? stampBytes : 0;
  const topics = frame.topics.length;
  const chosen = await Promise.all(
    frame.topics.map((_, topic) =>
      loadPartitioner(partitioning, {
        keys: content.keys,
        partitions: frame.partitionsPerTopic,
        producer,
        producers: frame.producers,
        random: random.fork(topic),
        partitionSequence: messages.partitionSequence,
        batchSizeBytes: client.batchSizeBytes,
      }),
    ),
  );
  const [only] = chosen;
  if (only !== undefined && topics === 1) return (key, sequence, bytes) => only(key, sequence, bytes + stamped);
  return (key, sequence, bytes) => {
    const ofTopic = chosen[sequence % topics] as TablePartitioner;
    return ofTopic(key, Math.floor(sequence / topics), bytes + stamped);
  };
}
