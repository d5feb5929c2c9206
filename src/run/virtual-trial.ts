/** Runs a trial of one producer against a simulated server in virtual time: the lane, the schedule and the recorders are those of a real trial, the clock is not. */
import type { MessageBlock, ProducerConnection } from '../drivers/driver.ts';
import { ServiceQueue } from '../drivers/simulated/service-queue.ts';
import { TimedQueue } from '../drivers/simulated/timed-queue.ts';
import { poissonArrivals } from '../load/arrivals.ts';
import { type HistogramData, mergeHistograms } from '../measure/histogram.ts';
import { manualClock } from '../support/clock.ts';
import { type Random, seededRandom } from '../support/random.ts';
import { bareLane } from './bare-lane.ts';
import { laneEvents } from './lane-events.ts';
import type { LaneLoad } from './lane-settings.ts';

export interface VirtualTrialSettings {
  /** Of independent senders: Poisson arrivals. */
  readonly ratePerSecond: number;
  /** Exponential service times of this mean. */
  readonly serviceMeanMicros: number;
  readonly servers: number | 'unlimited';
  readonly warmupMicros: number;
  readonly measureMicros: number;
  readonly seed: number;
}

export interface VirtualTrial {
  /** Due to acknowledged, of all messages due in the window. */
  readonly ack: HistogramData;
  readonly scheduled: number;
  readonly acked: number;
}

const bytes = 100;

/** Runs the trial to its end; takes as long as the arithmetic does. */
export function runVirtualTrial(settings: VirtualTrialSettings): VirtualTrial {
  const random = seededRandom(settings.seed);
  const clock = manualClock();
  const window = { fromMicros: settings.warmupMicros, toMicros: settings.warmupMicros + settings.measureMicros };
  const bodies = { offsets: Int32Array.of(0), lengths: Int32Array.of(bytes) };
  const lane = bareLane({ load: loadOf(settings, random), window, partitions: 1, bytes, bodies }, clock);
  const { outcomes } = lane;
  const ends = new TimedQueue();
  const service = random.fork('service');
  const queue = new ServiceQueue(settings.servers === 'unlimited' ? null : new Float64Array(settings.servers), []);
  const serviceMicros = (): number => -Math.log(1 - service.next()) * settings.serviceMeanMicros;
  lane.attach(serverOf(ends, () => queue.serve(clock.nowMicros(), serviceMicros(), 0)));
  const events = laneEvents(lane, new Map(), () => undefined);
  lane.beginAt(0);
  for (let nextDueMicros = lane.turn(); !lane.isWindowResolved();) {
    const atMicros = Math.min(nextDueMicros, ends.headMicros);
    clock.advance(Math.max(0, atMicros - clock.nowMicros()));
    while (ends.headMicros <= atMicros) {
      const endMicros = ends.headMicros;
      const ticket = ends.take();
      events.acknowledged(ticket, 1, endMicros, 0, ticket);
    }
    if (nextDueMicros <= atMicros) nextDueMicros = lane.turn();
  }
  lane.finish();
  return {
    ack: mergeHistograms(outcomes.ack.take().map(({ data }) => data)).toData(),
    scheduled: lane.scheduledInWindow,
    acked: outcomes.inWindow.acked,
  };
}

/** A client without batches whose messages are in service as soon as they are sent. */
function serverOf(ends: TimedQueue, endMicros: () => number): ProducerConnection {
  return {
    effective: {},
    submit(block: MessageBlock, from: number) {
      for (let i = from; i < block.count; i++) ends.push(endMicros(), block.firstTicket + i);
      return block.count - from;
    },
    flush: () => undefined,
    counters: () => ({ batches: 0, batchedMessages: 0, batchedBytes: 0, retriedMessages: 0 }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function loadOf({ ratePerSecond }: VirtualTrialSettings, random: Random): LaneLoad {
  const segments = [{ forMicros: Infinity, fromPerSecond: ratePerSecond, toPerSecond: ratePerSecond }];
  const arrivals = poissonArrivals({ segments, producer: 0, producers: 1, random: random.fork('arrivals') });
  return { kind: 'open', nextDueMicros: () => arrivals.nextDueMicros() };
}
