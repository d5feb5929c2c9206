/** Breaks the links between clients and a cluster that is somebody else's: with proxies of our own, for its brokers are not ours to touch. */
import type { ClientSecurity } from '../../drivers/driver.ts';
import { splitAddress } from '../../support/address.ts';
import { HarnessError } from '../../support/errors.ts';
import type { Link, LinkFault } from '../../support/link-fault.ts';
import { type ClusterFaults, type FaultNeeds, noSuchBroker, type PartitionState } from '../faults.ts';
import { Observer, untilWell } from '../faults/observer.ts';
import type { ClusterMembers } from '../readiness.ts';
import { openProxies, type Proxies } from './proxies.ts';

/** Faults on the links of clients, and where clients are to begin so that they meet them. */
export interface LinkFaultsOpened extends AsyncDisposable {
  readonly faults: ClusterFaults;
  /** The members, where clients see them. */
  readonly members: ClusterMembers;
  /** Why traffic was hindered though no fault says so; undefined while all is well. */
  failure(): HarnessError | undefined;
}

/** Puts a proxy before every broker where links are to be broken; none where none is. */
export async function openLinkFaults(
  members: ClusterMembers,
  security: ClientSecurity,
  { links }: FaultNeeds,
): Promise<LinkFaultsOpened> {
  const direct = new Map(members.nodes.map(({ id, host, port }) => [id, `${host}:${port}`]));
  const isProxied = links.includes('clients');
  const routes = [...direct].map(([id, target]) => ({ id: String(id), target }));
  await using opened = new AsyncDisposableStack();
  const proxies = isProxied ? opened.use(await openProxies(routes, { toldBy: 'proxies' })) : null;
  const addressOf = (id: number): string | undefined => proxies?.addresses.get(String(id)) ?? direct.get(id);
  const seen = new Map([...direct.keys()].map(id => [id, addressOf(id) ?? '']));
  const faults = opened.use(new LinkFaults({ direct, seen, security, proxies }));
  const held = opened.move();
  return {
    faults,
    members: { ...members, nodes: members.nodes.map(node => ({ ...node, ...splitAddress(seen.get(node.id) ?? '') })) },
    failure: () => proxies?.failure(),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

interface LinkFaultsParts {
  /** By id: where brokers are. */
  readonly direct: ReadonlyMap<number, string>;
  /** By id: where clients see them. */
  readonly seen: ReadonlyMap<number, string>;
  readonly security: ClientSecurity;
  readonly proxies: Proxies | null;
}

class LinkFaults implements ClusterFaults, Disposable {
  readonly canStopBrokers = false;
  readonly brokers: readonly number[];
  readonly #proxies: Proxies | null;
  /** Asks the brokers where they are, whatever happens to the links of clients … */
  readonly #direct: Observer;
  /** … and as clients do. */
  readonly #asClients: Observer;
  readonly #faulty = new Set<number>();

  constructor({ direct, seen, security, proxies }: LinkFaultsParts) {
    this.brokers = [...direct.keys()];
    this.#proxies = proxies;
    const isSilent = (): boolean => false;
    // the controllers of somebody else's cluster may be out of reach, but brokers pass questions on to them
    this.#direct = new Observer({ brokers: direct, controllers: direct, security, isSilent });
    this.#asClients = new Observer({ brokers: seen, controllers: seen, security, isSilent });
  }

  kill(broker: number): Promise<never> {
    return untouched(broker, 'killed');
  }

  stop(broker: number): Promise<never> {
    return untouched(broker, 'stopped');
  }

  start(broker: number): Promise<never> {
    return untouched(broker, 'started');
  }

  pause(broker: number): Promise<never> {
    return untouched(broker, 'paused');
  }

  resume(broker: number): Promise<never> {
    return untouched(broker, 'resumed');
  }

  fillDisk(broker: number): Promise<never> {
    return untouched(broker, 'filled');
  }

  freeDisk(broker: number): Promise<never> {
    return untouched(broker, 'freed');
  }

  async setLink(broker: number, link: Link, fault: LinkFault | null): Promise<void> {
    if (!this.brokers.includes(broker)) throw noSuchBroker(broker, this.brokers);
    if (this.#proxies === null || link !== 'clients')
      throw new Error(`no proxy was readied on the link of ${link} to broker ${broker}`);
    this.#faulty.add(broker);
    await this.#proxies.set(String(broker), fault);
    if (fault === null) this.#faulty.delete(broker);
  }

  controller(signal?: AbortSignal): Promise<number> {
    return this.#direct.controller(signal);
  }

  partitions(topics: readonly string[]): Promise<PartitionState[]> {
    return this.#direct.partitions(topics);
  }

  async undo(): Promise<void> {
    await Promise.all([...this.#faulty].map(broker => this.setLink(broker, 'clients', null)));
  }

  /**
   * Waits until all brokers serve clients. Broken links of clients cost no replica and move no leader: where those of somebody else's
   * cluster are not as they should be, that was so before, is not ours to mend, and must not stop a run.
   */
  async untilHealthy(timeoutMicros: number, signal?: AbortSignal): Promise<void> {
    const look = async () => {
      const hindered = this.#proxies?.failure();
      if (hindered !== undefined) throw hindered;
      const serving = await Promise.all(this.brokers.map(broker => this.#asClients.isServing(broker)));
      const away = this.brokers.filter((_, index) => !serving[index]);
      if (away.length === 0) return undefined;
      return {
        complaint: new HarnessError(
          'environment',
          `Broker ${away.join(', ')} does not serve clients after ${timeoutMicros / 1e6} s.`,
          { hint: 'Look at its log, and at the network to it.' },
        ),
      };
    };
    await untilWell(look, timeoutMicros, signal);
  }

  [Symbol.dispose](): void {
    this.#direct[Symbol.dispose]();
    this.#asClients[Symbol.dispose]();
  }
}

async function untouched(broker: number, done: string): Promise<never> {
  throw new HarnessError('usage', `Broker ${broker} cannot be ${done}: Highwater has not started it.`, {
    hint: 'Have a local Kafka started (cluster.local) for such faults.',
  });
}
