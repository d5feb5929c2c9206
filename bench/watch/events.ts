/** Tells pages of changes by server-sent events, four times a second at most; one that comes late is told everything first. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** What is told of. */
export interface Told {
  /** Everything, for a page that has nothing. */
  whole(): object;
  /** What is not as it was when this was last asked. */
  changes(): object;
}

const leastGapMillis = 250;
/** Times go on where nothing happens. */
const heartbeatMillis = 1_000;
/** A page that reads so slowly is let go; its browser comes again, and is told everything. */
const mostUnreadBytes = 4e6;

export class EventStream implements Disposable {
  readonly #told: Told;
  readonly #pages = new Set<ServerResponse>();
  readonly #heartbeat: NodeJS.Timeout;
  #lastMillis = -Infinity;
  #due: NodeJS.Timeout | null = null;

  constructor(told: Told) {
    this.#told = told;
    this.#heartbeat = setInterval(() => this.changed(), heartbeatMillis).unref();
  }

  /** Begins to tell whoever has asked with that response. */
  join(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    // what the others have not been told of yet is part of what this one is told first
    this.#tell();
    this.#pages.add(response);
    response.on('close', () => this.#pages.delete(response));
    response.write(messageOf(this.#told.whole()));
  }

  /** There is something new. Nobody looks: nothing is done. */
  changed(): void {
    if (this.#pages.size === 0 || this.#due !== null) return;
    const waitMillis = this.#lastMillis + leastGapMillis - performance.now();
    if (waitMillis <= 0) this.#tell();
    else this.#due = setTimeout(() => this.#tell(), waitMillis).unref();
  }

  /** Tells at once that nothing follows, and waits until all pages have gone; they have as long as that. */
  async end(mostMillis: number): Promise<void> {
    if (this.#pages.size === 0) return;
    this.#tell();
    this[Symbol.dispose]();
    const timeOut = AbortSignal.timeout(mostMillis);
    try {
      for (const page of this.#pages) {
        page.write(messageOf({ end: true }));
        if (!page.destroyed) await once(page, 'close', { signal: timeOut });
      }
    } catch (error) {
      if (!timeOut.aborted) throw error;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#heartbeat);
    if (this.#due !== null) clearTimeout(this.#due);
  }

  #tell(): void {
    if (this.#due !== null) clearTimeout(this.#due);
    this.#due = null;
    this.#lastMillis = performance.now();
    const message = messageOf(this.#told.changes());
    for (const page of this.#pages) {
      if (page.writableLength > mostUnreadBytes) page.destroy();
      else page.write(message);
    }
  }
}

/** JSON has no line breaks of its own. */
const messageOf = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
