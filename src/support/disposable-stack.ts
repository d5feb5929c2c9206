/** Provides `AsyncDisposableStack` where the runtime has none: Node 22, on which packed releases run too. */

type Disposer = () => PromiseLike<void> | void;

/** As https://tc39.es/proposal-explicit-resource-management/#sec-asyncdisposablestack-objects has it, for objects with a method. */
export class OwnAsyncDisposableStack implements AsyncDisposableStack {
  #disposers: Disposer[] = [];
  #isDisposed = false;

  get disposed(): boolean {
    return this.#isDisposed;
  }

  get [Symbol.toStringTag](): string {
    return 'AsyncDisposableStack';
  }

  use<T extends AsyncDisposable | Disposable | null | undefined>(resource: T): T {
    this.#refuseDisposed();
    if (resource === null || resource === undefined) return resource;
    const dispose = Symbol.asyncDispose in resource ? resource[Symbol.asyncDispose] : resource[Symbol.dispose];
    if (typeof dispose !== 'function') throw new TypeError('What is used must be disposable.');
    this.#disposers.push(() => dispose.call(resource));
    return resource;
  }

  adopt<T>(value: T, onDispose: (value: T) => PromiseLike<void> | void): T {
    this.defer(() => onDispose(value));
    return value;
  }

  defer(onDispose: Disposer): void {
    this.#refuseDisposed();
    this.#disposers.push(onDispose);
  }

  move(): AsyncDisposableStack {
    this.#refuseDisposed();
    const moved = new OwnAsyncDisposableStack();
    moved.#disposers = this.#disposers;
    this.#disposers = [];
    this.#isDisposed = true;
    return moved;
  }

  /** Disposes in reverse order, all of them; what fails first is not lost when more fails after it. */
  async disposeAsync(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    const failures: unknown[] = [];
    for (const dispose of this.#disposers.splice(0).toReversed()) {
      try {
        await dispose();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1)
      throw new AggregateError(failures.toReversed(), 'Several things could not be disposed of.');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disposeAsync();
  }

  #refuseDisposed(): void {
    if (this.#isDisposed) throw new ReferenceError('The stack is disposed of.');
  }
}

globalThis.AsyncDisposableStack ??= OwnAsyncDisposableStack as AsyncDisposableStackConstructor;
