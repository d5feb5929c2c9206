/** One broker of a local cluster over all the processes that it has in turn, on the same ports and with the same data. */
import { HarnessError } from '../../support/errors.ts';
import { type BrokerProcess, startBroker } from '../broker.ts';
import { failureOf } from '../broker-failure.ts';
import type { Guard } from '../guard.ts';
import { giveWay } from '../../support/priority.ts';
import type { BrokerNode } from '../server-properties.ts';
import type { KafkaPrograms } from '../storage.ts';

/** On cores that they share, the generator comes first: what it is late by would be taken for the brokers'. */
const niceness = 5;

/** What starts its processes, and outlives none of them. */
export interface BrokerMeans {
  readonly programs: KafkaPrograms;
  readonly guard: Guard;
}

export class LocalBroker {
  readonly node: BrokerNode;
  readonly #means: BrokerMeans;
  #process: BrokerProcess;
  #isPaused = false;
  #isClosed = false;
  /** What is done to it is done in turn. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(node: BrokerNode, means: BrokerMeans, process: BrokerProcess) {
    this.node = node;
    this.#means = means;
    this.#process = process;
  }

  /** Starts a node that is configured and formatted; it does not serve yet. */
  static async start(node: BrokerNode, means: BrokerMeans): Promise<LocalBroker> {
    return new LocalBroker(node, means, await startBroker(node, means.programs, means.guard));
  }

  /** The one that runs, or the last that did. */
  get process(): BrokerProcess {
    return this.#process;
  }

  get isDown(): boolean {
    return this.#process.end() !== undefined;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Why it is gone though it was not to end; undefined while all is well. */
  async failure(): Promise<HarnessError | undefined> {
    const end = this.#process.end();
    return end === undefined || end.asked ? undefined : failureOf(this.#process, end);
  }

  /** Ends it at once, as a crash would. */
  kill(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#process.stop('now');
      this.#isPaused = false;
    });
  }

  /** Ends it in order. @throws HarnessError 'environment' where it had to be killed */
  stop(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.isDown) return;
      this.#isPaused = false;
      await this.#process.stop('inOrder');
      if (this.#process.end()?.signal !== 'SIGKILL') return;
      throw new HarnessError('environment', `Broker ${this.node.id} did not end in order in time, and was killed.`, {
        hint: 'A broker hands over before it ends: a controller must be there for that.',
      });
    });
  }

  /** Starts it again where it is down; `untilServing` settles when it serves. @throws HarnessError 'environment' where it ended by itself */
  startAgain(untilServing: (process: BrokerProcess) => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isClosed) throw new Error('the cluster is closed');
      if (!this.isDown) return;
      const failure = await this.failure();
      if (failure !== undefined) throw failure;
      this.#process = await startBroker(this.node, this.#means.programs, this.#means.guard);
      await untilServing(this.#process);
      await this.giveWay();
    });
  }

  /** Has it give way to the generator, once it serves: starting is work that others wait for. */
  giveWay(): Promise<void> {
    return giveWay(this.#process.pid, niceness);
  }

  pause(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.isDown) return;
      await this.#process.pause();
      this.#isPaused = true;
    });
  }

  resume(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#isPaused) return;
      this.#process.resume();
      this.#isPaused = false;
    });
  }

  /** Ends it for good, without waiting for what is done to it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#process.stop('now');
    await this.#last;
    await this.#process.stop('now'); // one that was being started meanwhile
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}
