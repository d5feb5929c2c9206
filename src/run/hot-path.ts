/** Measures what the generator's own path costs: scheduling, stamping and recording into a sink that does nothing. */
import { payloadPool } from '../load/payloads.ts';
import { mergeHistograms } from '../measure/histogram.ts';
import { nowMicros } from '../support/clock.ts';
import { seededRandom } from '../support/random.ts';
import { Lane, type LaneLoad } from './lane.ts';
import { nullSink } from './null-sink.ts';
import { Outcomes } from './outcomes.ts';
import { Pump } from './pump.ts';

export interface HotPathResult {
  readonly messagesPerSecond: number;
  readonly acked: number;
  readonly scheduled: number;
  readonly scheduleLagP99Micros: number;
}

/** Runs one lane in this thread against the null sink for a window of that length, after a warm-up of a second. */
export async function measureHotPath(load: LaneLoad, measureMicros: number): Promise<HotPathResult> {
  const window = { fromMicros: 1e6, toMicros: 1e6 + measureMicros };
  const pool = payloadPool({ kind: 'fixed', bytes: 100 }, 0.5, seededRandom(1));
  const outcomes = new Outcomes({
    window,
    deliveryTimeoutMicros: 120e6,
    partitions: 6,
    bytesOf: () => 100,
  });
  const lane = new Lane(
    {
      producer: 0,
      runStamp: 1,
      load,
      window,
      deliveryTimeoutMicros: 120e6,
      mode: 'async',
      mostOutstanding: 2 ** 22,
      content: {
        bodyOffsets: pool.offsets,
        bodyLengths: pool.lengths,
        bodyStride: 1,
        bodyStart: 0,
        topics: 1,
        chooseKey: () => -1,
        chooseHeaders: () => -1,
        choosePartition: (_key, sequence) => sequence % 6,
      },
    },
    outcomes,
  );
  lane.attach(
    nullSink({
      acknowledged: (first, count, at, partition) => lane.acknowledged(first, count, at, partition),
      failed: (first, count, at) => lane.failed(first, count, at),
      departed: (first, count, at) => lane.departed(first, count, at),
      writable: () => lane.writable(),
    }),
  );
  await new Promise<void>(resolve => {
    const pump = new Pump({
      lanes: [lane],
      window,
      pacing: 'spin',
      onWindowResolved() {
        pump.stop();
        resolve();
      },
    });
    pump.beginAt(nowMicros());
  });
  lane.finish();
  return {
    messagesPerSecond: (outcomes.inWindow.acked * 1e6) / measureMicros,
    acked: outcomes.inWindow.acked,
    scheduled: lane.scheduledInWindow,
    scheduleLagP99Micros: mergeHistograms(lane.promptLag.take().map(part => part.data)).percentileMicros(0.99),
  };
}
