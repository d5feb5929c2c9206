/** Gathers the agents of a fleet over the control cluster, and runs a run's workers on them. */
import { randomUUID } from 'node:crypto';
import type { Cluster } from '../cluster/cluster.ts';
import { type ControlLink, openControlLink } from '../cluster/control-link.ts';
import { createTopics, removeTopics } from '../cluster/topics.ts';
import type { Assignment } from '../plan/assignment.ts';
import type { HostFigures } from '../run/host-watch.ts';
import type { LoadHosts, WorkerPlace } from '../run/load-hosts.ts';
import type { TrialMeasurement } from '../run/measurement.ts';
import type { WorkerChannel } from '../run/protocol.ts';
import { nowMicros } from '../support/clock.ts';
import { HarnessError, messageOf, serializeError } from '../support/errors.ts';
import { Notifier } from '../support/notifier.ts';
import { Admission, anotherRun } from './admission.ts';
import { readBootId } from './agent.ts';
import { Assembler, encodeMessage } from './codec.ts';
import {
  type AgentIdentity,
  beatMillis,
  mostSilentBeats,
  type SaidByAgent,
  topicFromAgents,
  topicToAgent,
} from './messages.ts';
import { agentOf, RemoteAgent, type Tell } from './remote-agent.ts';
import { refuseSecretsInTheClear } from './secrets.ts';
import { settleFleet, worstOf } from './settle.ts';

export interface FleetSettings {
  readonly fleet: string;
  readonly agents: number;
  /** Before the names of the fleet's topics. */
  readonly prefix: string;
  readonly control: Cluster;
  readonly underTest: Pick<Cluster, 'brokers' | 'security' | 'clusterId'>;
  readonly onProgress: (text: string) => void;
  /** How long the first trial waits for agents: people start them. Ten minutes unless given. */
  readonly firstWaitMillis?: number;
  /** How long a later one does, where an agent was lost meanwhile. Half a minute unless given. */
  readonly laterWaitMillis?: number;
  /** Beats without a word after which an agent is lost; five unless given. */
  readonly silentBeats?: number;
}

/** For as long as nothing else says how long: a run that was killed leaves its topics behind. */
const topicConfig = { 'cleanup.policy': 'delete', 'retention.ms': 3_600_000 };

/** What a scenario has that does not name another one, and agents take it for granted. */
const usualPrefix = 'highwater.';

const goodbyeMillis = 5_000;

/** A run that lives asks its agents every second. */
const beatsUntilAlone = 3;

/**
 * Makes the fleet's topics and listens for its agents; `ready` waits for them. Disposing ends them and deletes the topics.
 * @throws HarnessError 'usage' where secrets would cross a network in the clear, 'environment' where the control cluster fails
 */
export async function openFleet(settings: FleetSettings): Promise<Fleet> {
  const { fleet, agents, prefix, control, underTest, onProgress } = settings;
  // clients go to where brokers say that they are, wherever they were told to begin
  const told = control.nodes.map(({ host, port }) => `${host}:${port}`);
  refuseSecretsInTheClear(underTest.security, { ...control, brokers: [...control.brokers, ...told] });
  if (control.clusterId === underTest.clusterId)
    onProgress('the cluster under test carries what the agents say too: a little load that is not the scenario’s');
  await using opened = new AsyncDisposableStack();
  const answers = topicFromAgents(prefix, fleet);
  const names = [answers, ...Array.from({ length: agents }, (_, agent) => topicToAgent(prefix, fleet, agent))];
  const replicationFactor = Math.min(3, control.brokerCount);
  const specs = names.map(name => ({ name, partitions: 1, replicationFactor, config: topicConfig }));
  const topics = await createTopics(control, specs, { ifExists: 'reuse', onProgress }).catch(refused);
  const gathering = new Fleet(settings, await readBootId());
  opened.defer(async () => {
    if (gathering.isShared === null) await topics[Symbol.asyncDispose]();
    // also those that a run left behind which was killed
    else if (!gathering.isShared) await removeTopics(control, names, onProgress);
  });
  const link = opened.use(
    await openControlLink(control, {
      clientId: 'highwater-fleet',
      topic: answers,
      received: record => gathering.received(record),
      failed: error => gathering.fail(error),
    }),
  );
  gathering.begin(link, opened.move());
  return gathering;
}

/** Without its topics there is no fleet, and no trial of the run. */
function refused(error: unknown): never {
  if (!(error instanceof HarnessError) || error.hint === undefined) throw error;
  throw new HarnessError('environment', error.message, { hint: error.hint, cause: error });
}

export class Fleet implements LoadHosts, AsyncDisposable {
  /** An order takes milliseconds by way of the brokers; a collector's pause there may take longer. */
  readonly startDelayMicros = 1e6;
  readonly #settings: FleetSettings;
  readonly #bootId: string | null;
  readonly #admission: Admission;
  readonly #assembler = new Assembler(session => this.#bySession.get(session)?.heard());
  /** By number; a hole where none has come. */
  readonly #agents: (RemoteAgent | undefined)[];
  /** By the session in their messages. */
  readonly #bySession = new Map<string, RemoteAgent>();
  /** By session: how its agent is spoken to. */
  readonly #tellers = new Map<string, Tell>();
  /** In which this run speaks to agents. */
  readonly #streams = new Set<string>();
  /** Sessions of agents that are none of the run's: of each it is said once. */
  readonly #refused = new Set<string>();
  readonly #opened = new AsyncDisposableStack();
  #isShared = false;
  #beats = 0;
  #link: ControlLink | null = null;
  #failure: HarnessError | null = null;
  #wasComplete = false;
  readonly #news = new Notifier();

  constructor(settings: FleetSettings, bootId: string | null) {
    this.#settings = settings;
    this.#bootId = bootId;
    this.#admission = new Admission(settings.underTest.brokers, bootId);
    this.#agents = Array.from({ length: settings.agents }, () => undefined);
  }

  /** Beats over that link from now on; what is given is closed at the end. */
  begin(link: ControlLink, opened: AsyncDisposableStack): void {
    this.#link = link;
    this.#opened.use(opened);
    const beat = setInterval(() => {
      this.#beats++;
      for (const agent of this.#present()) agent.beat();
      this.#news.notify();
    }, beatMillis);
    this.#opened.defer(() => clearInterval(beat));
  }

  /** Whether another run has the same topics, which are not to be deleted then; null until it would have been heard. */
  get isShared(): boolean | null {
    return this.#beats < beatsUntilAlone && !this.#isShared ? null : this.#isShared;
  }

  async ready(signal: AbortSignal): Promise<void> {
    const { firstWaitMillis = 600_000, laterWaitMillis = 30_000, agents } = this.#settings;
    const isReady = (): boolean => this.#agents.every(agent => agent?.isReady === true);
    if (!isReady()) this.#settings.onProgress(this.#awaited());
    await this.#until(isReady, this.#wasComplete ? laterWaitMillis : firstWaitMillis, signal);
    if (signal.aborted) return;
    if (!isReady()) {
      throw new HarnessError('environment', `${this.#missing().length} of ${agents} agents are not there.`, {
        hint: this.#awaited(),
      });
    }
    this.#wasComplete = true;
    const present = this.#present();
    const knowsEndToEnd = agents === 1 || present.every(({ sharesClock }) => sharesClock);
    for (const agent of present) {
      agent.tally = { acked: 0, consumed: 0 };
      agent.knowsEndToEnd = knowsEndToEnd;
    }
  }

  open(assignment: Assignment, place: WorkerPlace): WorkerChannel {
    const agent = this.#agents[agentOf(assignment, this.#settings.agents)];
    if (agent === undefined) throw new Error('A worker was opened before its agent was there.');
    return agent.open(assignment, place);
  }

  watch(
    startMicros: number,
    spans: { readonly warmupMicros: number; readonly measureMicros: number },
  ): { figures(): Promise<HostFigures> } {
    const watched = this.#present();
    for (const agent of watched) agent.watch(startMicros, spans);
    return { figures: async () => worstOf(await Promise.all(watched.map(agent => agent.seen()))) };
  }

  settle(measurement: TrialMeasurement): TrialMeasurement {
    return settleFleet(measurement, this.#present());
  }

  /** Takes a record that an agent has sent. */
  received(record: Uint8Array): void {
    const returnedMicros = nowMicros();
    try {
      const envelope = this.#assembler.take(record);
      if (envelope === null) return;
      const { to, message } = envelope.body as SaidByAgent;
      const agent = this.#bySession.get(envelope.stream);
      if (to !== null && !this.#streams.has(to)) {
        // agents of a run that was killed go on for a while, but only who is asked answers
        if (agent !== undefined || message.type === 'pong') this.#share();
      } else if (agent !== undefined) agent.hear(message, returnedMicros);
      else if (message.type === 'hello') this.#meet(message.identity);
    } catch (error) {
      this.#failOrTell(error);
    }
    this.#news.notify();
  }

  /** Nothing more can be run on the fleet. */
  fail(error: HarnessError): void {
    this.#failure ??= error;
    for (const agent of this.#present()) agent.fail(error);
    this.#news.notify();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const there = this.#present().filter(({ lost }) => lost === null);
    for (const { identity } of there) this.#tellers.get(identity.session)?.({ type: 'end' });
    const allGone = (): boolean => there.every(({ lost }) => lost !== null);
    if (this.#failure === null) await this.#until(allGone, goodbyeMillis, new AbortController().signal);
    await this.#opened.disposeAsync();
  }

  #share(): void {
    this.#isShared = true;
    this.fail(anotherRun(this.#settings.fleet));
  }

  #present(): RemoteAgent[] {
    return this.#agents.filter(agent => agent !== undefined);
  }

  #meet(identity: AgentIdentity): void {
    const { agents, onProgress } = this.#settings;
    const { agent, session, host, cores } = identity;
    if (!(agent in this.#agents)) {
      if (!this.#refused.has(session)) onProgress(`agent ${agent} on ${host} is none of the ${agents}: it is ignored`);
      this.#refused.add(session);
      return;
    }
    const refusal = this.#admission.refusalOf(identity, this.#agents[agent]);
    if (refusal === 'later') return;
    if (refusal !== null) {
      if (!this.#refused.has(session)) onProgress(`agent ${agent} on ${host} is refused: ${refusal.message}`);
      this.#refused.add(session);
      this.#teller(agent)({ type: 'refused', session, error: { ...serializeError(refusal), stack: '' } });
      return;
    }
    const tell = this.#teller(agent);
    this.#tellers.set(session, tell);
    const welcome = new RemoteAgent(identity, this.#bootId, this.#settings.silentBeats ?? mostSilentBeats, tell);
    this.#agents[agent] = welcome;
    this.#bySession.set(session, welcome);
    onProgress(`agent ${agent} is there: ${host}, ${cores} cores`);
  }

  /** Speaks to an agent, in a stream of its own. */
  #teller(agent: number): Tell {
    const { prefix, fleet } = this.#settings;
    const stream = randomUUID();
    this.#streams.add(stream);
    let sequence = 0;
    return body => {
      for (const record of encodeMessage({ stream, sequence: sequence++, body }))
        this.#link?.send(topicToAgent(prefix, fleet, agent), record);
    };
  }

  /** An agent that nobody understands keeps a fleet from gathering; one that comes later disturbs nobody. */
  #failOrTell(error: unknown): void {
    const isOtherVersion = error instanceof HarnessError && error.reason === 'environment';
    if (isOtherVersion && this.#wasComplete) return this.#settings.onProgress(error.message);
    this.fail(
      error instanceof HarnessError
        ? error
        : new HarnessError('environment', `An agent's message cannot be read: ${messageOf(error)}.`, { cause: error }),
    );
  }

  #missing(): number[] {
    return this.#agents.flatMap((agent, id) => (agent === undefined || agent.lost !== null ? id : []));
  }

  /** What is to be done that the fleet be complete. */
  #awaited(): string {
    const { fleet, prefix, control } = this.#settings;
    const ids = this.#missing();
    if (ids.length === 0) return 'measuring how far the clocks of the agents are apart';
    const of = prefix === usualPrefix ? '' : ` --topic-prefix '${prefix}'`;
    return `waiting for agent${ids.length === 1 ? '' : 's'} ${ids.join(', ')}: highwater agent --control ${control.brokers.join(',')} --fleet ${fleet}${of} --id ${ids[0]}`;
  }

  /** @throws HarnessError of the link */
  async #until(condition: () => boolean, withinMillis: number, signal: AbortSignal): Promise<void> {
    const deadlineMicros = nowMicros() + withinMillis * 1e3;
    const notify = (): void => this.#news.notify();
    signal.addEventListener('abort', notify);
    try {
      while (!condition() && !signal.aborted && nowMicros() < deadlineMicros) {
        if (this.#failure !== null) throw this.#failure;
        // the beat comes every second, and the time may be up then
        await this.#news.happened();
      }
    } finally {
      signal.removeEventListener('abort', notify);
    }
  }
}
