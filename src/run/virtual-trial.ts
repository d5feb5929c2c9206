/** Runs a trial of one producer against a simulated server in virtual time: the lane, the schedule and the recorders are those of a real trial, the clock is not. */
import type { MessageBlock, ProducerConnection } from '../drivers/driver.ts';
import { ServiceQueue } from '../drivers/simulated/service-queue.ts';
import { TimedQueue } from '../drivers/simulated/timed-queue.ts';
import { poissonArrivals, uniformArrivals } from '../load/arrivals.ts';
import { type HistogramData, mergeHistograms } from '../measure/histogram.ts';
import type { SecondHistogram } from '../measure/recorder.ts';
import { figuresOf } from '../measure/second-figures.ts';
import { warmupSeconds } from '../measure/timeline.ts';
import { manualClock } from '../support/clock.ts';
import { type Random, seededRandom } from '../support/random.ts';
import { bareLane } from './bare-lane.ts';
import { laneEvents } from './lane-events.ts';
import type { LaneLoad } from './lane-settings.ts';

export interface VirtualTrialSettings {
  readonly ratePerSecond: number;
  /** Of independent senders unless given: Poisson arrivals. */
  readonly arrivals?: 'poisson' | 'uniform';
  readonly serviceMeanMicros: number;
  /** Exponential service times unless given. */
  readonly service?: 'exponential' | 'fixed';
  readonly servers: number | 'unlimited';
  readonly warmupMicros: number;
  readonly measureMicros: number;
  readonly seed: number;
}

export interface VirtualTrial {
  /** Due to acknowledged, of all messages due in the window. */
  readonly ack: HistogramData;
  /** The same by the second of the window in which they were due. */
  readonly ackBySecond: readonly SecondHistogram[];
  readonly scheduled: number;
  readonly acked: number;
  /** Acknowledged while the window lasted, whenever they were due. */
  readonly ackedInWindow: number;
  /** At the end of each second of the window: how many more were due since it began than acknowledged. */
  readonly backlog: readonly number[];
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
  const serviceMicros = (): number =>
    settings.service === 'fixed'
      ? settings.serviceMeanMicros
      : -Math.log(1 - service.next()) * settings.serviceMeanMicros;
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
  const seconds = outcomes.ack.take();
  return {
    ack: mergeHistograms(seconds.map(({ data }) => data)).toData(),
    ackBySecond: seconds,
    scheduled: lane.scheduledInWindow,
    acked: outcomes.inWindow.acked,
    ackedInWindow: outcomes.completedInWindow,
    backlog: backlogOf(seconds, outcomes.ackedPerSecond.toData(), settings),
  };
}

/** What was due by then less what was acknowledged, both counted from the window's start. */
function backlogOf(
  due: readonly SecondHistogram[],
  acked: Float64Array,
  { warmupMicros, measureMicros }: VirtualTrialSettings,
): number[] {
  const before = warmupSeconds(warmupMicros);
  const added = new Float64Array(Math.floor(measureMicros / 1e6));
  for (const { second, count } of figuresOf(due)) added[second] = (added[second] ?? 0) + count;
  let backlog = 0;
  return [...added].map((count, second) => (backlog += count - (acked[before + second] ?? 0)));
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

function loadOf({ ratePerSecond, arrivals = 'poisson' }: VirtualTrialSettings, random: Random): LaneLoad {
  const segments = [{ forMicros: Infinity, fromPerSecond: ratePerSecond, toPerSecond: ratePerSecond }];
  const whose = { segments, producer: 0, producers: 1 };
  const schedule =
    arrivals === 'uniform' ? uniformArrivals(whose) : poissonArrivals({ ...whose, random: random.fork('arrivals') });
  return { kind: 'open', nextDueMicros: () => schedule.nextDueMicros() };
}
