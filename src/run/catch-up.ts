/** Waits, after the load, until each consumer group has read all that was appended, or clearly will not. */
import type { Assignment } from '../plan/assignment.ts';
import { nowMicros } from '../support/clock.ts';
import type { Crew } from './crew.ts';
import type { RunFinding } from './measurement.ts';

/** Consumers that have read nothing new for so long will not catch up any more. */
const catchUpPatienceMicros = 10e6;

/** Follows the groups' positions and waits until each has read all there is. */
export class CatchUp {
  readonly #positions = new Map<string, Float64Array>();
  #movedAtMicros = 0;

  constructor(assignments: readonly Assignment[]) {
    for (const assignment of assignments) {
      if (assignment.role === 'consume') this.#positions.set(assignment.group, new Float64Array(0));
    }
  }

  moved(group: string, nextOffsets: Float64Array): void {
    const known = this.#positions.get(group) ?? new Float64Array(0);
    const merged = Float64Array.from(nextOffsets, (next, i) => Math.max(next, known[i] ?? -1));
    if (merged.some((next, i) => next > (known[i] ?? -1))) this.#movedAtMicros = nowMicros();
    this.#positions.set(group, merged);
  }

  /** Resolves when every group has reached the end offsets, or has read nothing new for some time: then it says who lacks what. */
  async wait(crew: Crew, before: readonly number[], ends: readonly number[]): Promise<RunFinding[]> {
    const beganMicros = nowMicros();
    this.#movedAtMicros = beganMicros;
    const giveUp = new AbortController();
    const timer = setInterval(() => {
      if (nowMicros() - this.#movedAtMicros > catchUpPatienceMicros) giveUp.abort();
    }, 100);
    try {
      await crew.until(() => this.#missing(before, ends).length === 0, giveUp.signal);
    } finally {
      clearInterval(timer);
    }
    return this.#missing(before, ends).map(({ group, missing }) => ({
      code: 'consumers-did-not-catch-up',
      group,
      missing,
      waitedMicros: nowMicros() - beganMicros,
    }));
  }

  #missing(before: readonly number[], ends: readonly number[]): { group: string; missing: number }[] {
    return [...this.#positions]
      .map(([group, positions]) => ({
        group,
        missing: ends.reduce((sum, end, i) => sum + Math.max(0, end - Math.max(positions[i] ?? -1, before[i] ?? 0)), 0),
      }))
      .filter(({ missing }) => missing > 0);
  }
}
