/** Has workers measure what the generator alone could carry, once for each kind of load of a run. */
import type { Assignment, ProduceAssignment } from '../plan/assignment.ts';
import type { WorkerChannel } from './protocol.ts';
import { openThreads, type ThreadPool } from './threads.ts';

/** What the producing workers of a trial, all at once, could send into a client that takes everything. */
export interface Capacity {
  /** Messages a second, by worker. */
  readonly perSecond: readonly number[];
  /** The least over the workers of that against what the schedule asks of each at its highest; null without a schedule. */
  readonly headroom: number | null;
}

/** Without a schedule a shorter window says nothing of what the limit was. */
const fewestMicros = 1e6;

/** Opens the kind of worker that an assignment needs; threads are those of that pool. */
export type OpenOn = (assignment: Assignment, threads: ThreadPool) => WorkerChannel;

export class Headrooms implements AsyncDisposable {
  readonly #opened = new AsyncDisposableStack();
  readonly #known = new Map<string, Promise<Capacity | null>>();

  /**
   * The capacity of a trial's producing workers; null where it could not be measured. What makes no difference to the generator's own
   * path (acks, linger, the broker) is not measured anew. Threads of its own do it: what it leaves for the collector, and what the compiler has learnt
   * of a client that takes everything, would be found in the trial otherwise. They end with the run, for to end them disturbs the trial that begins then
   * (measured: pauses of 3.7 ms instead of 0.7).
   */
  async of(assignments: readonly Assignment[], open: OpenOn): Promise<Capacity | null> {
    const producing = assignments.filter(assignment => assignment.role === 'produce');
    if (producing.every(({ load, frame }) => load.kind !== 'open' && frame.measureMicros < fewestMicros)) return null;
    const key = JSON.stringify(producing.map(whatMatters));
    const known = this.#known.get(key) ?? this.#measureAll(producing, open);
    this.#known.set(key, known);
    const capacity = await known;
    // a load host that was lost meanwhile may be there again for the next trial
    if (capacity === null) this.#known.delete(key);
    return capacity;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }

  async #measureAll(producing: readonly ProduceAssignment[], open: OpenOn): Promise<Capacity | null> {
    const threads = this.#opened.use(openThreads(producing.length));
    try {
      const perSecond = await Promise.all(
        producing.map(assignment => measureOne(assignment, open(assignment, threads))),
      );
      return { perSecond, headroom: headroomOf(producing, perSecond) };
    } catch {
      // what fails here fails in the trial too, and is reported there
      return null;
    }
  }
}

/** The least of the workers' against what is asked of each; null where nothing is. */
function headroomOf(producing: readonly ProduceAssignment[], perSecond: readonly number[]): number | null {
  const ratios = producing.flatMap((assignment, i) => {
    const asked = askedPerSecond(assignment);
    return asked === null || asked === 0 ? [] : (perSecond[i] as number) / asked;
  });
  return ratios.length === 0 ? null : Math.min(...ratios);
}

/** What the generator's path depends on. */
const whatMatters = ({
  driver,
  load,
  messages,
  partitioning,
  producers,
  client,
  frame,
}: ProduceAssignment): unknown => [
  driver,
  load,
  messages,
  partitioning,
  producers,
  client.batchSizeBytes,
  [frame.topics.length, frame.partitionsPerTopic, frame.measureMicros, frame.warmupMicros],
];

/** The most that the schedule asks of a worker within the window; null where it has none. */
export function askedPerSecond({ load, producers, frame }: ProduceAssignment): number | null {
  if (load.kind !== 'open') return null;
  let startMicros = 0;
  let most = 0;
  for (const { forMicros, fromPerSecond, toPerSecond } of load.segments) {
    const isInWindow =
      startMicros + forMicros > frame.warmupMicros && startMicros < frame.warmupMicros + frame.measureMicros;
    if (isInWindow) most = Math.max(most, fromPerSecond, toPerSecond);
    startMicros += forMicros;
  }
  return (most * producers.length) / frame.producers;
}

async function measureOne(assignment: ProduceAssignment, channel: WorkerChannel): Promise<number> {
  await using worker = channel;
  worker.post({ type: 'measure-headroom', assignment, askedPerSecond: askedPerSecond(assignment) ?? Infinity });
  let perSecond: number | null = null;
  for await (const message of worker.messages) {
    if (message.type === 'failed') break;
    if (message.type !== 'headroom') continue;
    perSecond = message.messagesPerSecond;
    worker.post({ type: 'finish' });
  }
  if (perSecond === null) throw new Error('The worker did not measure its headroom.');
  return perSecond;
}
