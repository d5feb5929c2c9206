/** Tells what a cluster is like while things are done to it: its controller, its leaders, its health. */
import { setTimeout as wait } from 'node:timers/promises';
import { metadata, type PartitionMetadata, type TopicMetadata } from '../../drivers/wire/protocol/apis.ts';
import { BrokerError, noError } from '../../drivers/wire/protocol/errors.ts';
import { HarnessError, messageOf } from '../../support/errors.ts';
import type { PartitionState } from '../faults.ts';
import { Asker, type AskerOptions } from './asker.ts';
import { findAilment } from './health.ts';
import { describeQuorum, electPreferredLeaders } from './quorum.ts';

/** Where a cluster is observed. */
export interface ObserverOptions extends Omit<AskerOptions, 'addresses'> {
  /** By id: where each broker is asked, apart from what may stand before it on purpose. */
  readonly brokers: ReadonlyMap<number, string>;
  /** By id: where each controller is asked; the brokers where those are out of reach, for they pass such questions on. */
  readonly controllers: ReadonlyMap<number, string>;
}

const controllerMillis = 20_000;
const controllerPollMillis = 50;
const healthPollMillis = 100;
const electionMillis = 1_000;

export class Observer implements Disposable {
  readonly #brokers: Asker;
  readonly #controllers: Asker;
  readonly #ids: readonly number[];

  constructor({ brokers, controllers, ...options }: ObserverOptions) {
    this.#ids = [...brokers.keys()];
    this.#brokers = new Asker({ ...options, addresses: brokers });
    this.#controllers = new Asker({ ...options, addresses: controllers });
  }

  /**
   * The active controller: the leader of the controllers' quorum.
   * @throws HarnessError 'environment' where there is none within 20 s, the signal's reason when it is aborted
   */
  async controller(signal?: AbortSignal): Promise<number> {
    const deadline = performance.now() + controllerMillis;
    for (;;) {
      signal?.throwIfAborted();
      const asked = this.#controllers.answering.map(node => this.#controllers.ask(node, describeQuorum()));
      const answers = await Promise.allSettled(asked);
      const leaders = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []));
      // one that was away may not know yet that another one leads
      const latest = leaders.toSorted((a, b) => b.epoch - a.epoch)[0];
      if (latest !== undefined && latest.leader >= 0) return latest.leader;
      if (performance.now() > deadline) throw noController(answers);
      await pollAfter(controllerPollMillis, signal);
    }
  }

  /** The partitions of these topics, by a broker that answers. @throws HarnessError 'environment' where none does, or none knows a topic */
  async partitions(topics: readonly string[]): Promise<PartitionState[]> {
    const answer = await this.#brokers.askAny(metadata(topics)).catch(cause => {
      throw new HarnessError('environment', `No broker tells of ${topics.join(', ')}: ${reasonsOf(cause)}.`, {
        hint: 'Brokers may be away; one must be left that answers.',
        cause,
      });
    });
    return answer.topics.flatMap(statesOf);
  }

  /** Whether a broker serves and has joined, by its own account. */
  async isServing(broker: number): Promise<boolean> {
    try {
      const { brokers } = await this.#brokers.ask(broker, metadata([]));
      return brokers.some(({ nodeId }) => nodeId === broker);
    } catch {
      return false;
    }
  }

  /** A broker was away: what it says is believed last. */
  wasAway(broker: number): void {
    this.#brokers.putLast(broker);
  }

  /**
   * Waits until, by every broker's account, all of them have joined and every partition has all its replicas in sync and its preferred
   * leader, which is elected where the time has come. `check` throws what makes waiting vain.
   * @throws HarnessError 'environment' where it does not come true within the bound, the signal's reason when it is aborted
   */
  async untilHealthy(timeoutMicros: number, signal?: AbortSignal, check?: () => Promise<void>): Promise<void> {
    const look = async () => {
      await check?.();
      const amiss = await this.#amiss();
      if (amiss === undefined) return undefined;
      return {
        complaint: new HarnessError(
          'environment',
          `The cluster is not healthy after ${timeoutMicros / 1e6} s: ${amiss.what}.`,
          { hint: 'Look at the logs of its brokers; a busy host needs longer.' },
        ),
        mend: amiss.wantsElection ? () => this.#elect(signal) : undefined,
      };
    };
    await untilWell(look, timeoutMicros, signal);
  }

  [Symbol.dispose](): void {
    this.#brokers[Symbol.dispose]();
    this.#controllers[Symbol.dispose]();
  }

  /** What is amiss by anybody's account, what an election cannot mend first. */
  async #amiss() {
    const accounts = this.#ids.map(async broker => {
      try {
        return findAilment(await this.#brokers.ask(broker, metadata(null)), this.#ids);
      } catch (error) {
        return { what: `broker ${broker} does not answer (${messageOf(error)})`, wantsElection: false };
      }
    });
    const found = (await Promise.all(accounts)).filter(one => one !== undefined);
    return found.find(({ wantsElection }) => !wantsElection) ?? found[0];
  }

  async #elect(signal: AbortSignal | undefined): Promise<void> {
    try {
      const controller = await this.controller(signal);
      const election = electPreferredLeaders(electionMillis);
      await (this.#controllers.knows(controller)
        ? this.#controllers.ask(controller, election)
        : this.#controllers.askAny(election));
    } catch {
      // the controller may just have changed: whether leaders are as they should be is looked at again
    }
  }
}

/** What is not well, what to say of it when the time is up, and what may mend it. */
interface Amiss {
  readonly complaint: HarnessError;
  readonly mend?: (() => Promise<void>) | undefined;
}

/**
 * Looks again and again until nothing is amiss.
 * @throws the complaint where something still is when the time is up; the signal's reason when it is aborted; what `look` throws
 */
export async function untilWell(
  look: () => Promise<Amiss | undefined>,
  timeoutMicros: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = performance.now() + timeoutMicros / 1e3;
  for (;;) {
    signal?.throwIfAborted();
    const amiss = await look();
    if (amiss === undefined) return;
    if (performance.now() > deadline) throw amiss.complaint;
    await amiss.mend?.();
    await pollAfter(healthPollMillis, signal);
  }
}

/** Waits so long, or throws the signal's reason when it is aborted meanwhile. */
async function pollAfter(millis: number, signal: AbortSignal | undefined): Promise<void> {
  await wait(millis, undefined, { signal }).catch(() => signal?.throwIfAborted());
}

function statesOf({ code, name, partitions }: TopicMetadata): PartitionState[] {
  if (code !== noError) {
    throw new HarnessError('environment', `No broker tells of ${name}: ${new BrokerError(code).message}.`, {
      hint: 'Check that the topic exists.',
    });
  }
  const state = ({ partition, leader, replicas, inSyncReplicas }: PartitionMetadata): PartitionState => ({
    topic: name,
    partition,
    leader: leader < 0 ? null : leader,
    replicas,
    inSyncReplicas,
  });
  return partitions.map(state);
}

/** What each of several failures said, once. */
const reasonsOf = (cause: unknown): string =>
  cause instanceof AggregateError ? [...new Set(cause.errors.map(messageOf))].join('; ') : messageOf(cause);

function noController(answers: readonly PromiseSettledResult<unknown>[]): HarnessError {
  const reasons = answers.flatMap(answer => (answer.status === 'rejected' ? [messageOf(answer.reason)] : []));
  const said = reasons.length === 0 ? 'none leads' : [...new Set(reasons)].join('; ');
  return new HarnessError('environment', `No controller is active after ${controllerMillis / 1e3} s: ${said}.`, {
    hint: 'More than half of the controllers must run.',
  });
}
