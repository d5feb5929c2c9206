/** Runs a worker's producers: connects them, pumps their lanes, reports. */
import type { ClientPartitioner, EffectiveSettings, ProducerConnection, ProducerEvents } from '../drivers/driver.ts';
import { loadDriver } from '../drivers/registry.ts';
import { KeptSeconds } from '../measure/kept-seconds.ts';
import type { SecondHistogram } from '../measure/recorder.ts';
import { SilenceRecorder } from '../measure/silences.ts';
import type { SmallHistogram } from '../measure/small-histogram.ts';
import type { ProduceAssignment } from '../plan/assignment.ts';
import { nowMicros } from '../support/clock.ts';
import { AcknowledgedAt } from './acknowledged-at.ts';
import type { Lane } from './lane.ts';
import { laneEvents } from './lane-events.ts';
import { buildLane, prepareContent, windowOf } from './lanes.ts';
import type { ByPartition, ProducerReport, ProducerSeconds, RoleProgress, WorkerReport } from './protocol.ts';
import { Pump } from './pump.ts';
import { threadMeter } from './thread-meter.ts';
import type { RoleEvents, WorkerRole } from './worker-role.ts';

/** A producer at work: its lane, its client, and what it has reported so far. */
interface Producer {
  readonly index: number;
  readonly lane: Lane;
  readonly connection: ProducerConnection;
  readonly errors: Map<string, number>;
  readonly latency: { readonly ack: KeptSeconds; readonly service: KeptSeconds };
  reported: { sent: number; acked: number; failed: number };
}

/** Opens the assignment's producers; resolves when each has its connections. */
export async function openProducers(assignment: ProduceAssignment, events: RoleEvents): Promise<WorkerRole> {
  const { frame } = assignment;
  const window = windowOf(frame);
  const prepared = prepareContent(assignment);
  const meter = threadMeter();
  await using opened = new AsyncDisposableStack();
  const producers: Producer[] = [];
  const partitions = frame.topics.length * frame.partitionsPerTopic;
  const acknowledgedAt = new AcknowledgedAt(partitions);
  const isAlone = assignment.producers.length === frame.producers;
  const silences = frame.tellsSilences ? new SilenceRecorder({ partitions, isAlone }) : null;
  let pump: Pump | null = null;
  const wake = (): void => pump?.wake();
  for (const index of assignment.producers) {
    const lane = await buildLane(index, assignment, prepared, { acknowledgedAt, silences });
    const errors = new Map<string, number>();
    const connection = opened.use(await connect(index, assignment, prepared.content, laneEvents(lane, errors, wake)));
    lane.attach(connection);
    producers.push({
      index,
      lane,
      connection,
      errors,
      latency: { ack: new KeptSeconds(), service: new KeptSeconds() },
      reported: { sent: 0, acked: 0, failed: 0 },
    });
  }
  pump = new Pump({
    lanes: producers.map(({ lane }) => lane),
    window,
    pacing: frame.pacing,
    onWindowResolved: () => events.windowResolved(),
    onFailure: error => events.failed(error),
  });
  const running = pump;
  const connections = opened.move();
  const isOpenLoop = assignment.load.kind === 'open';
  return {
    effective: producers[0]?.connection.effective ?? ({} as EffectiveSettings),
    start(startMicros) {
      meter.watch(startMicros + window.fromMicros, startMicros + window.toMicros);
      for (const { connection } of producers) connection.windowBeginsAt?.(startMicros + window.fromMicros);
      running.beginAt(startMicros);
    },
    async stop(waitMicros) {
      running.stop();
      for (const { connection } of producers) connection.flush();
      await outcomesOf(producers, waitMicros);
      await Promise.all(producers.map(async ({ connection }) => connection.counted?.()));
    },
    progress: () => progressOf(producers, isOpenLoop, frame.tellsSeconds),
    reportsLast: false,
    report(): WorkerReport {
      return {
        role: 'produce',
        producers: producers.map(producer => reportOf(producer)),
        ackedOffsets: acknowledgedAt.toData(),
        repeatedOffsets: acknowledgedAt.repeated,
        // after the producers' reports, by which what has no outcome is given up
        silences: silences?.toData() ?? null,
        thread: meter.report(),
        ...running.figures(),
      };
    },
    [Symbol.asyncDispose]: () => connections.disposeAsync(),
  };
}

async function connect(
  producer: number,
  { driver, frame, client, load, mode, partitioning }: ProduceAssignment,
  content: Parameters<Awaited<ReturnType<typeof loadDriver>>['openProducer']>[0]['content'],
  events: ProducerEvents,
): Promise<ProducerConnection> {
  const loaded = await loadDriver(driver);
  return loaded.openProducer(
    {
      ...client,
      producer,
      content,
      brokers: frame.brokers,
      clientId: `${frame.clientIdPrefix}-producer-${producer}`,
      topics: frame.topics,
      security: frame.security,
      simulatedBroker: frame.simulatedBroker,
      deliveryTimeoutMicros: frame.deliveryTimeoutMicros,
      clientPartitioner: partitioning.by === 'client' ? (partitioning.strategy as ClientPartitioner) : null,
      // a synchronous producer never has enough in flight to fill a batch
      queue: load.kind === 'saturating' && mode === 'async' ? 'requests' : 'unbounded',
    },
    events,
  );
}

/** Waits until nothing is in flight, but no longer than that. */
async function outcomesOf(producers: readonly Producer[], waitMicros: number): Promise<void> {
  const deadlineMicros = nowMicros() + waitMicros;
  while (producers.some(({ lane }) => lane.outstanding > 0) && nowMicros() < deadlineMicros) {
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

function progressOf(producers: readonly Producer[], isOpenLoop: boolean, tellsSeconds: boolean): RoleProgress {
  const recent: Record<'ack' | 'service', SecondHistogram[]> = { ack: [], service: [] };
  let sent = 0;
  let acked = 0;
  let failed = 0;
  let inFlight = 0;
  let behindMicros: number | null = null;
  for (const producer of producers) {
    const { lane } = producer;
    const ack = lane.outcomes.ack.take();
    const service = lane.outcomes.service.take();
    producer.latency.ack.add(ack);
    producer.latency.service.add(service);
    recent.ack.push(...ack);
    recent.service.push(...service);
    sent += lane.sent - producer.reported.sent;
    const { total } = lane.outcomes;
    acked += total.acked - producer.reported.acked;
    failed += total.failed - producer.reported.failed;
    inFlight += lane.outstanding;
    if (lane.behindMicros !== null) behindMicros = Math.max(behindMicros ?? 0, lane.behindMicros);
    producer.reported = { sent: lane.sent, acked: total.acked, failed: total.failed };
  }
  const latency = isOpenLoop ? recent.ack : recent.service;
  const judged = tellsSeconds ? { ...secondsOf(producers), ...recent } : null;
  return { sent, acked, failed, consumed: 0, inFlight, behindMicros, latency, judged };
}

/** What the producers counted by the second since the last call. */
function secondsOf(producers: readonly Producer[]): Omit<ProducerSeconds, 'ack' | 'service'> {
  const lanes = producers.map(({ lane }) => lane);
  const total = (name: 'failed' | 'unresolved'): number =>
    lanes.reduce((sum, { outcomes }) => sum + outcomes.inWindow[name], 0);
  return {
    role: 'produce',
    atMicros: nowMicros(),
    due: lanes.flatMap(lane => lane.duePerSecond.take()),
    dueUntilMicros: Math.min(...lanes.map(lane => lane.dueUntilMicros)),
    acked: lanes.flatMap(({ outcomes }) => outcomes.ackedPerSecond.take()),
    failed: lanes.flatMap(({ outcomes }) => outcomes.failedPerSecond.take()),
    totals: { failed: total('failed'), unresolved: total('unresolved') },
  };
}

function reportOf({ index, lane, connection, errors, latency }: Producer): ProducerReport {
  const notSent = lane.finish();
  const { outcomes } = lane;
  return {
    producer: index,
    sent: lane.sent,
    inWindow: { ...outcomes.inWindow, scheduled: lane.scheduledInWindow, sent: lane.sentInWindow, notSent },
    total: outcomes.total,
    counters: connection.counters(),
    completedInWindow: outcomes.completedInWindow,
    completedBytesInWindow: outcomes.completedBytesInWindow,
    acked: outcomes.acked.toData(),
    windowSequences: lane.windowSequences,
    ack: [...latency.ack.toData(), ...outcomes.ack.take()],
    service: [...latency.service.toData(), ...outcomes.service.take()],
    promptLag: lane.promptLag.take(),
    blockedScheduleLag: lane.blockedScheduleLag.take(),
    blockedOwnLag: lane.blockedOwnLag.take(),
    blocked: lane.blocked.take(),
    sentPerSecond: lane.sentPerSecond.toData(),
    ackedPerSecond: outcomes.ackedPerSecond.toData(),
    failedPerSecond: outcomes.failedPerSecond.toData(),
    ackByPartition: byPartition(outcomes.ackByPartition, outcomes.ackedByPartition.length),
    ackedByPartition: outcomes.ackedByPartition,
    repeatedOutcomes: outcomes.repeated,
    guardTripped: lane.guardTripped,
    errors: [...errors].map(([message, count]) => ({ message, count })),
  };
}

/** Sparse histograms as plain data. */
function byPartition(histograms: readonly (SmallHistogram | undefined)[], partitions: number): ByPartition {
  return Array.from({ length: partitions }, (_, partition) => histograms[partition]?.toData() ?? null);
}
