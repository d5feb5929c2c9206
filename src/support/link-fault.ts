/** What can be wrong with the network to a broker: the words that a plan, a cluster and a result share. */

/** What a link between others and a broker does to what passes; all of it at once where several are given. */
export interface LinkFault {
  readonly direction: 'both' | 'toBroker' | 'fromBroker';
  /** Every byte arrives so much later … */
  readonly latencyMicros: number;
  /** … and up to so much later or sooner, in the same order. */
  readonly jitterMicros: number;
  /** Null: as much as goes. */
  readonly bandwidthBytesPerSecond: number | null;
  /** Existing connections are closed in order, and new ones are refused. */
  readonly cut: boolean;
  /** Nothing passes in that direction, and nobody is told: connections stay open, new ones are taken. */
  readonly halfOpen: boolean;
  /** Existing connections are reset once, when the fault begins. */
  readonly reset: boolean;
}

/** Whose connections to a broker a link carries: those of clients, or those of other brokers, which replicate from it. */
export type Link = 'clients' | 'brokers';

/** A fault, and the link that it is on. */
export interface FaultOnLink extends LinkFault {
  readonly link: Link;
}
