/** Renders the report of what is finished so far of a run, in a thread of its own, and keeps it until more is finished. */
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';

interface Rendering {
  /** What the run's folder held. */
  readonly stamp: string;
  readonly page: Promise<string>;
}

export class ReportSoFar implements AsyncDisposable {
  #last: Rendering | null = null;
  #thread: Worker | null = null;

  /**
   * The page of the run in that folder. Where one is being rendered, it is that one.
   * @throws Error where it cannot be rendered
   */
  async page(folder: string): Promise<string> {
    const stamp = await stampOf(folder);
    if (this.#thread === null && this.#last?.stamp !== stamp) this.#last = { stamp, page: this.#render(folder) };
    return await (this.#last as Rendering).page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.terminate();
  }

  async #render(folder: string): Promise<string> {
    const entry = new URL(`./render-thread${extname(import.meta.filename)}`, import.meta.url);
    const thread = new Worker(entry, { workerData: { folder } });
    this.#thread = thread;
    thread.unref();
    try {
      const ended = once(thread, 'exit').then(() => {
        throw new Error('The run is over.');
      });
      const [page] = (await Promise.race([once(thread, 'message'), ended])) as [string];
      return page;
    } catch (error) {
      // the next request tries again
      this.#last = null;
      throw error;
    } finally {
      this.#thread = null;
    }
  }
}

/** The journal grows with every trial, after its files are there; the result is written at the end. */
async function stampOf(folder: string): Promise<string> {
  const of = async (name: string): Promise<string> => {
    const found = await stat(join(folder, name)).catch(() => null);
    return found === null ? '–' : `${found.size} ${found.mtimeMs}`;
  };
  return [folder, await of('journal.ndjson'), await of('result.json')].join('\n');
}
