/** Adds up the batches that librdkafka reports in its statistics, which tell each time what was sent since the time before. */

/** The part of librdkafka's statistics that is read here. */
interface Statistics {
  readonly topics?: Readonly<Record<string, { readonly batchcnt?: { readonly cnt: number; readonly sum: number } }>>;
}

export class BatchStatistics {
  batches = 0;
  /** Messages in those batches; one that was sent again counts again. */
  batchedMessages = 0;
  #waiting: (() => void)[] = [];

  /** Enters one report, as JSON. */
  add(json: string): void {
    const { topics = {} } = JSON.parse(json) as Statistics;
    for (const { batchcnt } of Object.values(topics)) {
      this.batches += batchcnt?.cnt ?? 0;
      this.batchedMessages += batchcnt?.sum ?? 0;
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Settles with the next report, or when there will be none. */
  async next(): Promise<void> {
    await new Promise<void>(resolve => this.#waiting.push(resolve));
  }

  /** No more reports come. */
  end(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }
}
