/** An agent of a fleet: runs workers on this host for an orchestrator that speaks to it over the control cluster. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { availableParallelism, hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { type ControlLink, openControlLink, topicsAmong } from '../cluster/control-link.ts';
import { plainText } from '../drivers/driver.ts';
import { watchHost } from '../run/host-watch.ts';
import type { WorkerPlace } from '../run/load-hosts.ts';
import { openProcess } from '../run/processes.ts';
import type { WorkerChannel } from '../run/protocol.ts';
import { openThreads, type ThreadPool } from '../run/threads.ts';
import { nowMicros } from '../support/clock.ts';
import { deserializeError, HarnessError, messageOf, serializeError } from '../support/errors.ts';
import { programVersion } from '../support/version.ts';
import { Assembler, encodeMessage } from './codec.ts';
import {
  type AgentIdentity,
  beatMillis,
  type FromAgent,
  mostSilentBeats,
  type SaidByAgent,
  type ToAgent,
  topicFromAgents,
  topicToAgent,
} from './messages.ts';

export interface AgentSettings {
  /** Of the control cluster. */
  readonly brokers: readonly string[];
  readonly fleet: string;
  /** Its number in the fleet, from 0. */
  readonly agent: number;
  /** Before the names of the fleet's topics. */
  readonly prefix: string;
  /** How long it waits for a run. */
  readonly waitMillis: number;
  readonly onProgress: (text: string) => void;
  /** Ends it, and its workers. */
  readonly signal: AbortSignal;
}

/** Workers at work at once. Threads are begun as they are needed. */
const mostThreads = 1_024;

const pollMillis = 500;

/** Who this agent is; the boot's id is that of the kernel, which containers share as they share its clock. */
export async function identify(agent: number): Promise<AgentIdentity> {
  return {
    agent,
    session: randomUUID(),
    host: hostname(),
    highwaterVersion: programVersion(),
    nodeVersion: process.version,
    cores: availableParallelism(),
    bootId: await readBootId(),
  };
}

export async function readBootId(): Promise<string | null> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return text.trim() || null;
}

/**
 * Serves one run, and resolves when that is over; with the signal it ends early, and says so to the run.
 * @throws HarnessError 'environment' where no run comes, where it goes without a word, or where the control cluster fails; what the
 * orchestrator refuses it with
 */
export async function serveFleet(settings: AgentSettings): Promise<void> {
  const { brokers, fleet, agent, prefix, signal } = settings;
  const access = { brokers, security: plainText };
  const reads = topicToAgent(prefix, fleet, agent);
  const giveUpAtMicros = nowMicros() + settings.waitMillis * 1e3;
  await untilThere(access, [reads, topicFromAgents(prefix, fleet)], giveUpAtMicros, settings);
  if (signal.aborted) return;
  const served = new Service(await identify(agent), settings, giveUpAtMicros);
  await using link = await openControlLink(access, {
    clientId: `highwater-agent-${agent}`,
    topic: reads,
    received: value => served.received(value),
    failed: error => served.end(error),
  });
  if (signal.aborted) return;
  await served.run(link);
}

/** Waits for the topics that the orchestrator makes. */
async function untilThere(
  access: Parameters<typeof topicsAmong>[0],
  topics: readonly string[],
  giveUpAtMicros: number,
  { fleet, onProgress, signal }: AgentSettings,
): Promise<void> {
  let isToldOf = false;
  while (!signal.aborted && (await topicsAmong(access, topics)).length < topics.length) {
    if (nowMicros() > giveUpAtMicros) throw noRun(fleet, access.brokers);
    if (!isToldOf) onProgress(`waiting for a run of fleet ${fleet}`);
    isToldOf = true;
    await pause(pollMillis, undefined, { signal }).catch(() => undefined);
  }
}

const noRun = (fleet: string, brokers: readonly string[]): HarnessError =>
  new HarnessError('environment', `No run of fleet ${fleet} came to the control cluster at ${brokers.join(', ')}.`, {
    hint: 'Start the run, with this cluster under fleet.control and as many agents as it asks for, or wait longer with --wait.',
  });

class Service {
  readonly #identity: AgentIdentity;
  readonly #settings: AgentSettings;
  readonly #giveUpAtMicros: number;
  readonly #assembler = new Assembler(stream => this.#heard(stream));
  readonly #workers = new Map<number, WorkerChannel>();
  readonly #ended = Promise.withResolvers<void>();
  #link: ControlLink | null = null;
  #sequence = 0;
  /** What the run says to this agent; null until it is welcome. */
  #stream: string | null = null;
  #silentBeats = 0;
  /** Later than the run gives it up. */
  #mostSilentBeats = 2 * mostSilentBeats;
  #pools: Record<WorkerPlace['for'], ThreadPool> | null = null;
  #host: ReturnType<typeof watchHost> | null = null;

  constructor(identity: AgentIdentity, settings: AgentSettings, giveUpAtMicros: number) {
    this.#identity = identity;
    this.#settings = settings;
    this.#giveUpAtMicros = giveUpAtMicros;
    // the link may fail before anybody waits for the end
    this.#ended.promise.catch(() => undefined);
  }

  /** Says hello, does what it is told, and resolves at the end of the run. */
  async run(link: ControlLink): Promise<void> {
    this.#link = link;
    const { signal } = this.#settings;
    let because = 'the run is over';
    const stop = (): void => {
      because = 'it was stopped';
      this.end();
    };
    signal.addEventListener('abort', stop);
    this.#beat();
    const beat = setInterval(() => this.#beat(), beatMillis);
    await using opened = new AsyncDisposableStack();
    const pools = { trial: opened.use(openThreads(mostThreads)), headroom: opened.use(openThreads(mostThreads)) };
    this.#pools = pools;
    try {
      await this.#ended.promise;
    } catch (error) {
      because = messageOf(error);
      throw error;
    } finally {
      this.#say({ type: 'bye', because });
      // nobody listens from then on, and the topics may go
      this.#link = null;
      clearInterval(beat);
      signal.removeEventListener('abort', stop);
      await Promise.all([...this.#workers.values()].map(worker => worker[Symbol.asyncDispose]()));
    }
  }

  /** Ends the run for this agent. */
  end(error?: Error): void {
    if (error === undefined) this.#ended.resolve();
    else this.#ended.reject(error);
  }

  /** Takes a record of the topic; what other runs and sessions are told is none of its business. */
  received(record: Uint8Array): void {
    const receivedMicros = nowMicros();
    try {
      const envelope = this.#assembler.take(record);
      if (envelope === null) return;
      const message = envelope.body as ToAgent;
      if (this.#stream === null) this.#meet(message, envelope.stream);
      else if (envelope.stream === this.#stream) this.#obey(message, receivedMicros);
    } catch (error) {
      this.end(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  #heard(stream: string): void {
    if (stream === this.#stream) this.#silentBeats = 0;
  }

  #beat(): void {
    this.#silentBeats++;
    if (this.#stream !== null) {
      if (this.#silentBeats > this.#mostSilentBeats) this.end(gone(this.#silentBeats));
    } else if (nowMicros() > this.#giveUpAtMicros) this.end(noRun(this.#settings.fleet, this.#settings.brokers));
    else this.#say({ type: 'hello', identity: this.#identity });
  }

  #meet(message: ToAgent, stream: string): void {
    if (message.type !== 'welcome' && message.type !== 'refused') return;
    if (message.session !== this.#identity.session) return;
    if (message.type === 'refused') return this.end(deserializeError(message.error));
    this.#stream = stream;
    this.#silentBeats = 0;
    this.#mostSilentBeats = 2 * message.silentBeats;
    this.#settings.onProgress(`agent ${this.#identity.agent} is in the run`);
  }

  #obey(message: ToAgent, receivedMicros: number): void {
    switch (message.type) {
      case 'ping':
        this.#say({ type: 'pong', sentMicros: message.sentMicros, receivedMicros, repliedMicros: nowMicros() });
        return;
      case 'open':
        this.#open(message.channel, message.place);
        return;
      case 'post':
        this.#workers.get(message.channel)?.post(message.message);
        return;
      case 'close':
        void this.#workers.get(message.channel)?.[Symbol.asyncDispose]();
        return;
      case 'watch':
        this.#host = watchHost(message.startMicros, message);
        return;
      case 'tell-seen':
        void this.#host?.figures().then(figures => this.#say({ type: 'seen', figures }));
        return;
      case 'end':
        this.end();
        return;
      case 'refused':
        this.end(deserializeError(message.error));
        return;
      case 'welcome': // said again to a hello that crossed it
    }
  }

  #open(channel: number, place: WorkerPlace): void {
    const pool = (this.#pools as Record<WorkerPlace['for'], ThreadPool>)[place.for];
    const worker = place.in === 'process' ? openProcess() : pool.open();
    this.#workers.set(channel, worker);
    void this.#relay(channel, worker);
  }

  async #relay(channel: number, worker: WorkerChannel): Promise<void> {
    let failure: unknown = null;
    try {
      for await (const message of worker.messages) this.#say({ type: 'said', channel, message });
    } catch (error) {
      failure = error;
    }
    await worker[Symbol.asyncDispose]();
    this.#workers.delete(channel);
    this.#say({ type: 'closed', channel, error: failure === null ? null : serializeError(failure) });
  }

  #say(message: FromAgent): void {
    const { prefix, fleet } = this.#settings;
    const body: SaidByAgent = { to: this.#stream, message };
    const records = encodeMessage({ stream: this.#identity.session, sequence: this.#sequence++, body });
    for (const record of records) this.#link?.send(topicFromAgents(prefix, fleet), record);
  }
}

const gone = (beats: number): HarnessError =>
  new HarnessError('environment', `Nothing has been heard of the run for ${(beats * beatMillis) / 1e3} s.`, {
    hint: 'It was killed, or does not reach the control cluster any more. This host’s workers are ended.',
  });
