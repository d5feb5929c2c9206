/** Remembers how a trial's figures went, second by second. */
import type { LiveFigures, RunEvent } from '../../src/index.ts';

/** More are not shown on any terminal. */
const mostSeconds = 60;

interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export class History {
  #seconds: LiveFigures[] = [];
  #lastMillis = -Infinity;

  /** Takes a second's figures in, and begins anew with every trial. */
  take(event: RunEvent): void {
    if (event.type === 'trial-started' || event.type === 'pilot-started') {
      this.#seconds = [];
      this.#lastMillis = -Infinity;
    }
    if (event.type !== 'trial-progress' || event.figures === null || Date.now() - this.#lastMillis < 1_000) return;
    this.#lastMillis = Date.now();
    this.#seconds = [...this.#seconds, event.figures].slice(-mostSeconds);
  }

  get isEmpty(): boolean {
    return this.#seconds.length === 0;
  }

  /** The latency's p99, the rate that comes last on the way of a message and is known, and lag where a group reads. */
  series(): Series[] {
    const last = this.#seconds.at(-1)?.now;
    const rate = last?.ackedPerSecond === null ? ('sentPerSecond' as const) : ('ackedPerSecond' as const);
    const of = (name: string, value: (figures: LiveFigures) => number | null): Series => ({
      name,
      values: this.#seconds.map(value),
    });
    return [
      of('p99', ({ now }) => now.latency?.p99Micros ?? null),
      of(rate === 'sentPerSecond' ? 'sent/s' : 'acked/s', ({ now }) => now[rate]),
      ...(last === undefined || last.consumedPerSecond === null ? [] : [of('lag', ({ now }) => now.unread)]),
    ];
  }
}
