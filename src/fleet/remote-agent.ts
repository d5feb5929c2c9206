/** One agent, seen from the orchestrator: whether it lives, how its clock stands, and the workers that it runs. */
import type { Assignment } from '../plan/assignment.ts';
import type { HostFigures } from '../run/host-watch.ts';
import type { WorkerPlace } from '../run/load-hosts.ts';
import type { FromWorker, ToWorker, WorkerChannel, WorkerReport } from '../run/protocol.ts';
import { nowMicros } from '../support/clock.ts';
import { deserializeError, HarnessError, serializeError } from '../support/errors.ts';
import { Queue } from '../support/queue.ts';
import { noLongerThan } from '../support/wait.ts';
import { type ClockOffset, type Exchange, exchangesKept, offsetAt, sameClock } from './clock-offset.ts';
import { toAgentsClock, toOwnClock, withoutEndToEnd } from './clock-translation.ts';
import { type AgentIdentity, beatMillis, type FromAgent, type ToAgent } from './messages.ts';

/** Sends to the agent. */
export type Tell = (message: ToAgent) => void;

/** A worker that does not end within that is left to its host. */
const closingMillis = 10_000;

/** What an agent did in a trial, over its workers: messages due in the window. */
export interface AgentTally {
  acked: number;
  consumed: number;
}

/** The orchestrator's end of a worker's channel. */
interface Channel {
  readonly messages: Queue<FromWorker>;
  readonly role: Assignment['role'];
  readonly place: WorkerPlace;
  readonly ended: PromiseWithResolvers<void>;
}

export class RemoteAgent {
  readonly identity: AgentIdentity;
  /** What it did in the trial that runs. */
  tally: AgentTally = { acked: 0, consumed: 0 };
  /** What its host showed in the window of the trial that runs; null where it has not said so. */
  figures: HostFigures | null = null;
  /** Whether one clock has stamped and read all messages. */
  knowsEndToEnd = true;
  /** Whether its clock is the orchestrator's: they run on one kernel. */
  readonly sharesClock: boolean;
  readonly #tell: Tell;
  readonly #mostSilentBeats: number;
  readonly #channels = new Map<number, Channel>();
  #exchanges: Exchange[] = [];
  #nextChannel = 0;
  #silentBeats = 0;
  #heardRecords = 0;
  #lost: HarnessError | null = null;
  #seen: PromiseWithResolvers<void> | null = null;

  constructor(identity: AgentIdentity, ownBootId: string | null, silentBeats: number, tell: Tell) {
    this.#mostSilentBeats = silentBeats;
    this.identity = identity;
    this.sharesClock = ownBootId !== null && identity.bootId === ownBootId;
    this.#tell = tell;
    tell({ type: 'welcome', session: identity.session, silentBeats });
    if (!this.sharesClock) this.#ping();
  }

  /** Why nothing more comes of it; null while it lives. */
  get lost(): HarnessError | null {
    return this.#lost;
  }

  /** Records of its that have come: more than before means that it lives. */
  get heardRecords(): number {
    return this.#heardRecords;
  }

  /** Whether it lives and its clock is known well enough to be told when to begin. */
  get isReady(): boolean {
    return this.#lost === null && (this.sharesClock || this.#exchanges.length >= exchangesKept);
  }

  /** How far its clock is from this one's now; null where that cannot be told. */
  get clock(): ClockOffset | null {
    return this.sharesClock ? sameClock : offsetAt(this.#exchanges, nowMicros());
  }

  /** Once a second: asks whether it lives, and gives it up when it has been silent for too long. */
  beat(): void {
    if (this.#lost !== null) return;
    // beats are counted, not time: an orchestrator that was held up has not listened meanwhile
    if (this.#silentBeats++ >= this.#mostSilentBeats)
      this.lose(`nothing has been heard of it for ${(this.#mostSilentBeats * beatMillis) / 1e3} s`);
    else this.#ping();
  }

  /** Counts it as gone: its workers fail with an error that names it. */
  lose(because: string): void {
    this.#dismiss(isLost(this.identity, because));
  }

  /** Ends all of its workers' channels with that error. */
  fail(error: HarnessError): void {
    this.#lost ??= error;
    for (const [id] of this.#channels) this.#close(id, error);
    this.#seen?.resolve();
  }

  /** A record of its has come, maybe only part of a message: a large one takes longer than an agent may be silent. */
  heard(): void {
    this.#silentBeats = 0;
    this.#heardRecords++;
  }

  hear(message: FromAgent, returnedMicros: number): void {
    switch (message.type) {
      case 'hello': // it has not heard yet that it is welcome
        this.#tell({ type: 'welcome', session: this.identity.session, silentBeats: this.#mostSilentBeats });
        return;
      case 'pong':
        this.#exchanges = [...this.#exchanges, { ...message, returnedMicros }].slice(-exchangesKept);
        if (!this.sharesClock && !this.isReady) this.#ping();
        return;
      case 'said':
        this.#pass(message.channel, message.message);
        return;
      case 'closed':
        this.#close(message.channel, message.error === null ? null : deserializeError(message.error));
        return;
      case 'seen':
        this.figures = message.figures;
        this.#seen?.resolve();
        return;
      case 'bye':
        this.fail(isLost(this.identity, message.because));
    }
  }

  /** Opens a worker there. */
  open({ role }: Assignment, place: WorkerPlace): WorkerChannel {
    const id = this.#nextChannel++;
    const channel: Channel = { messages: new Queue<FromWorker>(), role, place, ended: Promise.withResolvers() };
    this.#channels.set(id, channel);
    if (this.#lost === null) this.#tell({ type: 'open', channel: id, place });
    else this.#close(id, this.#lost);
    return {
      post: message => this.#post(id, message),
      messages: channel.messages,
      [Symbol.asyncDispose]: async () => {
        if (!this.#channels.has(id)) return;
        this.#tell({ type: 'close', channel: id });
        await noLongerThan(closingMillis, channel.ended.promise);
        this.#close(id, null);
      },
    };
  }

  /** Has its host watched through a trial's window. */
  watch(startMicros: number, spans: { readonly warmupMicros: number; readonly measureMicros: number }): void {
    const { warmupMicros, measureMicros } = spans;
    this.figures = null;
    const offsetMicros = this.#offsetMicros();
    if (offsetMicros !== null)
      this.#tell({ type: 'watch', startMicros: startMicros + offsetMicros, warmupMicros, measureMicros });
  }

  /** Asks what was seen of its host; null where it does not say so any more. */
  async seen(): Promise<HostFigures | null> {
    if (this.#lost !== null) return null;
    this.#seen = Promise.withResolvers();
    this.#tell({ type: 'tell-seen' });
    await noLongerThan(closingMillis, this.#seen.promise);
    return this.figures;
  }

  #ping(): void {
    this.#tell({ type: 'ping', sentMicros: nowMicros() });
  }

  #post(id: number, message: ToWorker): void {
    if (!this.#channels.has(id)) return;
    const offsetMicros = this.#offsetMicros();
    if (offsetMicros !== null) this.#tell({ type: 'post', channel: id, message: toAgentsClock(message, offsetMicros) });
  }

  #pass(id: number, message: FromWorker): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) return;
    const offsetMicros = this.#offsetMicros();
    if (offsetMicros === null) return;
    if (message.type === 'report' && channel.place.for === 'trial') this.#count(message.report);
    const own = toOwnClock(message, offsetMicros);
    channel.messages.push(channel.role === 'consume' && !this.knowsEndToEnd ? withoutEndToEnd(own) : own);
  }

  #count(report: WorkerReport): void {
    if (report.role === 'produce') for (const { inWindow } of report.producers) this.tally.acked += inWindow.acked;
    else for (const { inWindow } of report.members) this.tally.consumed += inWindow.consumed;
  }

  #close(id: number, error: Error | null): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) return;
    this.#channels.delete(id);
    channel.messages.close(error);
    channel.ended.resolve();
  }

  /** Null where its clock is not known any more: then it is lost, for nothing could be told to it at the right time. */
  #offsetMicros(): number | null {
    const { clock } = this;
    if (clock === null) this.#dismiss(clockLost(this.identity));
    return clock?.offsetMicros ?? null;
  }

  /** Fails its workers, and has it end what it does, if it was only held up. */
  #dismiss(error: HarnessError): void {
    if (this.#lost !== null) return;
    this.fail(error);
    this.#tell({ type: 'refused', session: this.identity.session, error: { ...serializeError(error), stack: '' } });
  }
}

/** Which agent a worker goes to: workers of each kind are dealt out in turn. */
export const agentOf = ({ worker }: Assignment, agents: number): number => worker % agents;

const isLost = ({ agent, host }: AgentIdentity, because: string): HarnessError =>
  new HarnessError('incomplete', `Agent ${agent} on ${host} is lost: ${because}.`, {
    hint: `Start it again with the same --id ${agent}.`,
  });

const clockLost = ({ agent, host }: AgentIdentity): HarnessError =>
  new HarnessError(
    'incomplete',
    `The clock of agent ${agent} on ${host} is not known any more: it stood still, or drifts by more than NTP slews.`,
    {
      hint: `Let the clocks of all hosts settle (chronyc tracking), and start it again with the same --id ${agent}: a host that was suspended has lost its time.`,
    },
  );
