/** Decides what becomes of a batch that was sent: acknowledged, sent again, or given up. Every batch ends once. */
import { nowMicros } from '../../support/clock.ts';
import type { Batch } from './batch.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Outbox } from './outbox.ts';
import type { Place } from './place.ts';
import { BrokerError, duplicateSequence, noError, type Remedy, remedyOf } from './protocol/errors.ts';

/** Hears what became of batches. Their memory is used again afterwards. */
export interface DeliveryEvents {
  acknowledged(batch: Batch, atMicros: number, place: Place, baseOffset: number): void;
  failed(batch: Batch, error: Error): void;
  departed(batch: Batch, atMicros: number): void;
}

export interface DeliverySettings {
  /** How long after its first message a batch is given up, whether it waits or is in flight. */
  readonly deliveryTimeoutMicros: number;
  readonly retries: number;
  readonly backoffMicros: number;
  readonly mostBackoffMicros: number;
}

/** What a broker answered. */
export interface Answer {
  readonly code: number;
  readonly baseOffset: number;
  readonly atMicros: number;
}

export class Delivery {
  readonly #settings: DeliverySettings;
  readonly #outbox: Outbox;
  readonly #view: ClusterView;
  readonly #events: DeliveryEvents;
  readonly #onChange: () => void;
  #deadline: NodeJS.Timeout | null = null;
  #isIdentifying = false;
  #isClosed = false;

  constructor(parts: {
    readonly settings: DeliverySettings;
    readonly outbox: Outbox;
    readonly view: ClusterView;
    readonly events: DeliveryEvents;
    /** Hears that something may be sent that could not be before. */
    readonly onChange: () => void;
  }) {
    this.#settings = parts.settings;
    this.#outbox = parts.outbox;
    this.#view = parts.view;
    this.#events = parts.events;
    this.#onChange = parts.onChange;
  }

  /** The broker answered. */
  answered(batch: Batch, { code, baseOffset, atMicros }: Answer): void {
    if (code !== noError && code !== duplicateSequence) {
      this.refused(batch, new BrokerError(code), remedyOf(code));
      return;
    }
    const place = this.#settle(batch);
    // a batch that the broker had already stands at an offset that it does not tell
    if (!batch.isExpired) this.#events.acknowledged(batch, atMicros, place, code === noError ? baseOffset : -1);
    this.#bury(batch);
  }

  /** The attempt failed; the remedy says whether another may succeed. */
  refused(batch: Batch, error: Error, remedy: Remedy): void {
    const place = this.#settle(batch);
    if (batch.isExpired) {
      this.#bury(batch);
      return;
    }
    const isBroken = remedy === 'sequence' && !place.hasOlderThan(batch);
    const isFinal = remedy === 'fatal' || (isBroken && place.producerId === null);
    if (isFinal || batch.attempts > this.#settings.retries) {
      this.#fail(place, batch, error);
      return;
    }
    if (isBroken) place.needsIdentity = true;
    this.#retry(place, batch);
    if (remedy === 'refresh') this.#view.refreshSoon();
  }

  /** The operating system took a batch that no broker will answer, or did not. */
  left(batch: Batch, atMicros: number, error: Error | null | undefined): void {
    this.#settle(batch);
    if (!batch.isExpired && error) this.#events.failed(batch, error);
    else if (!batch.isExpired) this.#events.departed(batch, atMicros);
    this.#bury(batch);
  }

  /** Gets another identity for the places that need one and have nothing in flight. */
  identify(): void {
    if (!this.#isIdentifying && this.#outbox.places.some(isReadyForIdentity)) void this.#identify();
  }

  /** Sees to it that what is too old is given up in time. */
  watch(): void {
    if (this.#deadline === null && this.#outbox.undone.size > 0)
      this.#awaitDeadline(this.#settings.deliveryTimeoutMicros);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#deadline !== null) clearTimeout(this.#deadline);
  }

  /** Ends the attempt: the batch is in flight no more. */
  #settle(batch: Batch): Place {
    const place = this.#outbox.places[batch.place] as Place;
    batch.isInFlight = false;
    place.inFlight.delete(batch);
    return place;
  }

  /** The batch has its outcome: its memory serves another. */
  #bury(batch: Batch): void {
    this.#outbox.undone.delete(batch);
    this.#outbox.release(batch);
  }

  #retry(place: Place, batch: Batch): void {
    const { backoffMicros, mostBackoffMicros } = this.#settings;
    // exponential, as KIP-580 has it, without the jitter: a run is to repeat
    const backoff = Math.min(mostBackoffMicros, backoffMicros * 2 ** (batch.attempts - 1));
    place.notBeforeMicros = nowMicros() + backoff;
    this.#outbox.giveBack(place, batch);
  }

  #fail(place: Place, batch: Batch, error: Error): void {
    // its sequence numbers are used up and missing in the log: the place needs another identity
    if (place.producerId !== null && batch.attempts > 0) place.needsIdentity = true;
    this.#events.failed(batch, error);
    this.#bury(batch);
  }

  async #identify(): Promise<void> {
    this.#isIdentifying = true;
    try {
      const producerId = await this.#view.newProducerId();
      for (const place of this.#outbox.places) if (isReadyForIdentity(place)) place.assume(producerId);
    } catch {
      this.#view.refreshSoon(); // after which identities are asked for again
    }
    this.#isIdentifying = false;
    if (!this.#isClosed) this.#onChange();
  }

  #awaitDeadline(waitMicros: number): void {
    this.#deadline = setTimeout(() => this.#expire(), Math.ceil(waitMicros / 1e3));
  }

  /** Gives up what is too old, and comes again for the oldest of the others. */
  #expire(): void {
    this.#deadline = null;
    const bornMicros = nowMicros() - this.#settings.deliveryTimeoutMicros;
    for (const batch of this.#outbox.undone) {
      if (batch.openedMicros > bornMicros) {
        this.#awaitDeadline(batch.openedMicros - bornMicros);
        break;
      }
      this.#giveUp(batch);
    }
    this.identify();
    this.#onChange();
  }

  #giveUp(batch: Batch): void {
    const place = this.#outbox.places[batch.place] as Place;
    const error = new Error('no acknowledgement came within the delivery time-out');
    if (!batch.isInFlight) {
      this.#outbox.remove(place, batch);
      this.#fail(place, batch, error);
      return;
    }
    // its memory may still be on its way to the operating system: it is released with its request
    this.#outbox.undone.delete(batch);
    batch.isExpired = true;
    if (place.producerId !== null) place.needsIdentity = true;
    this.#events.failed(batch, error);
  }
}

const isReadyForIdentity = ({ needsIdentity, inFlight }: Place): boolean => needsIdentity && inFlight.size === 0;
