/** Breaks the brokers of a local cluster on purpose, and mends them. */
import { setTimeout as wait } from 'node:timers/promises';
import { plainText } from '../../drivers/driver.ts';
import { HarnessError } from '../../support/errors.ts';
import type { Link, LinkFault } from '../../support/link-fault.ts';
import type { BrokerProcess } from '../broker.ts';
import { failureOf } from '../broker-failure.ts';
import { type ClusterFaults, type FaultNeeds, noSuchBroker, type PartitionState } from '../faults.ts';
import type { Proxies } from '../proxy/proxies.ts';
import { clientAddress, controllerAddress, internalAddress } from '../server-properties.ts';
import { knock } from '../sockets.ts';
import type { LimitedDisk } from './limited-disk.ts';
import type { LocalBroker } from './local-broker.ts';
import { Observer } from './observer.ts';

/** What a local cluster has that can be broken. */
export interface Breakable {
  readonly brokers: readonly LocalBroker[];
  /** By the broker's id. */
  readonly disks: ReadonlyMap<number, LimitedDisk>;
  /** By `routeId`. */
  readonly proxies: Proxies | undefined;
  readonly needs: FaultNeeds;
}

/** Which of the proxies stands on a broker's link. */
export const routeId = (broker: number, link: Link): string => `${broker}-${link}`;

/** A broker that was killed is let in again when the controller has given it up: 9 s by Kafka's default. */
const servingMillis = 60_000;
const servingPollMillis = 50;
/** A broker whose last write has failed may take so long to end. */
const dyingMillis = 1_000;

export class LocalFaults implements ClusterFaults, Disposable {
  readonly canStopBrokers = true;
  readonly brokers: readonly number[];
  readonly #what: Breakable;
  readonly #observer: Observer;
  readonly #filled = new Set<number>();
  readonly #faulty = new Set<string>();
  #isClosed = false;

  constructor(what: Breakable) {
    this.#what = what;
    const nodes = what.brokers.map(({ node }) => node);
    this.brokers = nodes.map(({ id }) => id);
    const controllers = nodes.flatMap(node => {
      const address = controllerAddress(node);
      return address === undefined ? [] : [[node.id, address] as const];
    });
    this.#observer = new Observer({
      brokers: new Map(nodes.map(node => [node.id, internalAddress(node)])),
      controllers: new Map(controllers),
      security: plainText,
      isSilent: id => {
        const broker = this.#brokerAt(id);
        return broker.isDown || broker.isPaused;
      },
    });
  }

  async kill(broker: number): Promise<void> {
    await this.#brokerAt(broker).kill();
    this.#observer.wasAway(broker);
  }

  async stop(broker: number): Promise<void> {
    await this.#brokerAt(broker).stop();
    this.#observer.wasAway(broker);
  }

  async start(broker: number): Promise<void> {
    await this.#brokerAt(broker).startAgain(process => {
      process.expectEnd(this.#filled.has(broker));
      return this.#untilServing(process);
    });
  }

  async pause(broker: number): Promise<void> {
    await this.#brokerAt(broker).pause();
    this.#observer.wasAway(broker);
  }

  async resume(broker: number): Promise<void> {
    await this.#brokerAt(broker).resume();
  }

  async fillDisk(broker: number): Promise<void> {
    const disk = this.#diskOf(broker);
    this.#filled.add(broker);
    this.#brokerAt(broker).process.expectEnd(true);
    await disk.fill();
  }

  async freeDisk(broker: number): Promise<void> {
    await this.#diskOf(broker).free();
    if (!this.#filled.delete(broker)) return;
    const { process } = this.#brokerAt(broker);
    await Promise.race([process.ended, wait(dyingMillis)]);
    process.expectEnd(false);
    await this.start(broker);
  }

  async setLink(broker: number, link: Link, fault: LinkFault | null): Promise<void> {
    this.#brokerAt(broker);
    const { proxies, needs } = this.#what;
    if (proxies === undefined || !needs.links.includes(link))
      throw new Error(`no proxy was readied on the link of ${link} to broker ${broker}`);
    const id = routeId(broker, link);
    this.#faulty.add(id);
    await proxies.set(id, fault);
    if (fault === null) this.#faulty.delete(id);
  }

  controller(signal?: AbortSignal): Promise<number> {
    return this.#observer.controller(signal);
  }

  partitions(topics: readonly string[]): Promise<PartitionState[]> {
    return this.#observer.partitions(topics);
  }

  async undo(): Promise<void> {
    const { proxies, brokers } = this.#what;
    const done = await Promise.allSettled([
      ...[...this.#faulty].map(async id => {
        await proxies?.set(id, null);
        this.#faulty.delete(id);
      }),
      ...brokers.map(broker => this.#mend(broker)),
    ]);
    const failed = done.find(result => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  untilHealthy(timeoutMicros: number, signal?: AbortSignal): Promise<void> {
    return this.#observer.untilHealthy(timeoutMicros, signal, async () => {
      for (const broker of this.#what.brokers) {
        const failure = await broker.failure();
        if (failure !== undefined) throw failure;
      }
      const hindered = this.#what.proxies?.failure();
      if (hindered !== undefined) throw hindered;
    });
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#observer[Symbol.dispose]();
  }

  async #mend(broker: LocalBroker): Promise<void> {
    const { id } = broker.node;
    await broker.resume();
    if (this.#filled.has(id)) await this.freeDisk(id);
    // one that ended by itself is a failure of the cluster, which is told of, and not a fault that ends
    if ((await broker.failure()) === undefined) await this.start(id);
  }

  /** Waits until a broker that was just started has joined and takes clients. */
  async #untilServing(process: BrokerProcess): Promise<void> {
    const { node } = process;
    const deadline = performance.now() + servingMillis;
    for (;;) {
      const isTaking = knock(clientAddress(node)).then(
        () => true,
        () => false,
      );
      if ((await isTaking) && (await this.#observer.isServing(node.id))) return;
      if (this.#isClosed) throw new Error('the cluster is closed');
      const end = process.end();
      if (end !== undefined) throw await failureOf(process, end);
      if (performance.now() > deadline) {
        throw new HarnessError(
          'environment',
          `Broker ${node.id} does not serve ${servingMillis / 1e3} s after its start.`,
          {
            hint: 'A controller must be there to let it in; a busy host needs longer.',
          },
        );
      }
      await wait(servingPollMillis);
    }
  }

  #brokerAt(id: number): LocalBroker {
    const broker = this.#what.brokers.find(({ node }) => node.id === id);
    if (broker !== undefined) return broker;
    throw noSuchBroker(id, this.brokers);
  }

  #diskOf(broker: number): LimitedDisk {
    this.#brokerAt(broker);
    const disk = this.#what.disks.get(broker);
    if (disk === undefined) throw new Error(`broker ${broker} has no limited disk`);
    return disk;
  }
}
