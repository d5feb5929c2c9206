/** Hands values from who pushes them to who iterates. */

/** An unbounded queue with one reader. */
export class Queue<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  #waiting: (() => void) | null = null;
  #closed = false;
  #error: unknown = null;

  push(value: T): void {
    this.#values.push(value);
    this.#notify();
  }

  /** No more values come: the reader gets what is there, then ends, or throws the error if one is given. */
  close(error: unknown = null): void {
    this.#closed = true;
    this.#error = error;
    this.#notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    while (true) {
      while (this.#values.length > 0) yield this.#values.shift() as T;
      if (this.#closed) {
        if (this.#error !== null) throw this.#error;
        return;
      }
      await new Promise<void>(resolve => (this.#waiting = resolve));
    }
  }

  #notify(): void {
    this.#waiting?.();
    this.#waiting = null;
  }
}
