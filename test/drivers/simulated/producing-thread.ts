/** A thread that sends messages to a simulated broker at once and reports when each was acknowledged. */
import { parentPort, workerData } from 'node:worker_threads';
import { nowMicros } from '../../../src/support/clock.ts';
import { aBlock, openTestProducer } from './connections.ts';

/** What the thread is given. */
export interface ProducingThreadData {
  readonly handle: unknown;
  readonly producer: number;
  readonly count: number;
}

/** What it reports, on the host's clock. */
export interface ProducingThreadReport {
  readonly submittedMicros: number;
  readonly acknowledgedMicros: readonly number[];
}

const { handle, producer, count } = workerData as ProducingThreadData;
const { connection, acknowledged, heardOf } = await openTestProducer(handle, { producer });
const submittedMicros = nowMicros();
connection.submit(aBlock(0, count, { producer }), 0);
await heardOf(count);
await connection[Symbol.asyncDispose]();
parentPort?.postMessage({
  submittedMicros,
  acknowledgedMicros: acknowledged.map(({ atMicros }) => atMicros),
} satisfies ProducingThreadReport);
