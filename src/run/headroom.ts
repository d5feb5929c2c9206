/** Measures, in a worker, how much of its workload the generator alone could carry: into a client that takes everything at once. */
import type { ProduceAssignment } from '../plan/assignment.ts';
import { nowMicros } from '../support/clock.ts';
import { AcknowledgedAt } from './acknowledged-at.ts';
import type { Lane } from './lane.ts';
import { buildLane, prepareContent } from './lanes.ts';
import { laneEvents } from './lane-events.ts';
import { nullSink } from './null-sink.ts';
import { Pump } from './pump.ts';

/** A slice of the measurement. */
const sliceMicros = 100_000;
/** A thread whose code is not compiled yet is given another slice, up to so many. */
const mostSlices = 8;
/** Without a schedule nothing is judged by it: it only helps to say what the limit was. */
const slicesUnjudged = 3;
/** More than this many times what is asked need not be known. */
const enough = 4;

/** Above what any lane can carry: something is always due, and the pump never waits. */
const beyondPerSecond = 100e6;

/**
 * Sends the assignment's messages (sizes, keys, headers, partitions, arrivals) into a null sink, as fast as they will go, and returns
 * the messages per second of the best slice. Ends early once that is several times `askedPerSecond`.
 * @throws what a partitioner of the user's own throws
 */
export async function measureHeadroom(assignment: ProduceAssignment, askedPerSecond: number): Promise<number> {
  const lanes = await nullLanes(assignment);
  const sent = (): number => lanes.reduce((sum, lane) => sum + lane.sent, 0);
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => undefined);
  const pump = new Pump({
    lanes,
    window: endless,
    pacing: 'spin',
    onWindowResolved: () => undefined,
    onFailure: error => ended.reject(error as Error),
  });
  pump.beginAt(nowMicros());
  try {
    let best = 0;
    const most = askedPerSecond === Infinity ? slicesUnjudged : mostSlices;
    for (let slice = 0; slice < most && best < enough * askedPerSecond; slice++) {
      const from = { sent: sent(), atMicros: nowMicros() };
      await Promise.race([ended.promise, new Promise(resolve => setTimeout(resolve, sliceMicros / 1e3))]);
      best = Math.max(best, ((sent() - from.sent) * 1e6) / (nowMicros() - from.atMicros));
    }
    return best;
  } finally {
    pump.stop();
  }
}

const endless = { fromMicros: 0, toMicros: Infinity };

async function nullLanes(assignment: ProduceAssignment): Promise<Lane[]> {
  const { frame, load } = assignment;
  const prepared = prepareContent(assignment);
  const acknowledgedAt = new AcknowledgedAt(frame.topics.length * frame.partitionsPerTopic);
  const perSecond = beyondPerSecond * frame.producers;
  const segments = [{ forMicros: Infinity, fromPerSecond: perSecond, toPerSecond: perSecond }];
  const arrivals = load.kind === 'open' ? load.arrivals : 'uniform';
  return await Promise.all(
    assignment.producers.map(async producer => {
      const lane = await buildLane(
        producer,
        // a synchronous producer waits for its client: here it never would, and no turn would end
        { ...assignment, mode: 'async', load: { kind: 'open', arrivals, segments } },
        prepared,
        { acknowledgedAt, silences: null },
      );
      lane.attach(nullSink(laneEvents(lane, new Map(), () => undefined)));
      return lane;
    }),
  );
}
