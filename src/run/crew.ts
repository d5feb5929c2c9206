/** Leads a trial's workers: all begin together, and where one fails all have failed. */
import type { EffectiveSettings } from '../drivers/driver.ts';
import type { Assignment } from '../plan/assignment.ts';
import { deserializeError } from '../support/errors.ts';
import { Notifier } from '../support/notifier.ts';
import type { FromWorker, OwnershipChange, ToWorker, WorkerChannel, WorkerProgress, WorkerReport } from './protocol.ts';

/** One worker and what it has said. */
export interface Hand {
  readonly assignment: Assignment;
  readonly channel: WorkerChannel;
  readonly said: Map<FromWorker['type'], FromWorker>;
  /** Has closed everything, and its channel. */
  hasLeft: boolean;
  /** Is being killed: that its channel breaks is no failure. */
  isDoomed: boolean;
}

/** A client that cannot close in this time is ended with its thread. */
const closingMillis = 10_000;

export interface CrewEvents {
  progress(progress: WorkerProgress, assignment: Assignment): void;
  /** A worker has said all that it did. */
  reported(report: WorkerReport, assignment: Assignment): void;
  /** Consumers have read on: by group at the broker, their next offsets by topic and partition. */
  positions(nextOffsets: ReadonlyMap<string, Float64Array>): void;
  /** What a member owns has changed. */
  owns(change: OwnershipChange): void;
}

/** Opens a worker. */
export type OpenWorker = (assignment: Assignment) => WorkerChannel;

export class Crew implements AsyncDisposable {
  readonly #hands: Hand[] = [];
  readonly #open: OpenWorker;
  readonly #events: CrewEvents;
  #startMicros: number | null = null;
  #failure: Error | null = null;
  readonly #news = new Notifier();
  #dismissed = false;

  constructor(open: OpenWorker, events: CrewEvents) {
    this.#open = open;
    this.#events = events;
  }

  /** Opens a worker for each of the assignments; resolves when all are ready. Those that come after the start begin at once. */
  async hire(assignments: readonly Assignment[], signal: AbortSignal): Promise<readonly Hand[]> {
    const hands = assignments.map((assignment): Hand => ({
      assignment,
      channel: this.#open(assignment),
      said: new Map(),
      hasLeft: false,
      isDoomed: false,
    }));
    for (const hand of hands) {
      this.#hands.push(hand);
      void this.#listen(hand);
      hand.channel.post({ type: 'prepare', assignment: hand.assignment, startMicros: this.#startMicros });
    }
    await this.#until(() => hands.every(({ said }) => said.has('ready')), signal);
    return hands;
  }

  /** The assignments of the workers that are ready and have not reported. */
  get working(): readonly Assignment[] {
    return this.#hands.flatMap(({ assignment, said }) => (said.has('ready') && !said.has('report') ? assignment : []));
  }

  /** What the clients of the workers really use. */
  get effective(): ReadonlyMap<Assignment, EffectiveSettings> {
    return new Map(
      this.#hands.flatMap(({ assignment, said }) => {
        const ready = said.get('ready');
        return ready?.type === 'ready' ? [[assignment, ready.effective] as const] : [];
      }),
    );
  }

  /** Sets the common start. */
  start(startMicros: number): void {
    this.#startMicros = startMicros;
    this.#tell(() => true, { type: 'start', startMicros });
  }

  /** Has one worker close its clients and report. */
  async dismiss(hand: Hand): Promise<void> {
    hand.channel.post({ type: 'finish' });
    await this.#until(() => hand.said.has('report') && hand.hasLeft, AbortSignal.timeout(closingMillis));
  }

  /** Has one worker report what it has done until now, and kills it with all that it has open. */
  async kill(hand: Hand): Promise<void> {
    hand.isDoomed = true;
    hand.channel.post({ type: 'crash' });
    await this.#until(() => hand.said.has('report'), new AbortController().signal);
    hand.hasLeft = true;
    await hand.channel[Symbol.asyncDispose]();
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

  /** Has conditions tried again that depend on the time. */
  poke(): void {
    this.#news.notify();
  }

  /** Asks those of a role for their reports, and waits until they have closed what they had open: consumers leave their groups. */
  async finish(role: Assignment['role']): Promise<WorkerReport[]> {
    const hands = this.#hands.filter(({ assignment }) => assignment.role === role);
    for (const { channel, said } of hands) if (!said.has('report')) channel.post({ type: 'finish' });
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
      this.#news.notify();
      if (!hand.said.has('report')) this.#fail(new Error(`The worker that ${workOf(hand.assignment)} ended early.`));
    } catch (error) {
      if (!hand.isDoomed) this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #hear(hand: Hand, message: FromWorker): void {
    switch (message.type) {
      case 'progress':
        this.#events.progress(message.progress, hand.assignment);
        break;
      case 'positions':
        this.#events.positions(message.nextOffsets);
        break;
      case 'ownership':
        this.#events.owns(message.change);
        break;
      case 'failed':
        this.#fail(deserializeError(message.error));
        break;
      case 'report':
        this.#events.reported(message.report, hand.assignment);
        hand.said.set(message.type, message);
        break;
      case 'ready':
      case 'window-resolved':
      case 'stopped':
      case 'headroom': // nobody asks the workers of a trial for it
        hand.said.set(message.type, message);
    }
    this.#news.notify();
  }

  #fail(error: Error): void {
    if (this.#dismissed) return;
    this.#failure ??= error;
    this.#news.notify();
  }

  async #until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    const notify = (): void => this.#news.notify();
    signal.addEventListener('abort', notify);
    try {
      while (true) {
        if (this.#failure !== null) throw this.#failure;
        if (condition() || signal.aborted) return;
        await this.#news.happened();
      }
    } finally {
      signal.removeEventListener('abort', notify);
    }
  }
}

function workOf(assignment: Assignment): string {
  return assignment.role === 'produce'
    ? `runs producers ${assignment.producers.join(', ')}`
    : `runs members ${assignment.members.map(({ member }) => member).join(', ')} of group "${assignment.group}"`;
}
