/** Lets those wait who look again whenever something has happened. */

export class Notifier {
  #waiting: (() => void)[] = [];

  /** Resolves when the next thing has happened. */
  happened(): Promise<void> {
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  /** Something has happened: all that wait look again. */
  notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
