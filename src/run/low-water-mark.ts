/** Knows up to where all messages of one partition have been handled, in whatever order they were. */

/**
 * The contiguous low-water mark: what may be committed. A message that has failed, or is still in hand, holds it back, however many after
 * it are done: committing a higher offset would skip the message after a restart.
 */
export class LowWaterMark {
  /** Offsets in hand, ascending; those before `#head` are done with. */
  #inHand: number[] = [];
  #head = 0;
  readonly #done = new Set<number>();
  #nextOffset = -1;

  /** The offset after the last message before which nothing is in hand; −1 before there was one. */
  get nextOffset(): number {
    return this.#head < this.#inHand.length ? (this.#inHand[this.#head] as number) : this.#nextOffset;
  }

  /** The offset after the last message that was taken in hand, or after what lies behind it; −1 before there was one. */
  get reached(): number {
    return this.#nextOffset;
  }

  /** A message has been taken in hand. Messages come in the order of their offsets. */
  begin(offset: number): void {
    this.#inHand.push(offset);
    this.#nextOffset = offset + 1;
  }

  /** A message that is in hand has been handled. */
  end(offset: number): void {
    this.#done.add(offset);
    while (this.#head < this.#inHand.length && this.#done.delete(this.#inHand[this.#head] as number)) this.#head++;
    if (this.#head < 1_024 || this.#head * 2 < this.#inHand.length) return;
    this.#inHand = this.#inHand.slice(this.#head);
    this.#head = 0;
  }

  /** The partition goes on there: behind what came last there is nothing to be handled. */
  pass(nextOffset: number): void {
    if (nextOffset > this.#nextOffset) this.#nextOffset = nextOffset;
  }
}
