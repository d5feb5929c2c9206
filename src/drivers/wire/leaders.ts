/** The brokers that lead a producer's places, each with its connection. */
import type { ClusterView } from './cluster-view.ts';
import type { Connection } from './connection.ts';
import type { Place } from './place.ts';

/** A broker that leads some of the places. */
export interface Leader {
  readonly nodeId: number;
  connection: Connection | null;
  isConnecting: boolean;
  /** Requests that are not answered. */
  inFlight: number;
  places: Place[];
  /** Which of them is looked at first: where a request cannot hold all, each has its turn. */
  nextPlace: number;
}

export class Leaders {
  readonly #view: ClusterView;
  readonly #places: readonly Place[];
  readonly #onConnected: () => void;
  readonly #byNode = new Map<number, Leader>();

  constructor(view: ClusterView, places: readonly Place[], onConnected: () => void) {
    this.#view = view;
    this.#places = places;
    this.#onConnected = onConnected;
  }

  /** Every broker that leads, or led, a place. */
  all(): IterableIterator<Leader> {
    return this.#byNode.values();
  }

  /** Gives each place to its leader, as far as that is known; asks again for the others. */
  assign(): void {
    for (const leader of this.#byNode.values()) {
      leader.places = [];
      leader.nextPlace = 0;
    }
    let isComplete = true;
    for (const place of this.#places) {
      const nodeId = this.#view.leaderOf(place.topic, place.partition);
      if (nodeId >= 0) this.#leaderWith(nodeId).places.push(place);
      else isComplete = false;
    }
    if (!isComplete) this.#view.refreshSoon();
  }

  /** Connects to every leader. @throws Error where one cannot be reached */
  async connect(): Promise<void> {
    await Promise.all(
      [...this.#byNode.values()].map(async leader => {
        leader.connection = await this.#view.connect(leader.nodeId);
      }),
    );
  }

  /** The connection to a leader; null where it is lost, and sought again if something waits for it. */
  connectionOf(leader: Leader): Connection | null {
    const { connection } = leader;
    if (connection !== null && !connection.isClosed) return connection;
    if (!leader.isConnecting && leader.places.some(({ queue }) => queue.length > 0)) void this.#reconnect(leader);
    return null;
  }

  async #reconnect(leader: Leader): Promise<void> {
    leader.isConnecting = true;
    leader.connection = null;
    try {
      leader.connection = await this.#view.connect(leader.nodeId);
      leader.isConnecting = false;
      this.#onConnected();
    } catch {
      leader.isConnecting = false;
      this.#view.refreshSoon();
    }
  }

  #leaderWith(nodeId: number): Leader {
    let leader = this.#byNode.get(nodeId);
    if (leader === undefined) {
      leader = { nodeId, connection: null, isConnecting: false, inFlight: 0, places: [], nextPlace: 0 };
      this.#byNode.set(nodeId, leader);
    }
    return leader;
  }
}
