/** A worker's life in one trial: prepare, start, stop, report. The same in a thread and in a process. */
import { type ClientSecurity, plainText } from '../drivers/driver.ts';
import { withoutSecrets } from '../drivers/security.ts';
import type { Assignment } from '../plan/assignment.ts';
import { nowMicros } from '../support/clock.ts';
import { type SerializedError, serializeError } from '../support/errors.ts';
import { noLongerThan } from '../support/wait.ts';
import { openConsumers } from './consume.ts';
import { measureHeadroom } from './headroom.ts';
import { openProducers } from './produce.ts';
import type { ToWorker, WorkerPort } from './protocol.ts';
import { workMeter } from './thread-meter.ts';
import type { RoleEvents, WorkerRole } from './worker-role.ts';

/** A worker says every second what it has done: so long after a second of the window is over, when what happened in it has been counted. */
const progressAfterMicros = 150_000;

/** A client that takes longer to close is reported on all the same. */
const closingMillis = 8_000;

/** How often a consumer says where it is while the orchestrator waits for it to catch up. */
const positionsEveryMillis = 20;

/** Serves one trial over the port; resolves when the trial is over and everything is closed. Errors are posted, never thrown. */
export function serveTrial(port: WorkerPort): Promise<void> {
  return new Promise(resolve => {
    const session = new Session(port, resolve);
    port.onMessage(message => session.receive(message));
  });
}

class Session {
  readonly #port: WorkerPort;
  readonly #ended: () => void;
  #role: WorkerRole | null = null;
  #security: ClientSecurity = plainText;
  #warmupMicros = 0;
  #progress: NodeJS.Timeout | null = null;
  #positions: NodeJS.Timeout | null = null;
  readonly #workSinceLast = workMeter();
  /** Messages are handled one after the other: `finish` waits for `stop`. */
  #queue: Promise<void> = Promise.resolve();

  constructor(port: WorkerPort, ended: () => void) {
    this.#port = port;
    this.#ended = ended;
  }

  receive(message: ToWorker): void {
    this.#queue = this.#queue.then(() => this.#handle(message)).catch((error: unknown) => this.#fail(error));
  }

  async #handle(message: ToWorker): Promise<void> {
    switch (message.type) {
      case 'measure-headroom': {
        const messagesPerSecond = await measureHeadroom(message.assignment, message.askedPerSecond);
        this.#port.post({ type: 'headroom', messagesPerSecond });
        return;
      }
      case 'prepare': {
        this.#security = message.assignment.frame.security;
        this.#warmupMicros = message.assignment.frame.warmupMicros;
        this.#role = await openRole(message.assignment, this.#events(), message.startMicros);
        this.#port.post({ type: 'ready', effective: this.#role.effective });
        if (message.startMicros !== null) this.#start(message.startMicros);
        return;
      }
      case 'start': {
        this.#start(message.startMicros);
        return;
      }
      case 'stop': {
        await this.#opened().stop(message.waitMicros);
        this.#port.post({ type: 'stopped' });
        return;
      }
      case 'finish':
        await this.#finish();
        return;
      case 'crash':
        this.#crash();
    }
  }

  #start(startMicros: number): void {
    this.#opened().start(startMicros);
    this.#keepTelling(startMicros + this.#warmupMicros + progressAfterMicros);
  }

  /** Posts progress now and then, always as long after a second of the window as `anyMicros` is after one. */
  #keepTelling(anyMicros: number): void {
    const sinceMicros = (((nowMicros() - anyMicros) % 1e6) + 1e6) % 1e6;
    this.#progress = setTimeout(
      () => {
        this.#postProgress();
        this.#keepTelling(anyMicros);
      },
      Math.ceil((1e6 - sinceMicros) / 1e3),
    );
  }

  #opened(): WorkerRole {
    if (this.#role === null) throw new Error('The worker was told to go on before it was prepared.');
    return this.#role;
  }

  #events(): RoleEvents {
    return {
      windowResolved: () => this.#port.post({ type: 'window-resolved' }),
      moved: () => {
        this.#positions ??= setTimeout(() => this.#postPositions(), positionsEveryMillis);
      },
      owns: change => this.#port.post({ type: 'ownership', change }),
      failed: error => this.#fail(error),
    };
  }

  #postProgress(): void {
    if (this.#role === null) return;
    const workFraction = this.#workSinceLast();
    this.#port.post({ type: 'progress', progress: { ...this.#role.progress(), workFraction } });
  }

  #postPositions(): void {
    this.#positions = null;
    const nextOffsets = this.#role?.positions?.();
    if (nextOffsets !== undefined) this.#port.post({ type: 'positions', nextOffsets });
  }

  async #finish(): Promise<void> {
    if (this.#progress !== null) clearTimeout(this.#progress);
    if (this.#positions !== null) clearTimeout(this.#positions);
    const role = this.#role;
    if (role !== null) {
      if (role.reportsLast) await noLongerThan(closingMillis, Promise.resolve(role[Symbol.asyncDispose]()));
      this.#port.post({ type: 'report', report: role.report() });
      this.#role = null;
      if (!role.reportsLast) await role[Symbol.asyncDispose]();
    }
    this.#ended();
  }

  /** Reports what was done until now; the worker is killed when the report has arrived. */
  #crash(): void {
    const role = this.#opened();
    role.freeze?.();
    this.#port.post({ type: 'report', report: role.report() });
    if (this.#progress !== null) clearTimeout(this.#progress);
  }

  #fail(error: unknown): void {
    // what a client throws may quote what it was given
    const mask = (text: string): string => withoutSecrets(text, this.#security);
    const { stack, ...said } = serializeError(error);
    const masked: SerializedError = { ...said, message: mask(said.message) };
    this.#port.post({ type: 'failed', error: stack === undefined ? masked : { ...masked, stack: mask(stack) } });
  }
}

function openRole(assignment: Assignment, events: RoleEvents, startMicros: number | null): Promise<WorkerRole> {
  return assignment.role === 'produce'
    ? openProducers(assignment, events)
    : openConsumers(assignment, events, startMicros);
}
