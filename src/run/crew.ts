/** Leads a trial's workers: all begin together, and where one fails all have failed. */
import type { Assignment } from '../plan/assignment.ts';
import { deserializeError } from '../support/errors.ts';
import type { FromWorker, ToWorker, WorkerChannel, WorkerProgress, WorkerReport } from './protocol.ts';

/** One worker and what it has said. */
interface Hand {
  readonly assignment: Assignment;
  readonly channel: WorkerChannel;
  readonly said: Map<FromWorker['type'], FromWorker>;
  /** Has closed everything, and its channel. */
  hasLeft: boolean;
}

/** A client that cannot close in this time is ended with its thread. */
const closingMillis = 10_000;

export interface CrewEvents {
  progress(progress: WorkerProgress): void;
  /** A consumer has moved on: its group, and its next offsets by topic and partition. */
  positions(group: string, nextOffsets: Float64Array): void;
}

export class Crew implements AsyncDisposable {
  readonly #hands: readonly Hand[];
  readonly #events: CrewEvents;
  #failure: Error | null = null;
  #waiting: (() => void)[] = [];
  #dismissed = false;

  constructor(
    hands: readonly { readonly assignment: Assignment; readonly channel: WorkerChannel }[],
    events: CrewEvents,
  ) {
    this.#events = events;
    this.#hands = hands.map(hand => ({ ...hand, said: new Map(), hasLeft: false }));
    for (const hand of this.#hands) void this.#listen(hand);
  }

  /** Gives every worker its assignment; resolves when all are ready, with what their clients really use. */
  async prepare(signal: AbortSignal): Promise<ReadonlyMap<Assignment, Extract<FromWorker, { type: 'ready' }>>> {
    for (const { channel, assignment } of this.#hands) channel.post({ type: 'prepare', assignment });
    await this.#until(() => this.#hands.every(hand => hand.said.has('ready')), signal);
    return new Map(
      this.#hands.map(hand => [hand.assignment, hand.said.get('ready') as Extract<FromWorker, { type: 'ready' }>]),
    );
  }

  /** Sets the common start. */
  start(startMicros: number): void {
    this.#tell(() => true, { type: 'start', startMicros });
  }

  /** Resolves when every producer has an outcome for all that was due in the window, or when the signal says stop. */
  async windowResolved(signal: AbortSignal): Promise<void> {
    await this.#until(() => this.#producers().every(hand => hand.said.has('window-resolved')), signal);
  }

  /** Stops the producers; resolves when nothing is in flight any more, or the wait is over. */
  async stopProducers(waitMicros: number): Promise<void> {
    this.#tell(({ role }) => role === 'produce', { type: 'stop', waitMicros });
    await this.#until(() => this.#producers().every(hand => hand.said.has('stopped')), new AbortController().signal);
  }

  /** Resolves when the condition holds; it is tried again whenever a worker says something, and at the deadline. */
  async until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    await this.#until(condition, signal);
  }

  /** Asks those of a role for their reports, and waits until they have closed what they had open: consumers leave their groups. */
  async finish(role: Assignment['role']): Promise<WorkerReport[]> {
    const hands = this.#hands.filter(({ assignment }) => assignment.role === role);
    this.#tell(assignment => assignment.role === role, { type: 'finish' });
    await this.#until(() => hands.every(hand => hand.said.has('report')), new AbortController().signal);
    await this.#until(() => hands.every(hand => hand.hasLeft), AbortSignal.timeout(closingMillis));
    return hands.map(hand => (hand.said.get('report') as Extract<FromWorker, { type: 'report' }>).report);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#dismissed = true;
    await Promise.all(this.#hands.map(({ channel }) => channel[Symbol.asyncDispose]()));
  }

  #producers(): readonly Hand[] {
    return this.#hands.filter(({ assignment }) => assignment.role === 'produce');
  }

  #tell(whom: (assignment: Assignment) => boolean, message: ToWorker): void {
    for (const { assignment, channel } of this.#hands) if (whom(assignment)) channel.post(message);
  }

  async #listen(hand: Hand): Promise<void> {
    try {
      for await (const message of hand.channel.messages) this.#hear(hand, message);
      hand.hasLeft = true;
      this.#notify();
      if (!hand.said.has('report')) this.#fail(new Error(`The worker that ${workOf(hand.assignment)} ended early.`));
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #hear(hand: Hand, message: FromWorker): void {
    switch (message.type) {
      case 'progress':
        this.#events.progress(message.progress);
        break;
      case 'positions':
        if (hand.assignment.role === 'consume') this.#events.positions(hand.assignment.group, message.nextOffsets);
        break;
      case 'failed':
        this.#fail(deserializeError(message.error));
        break;
      case 'ready':
      case 'window-resolved':
      case 'stopped':
      case 'report':
        hand.said.set(message.type, message);
    }
    this.#notify();
  }

  #fail(error: Error): void {
    if (this.#dismissed) return;
    this.#failure ??= error;
    this.#notify();
  }

  async #until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    const notify = (): void => this.#notify();
    signal.addEventListener('abort', notify);
    try {
      while (true) {
        if (this.#failure !== null) throw this.#failure;
        if (condition() || signal.aborted) return;
        await new Promise<void>(resolve => this.#waiting.push(resolve));
      }
    } finally {
      signal.removeEventListener('abort', notify);
    }
  }

  #notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

function workOf(assignment: Assignment): string {
  return assignment.role === 'produce'
    ? `runs producers ${assignment.producers.join(', ')}`
    : `runs members ${assignment.members.join(', ')} of group "${assignment.group}"`;
}
