/** Holds a member back while it has a batch in hand, and keeps it in its group meanwhile. */
import { asksForJoin } from './rejoins.ts';

/** The member's group. */
interface Group {
  /** Sends a heartbeat where one is due. Rejects with what the group has to say. */
  heartbeat(): Promise<void>;
}

export class Hold {
  readonly #everyMillis: number;
  #inHand: Promise<void> | null = null;
  #letGo: () => void = () => undefined;
  /** The group's word that the member must join anew. */
  #refusal: unknown = null;
  #isOver = false;

  constructor(everyMillis: number) {
    this.#everyMillis = everyMillis;
  }

  /** What the member has in hand; null where it can be given more. Settles, but never rejects. */
  get inHand(): Promise<void> | null {
    return this.#inHand;
  }

  /** Whether the member can be given a batch. */
  get isFree(): boolean {
    return this.#inHand === null && this.#refusal === null;
  }

  /**
   * The member has a batch in hand until the promise settles: then it is done with. Settles with it, but rejects as soon as the group asks
   * the member to join anew; the member has the batch in hand all the same.
   */
  async until(pending: Promise<void>, done: () => void, group: Group): Promise<void> {
    const outcome = pending.then(done).finally(() => (this.#inHand = null));
    this.#inHand = outcome.catch(() => undefined);
    await this.#watch(outcome, group);
  }

  /** Settles when the member can be given a batch; rejects where it must join its group first. */
  async untilFree(group: Group): Promise<void> {
    if (this.#refusal !== null) throw this.#refusal;
    if (this.#inHand !== null) await this.#watch(this.#inHand, group);
  }

  /** The member joins its group anew. */
  joining(): void {
    this.#refusal = null;
  }

  /** Waits for nothing any more, though a batch may not be done with. */
  end(): void {
    this.#isOver = true;
    this.#letGo();
  }

  async #watch(outcome: Promise<void>, group: Group): Promise<void> {
    if (this.#isOver) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#letGo = resolve;
    outcome.then(resolve, reject);
    const beat = (): Promise<void> => group.heartbeat().catch(error => this.#heard(error));
    const timer = setInterval(() => void beat().catch(reject), this.#everyMillis);
    try {
      await promise;
    } finally {
      clearInterval(timer);
    }
    if (this.#isOver) return;
    // batches that came with this one would each be taken up, however long each takes, before kafkajs answered a rebalance
    await beat();
  }

  /** kafkajs meets every other error again after the batch; thrown from within one, it would make kafkajs read the batch again. */
  #heard(error: unknown): void {
    if (!asksForJoin(error)) return;
    this.#refusal = error;
    throw error;
  }
}
