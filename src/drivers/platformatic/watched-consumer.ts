/** A consumer of the library's that tells who was asked for records, and lets its user go first where it asks for the group's offsets. */
import {
  type CallbackWithPromise,
  Consumer,
  type FetchOptions,
  type ListCommitsOptions,
  type Offsets,
} from '@platformatic/kafka';

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
type Fetch = FetchOptions<Buffer, Buffer, Buffer, Buffer>;

export class WatchedConsumer extends Consumer {
  /** Awaited before the library asks from where the group goes on. */
  beforeOffsets: () => Promise<void> = async () => undefined;
  /** Called when it was not told. */
  offsetsFailed: (error: Error) => void = () => undefined;
  /** Called when a broker has answered with records, or with none. */
  fetched: () => void = () => undefined;
  readonly #asked = new Set<number>();
  readonly #answered = new Set<number>();

  /** Whether every broker that was ever asked for records has answered once. */
  get allHaveAnswered(): boolean {
    return this.#asked.size > 0 && this.#answered.isSupersetOf(this.#asked);
  }

  override fetch(options: Fetch, callback: CallbackWithPromise<FetchResponse>): void;
  override fetch(options: Fetch): Promise<FetchResponse>;
  override fetch(options: Fetch, callback?: CallbackWithPromise<FetchResponse>): void | Promise<FetchResponse> {
    if (callback === undefined) return super.fetch(options);
    this.#asked.add(options.node);
    super.fetch(options, (error, response) => {
      if (error === null) this.#answered.add(options.node);
      callback(error, response);
      if (error === null) this.fetched();
    });
  }

  override listCommittedOffsets(options: ListCommitsOptions, callback: CallbackWithPromise<Offsets>): void;
  override listCommittedOffsets(options: ListCommitsOptions): Promise<Offsets>;
  override listCommittedOffsets(
    options: ListCommitsOptions,
    callback?: CallbackWithPromise<Offsets>,
  ): void | Promise<Offsets> {
    if (callback === undefined) return super.listCommittedOffsets(options);
    void this.beforeOffsets().then(() =>
      super.listCommittedOffsets(options, (error, offsets) => {
        callback(error, offsets);
        if (error !== null) this.offsetsFailed(error);
      }),
    );
  }
}
