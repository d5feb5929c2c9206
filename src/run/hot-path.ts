/** Measures what the generator's own path costs: scheduling, stamping and recording into a sink that does nothing. */
import { payloadPool } from '../load/payloads.ts';
import { mergeHistograms } from '../measure/histogram.ts';
import { nowMicros } from '../support/clock.ts';
import { seededRandom } from '../support/random.ts';
import { uniformArrivals } from '../load/arrivals.ts';
import { bareLane } from './bare-lane.ts';
import { laneEvents } from './lane-events.ts';
import type { LaneLoad } from './lane-settings.ts';
import { nullSink } from './null-sink.ts';
import { Pump } from './pump.ts';

export interface HotPathResult {
  readonly messagesPerSecond: number;
  readonly acked: number;
  readonly scheduled: number;
  readonly scheduleLagP99Micros: number;
}

/** A schedule of so many messages a second that never ends, or no schedule at all. */
function loadOf(ratePerSecond: number | 'max'): LaneLoad {
  if (ratePerSecond === 'max') return { kind: 'saturating' };
  const segments = [{ forMicros: Infinity, fromPerSecond: ratePerSecond, toPerSecond: ratePerSecond }];
  const arrivals = uniformArrivals({ segments, producer: 0, producers: 1 });
  return { kind: 'open', nextDueMicros: () => arrivals.nextDueMicros() };
}

/**
 * Runs one lane in this thread against the null sink for a window of that length, after a warm-up of a second: every message
 * is scheduled, stamped, acknowledged and recorded.
 */
export async function measureHotPath(ratePerSecond: number | 'max', measureMicros: number): Promise<HotPathResult> {
  const load = loadOf(ratePerSecond);
  const window = { fromMicros: 1e6, toMicros: 1e6 + measureMicros };
  const pool = payloadPool({ kind: 'fixed', bytes: 100 }, 0.5, seededRandom(1));
  const lane = bareLane({ load, window, partitions: 6, bytes: 100, bodies: pool });
  const { outcomes } = lane;
  lane.attach(nullSink(laneEvents(lane, new Map(), () => undefined)));
  await new Promise<void>((resolve, reject) => {
    const pump = new Pump({
      lanes: [lane],
      window,
      pacing: 'spin',
      onWindowResolved() {
        pump.stop();
        resolve();
      },
      onFailure: reject,
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
