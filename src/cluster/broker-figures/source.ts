/** Where the brokers' own figures come from: what every source of them can do. */
import type { Reading } from './reading.ts';

/** What a look saw. */
export interface Look {
  /** Of one broker or host there may be several, in order, or none. */
  readonly readings: readonly Reading[];
  /** How many of those that were asked did not tell. */
  readonly missed: number;
}

/** A source of the brokers' own figures. Disposing it ends what it started. */
export interface BrokerFigures extends AsyncDisposable {
  readonly kind: 'process' | 'prometheus' | 'jmx';
  /** Looks now; takes less than a second, and never fails. */
  look(): Promise<Look>;
}
