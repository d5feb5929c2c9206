/** Keeps the last second's figures of a running trial, for people to watch. */
import { Histogram } from '../measure/histogram.ts';
import { nowMicros } from '../support/clock.ts';
import type { LiveFigures } from './events.ts';
import type { WorkerProgress } from './protocol.ts';

/** How far back the figures reach. */
const spanMicros = 1_050_000;

export class LiveWatch {
  readonly #latency = new Histogram();
  #recent: { readonly atMicros: number; readonly progress: WorkerProgress }[] = [];

  add(progress: WorkerProgress): void {
    this.#recent.push({ atMicros: nowMicros(), progress });
  }

  /** Figures of the last second; null before anything was heard. */
  figures(): LiveFigures | null {
    const horizon = nowMicros() - spanMicros;
    this.#recent = this.#recent.filter(({ atMicros }) => atMicros >= horizon);
    if (this.#recent.length === 0) return null;
    const recent = this.#recent.map(({ progress }) => progress);
    const total = (name: 'sent' | 'acked' | 'consumed' | 'inFlight'): number =>
      recent.reduce((sum, progress) => sum + progress[name], 0);
    const latency = this.#latency;
    latency.reset();
    for (const { data } of recent.flatMap(progress => progress.latency)) latency.add(data);
    const isKnown = latency.count > 0;
    return {
      sentPerSecond: total('sent'),
      ackedPerSecond: total('acked'),
      consumedPerSecond: total('consumed'),
      p50Micros: isKnown ? latency.percentileMicros(0.5) : null,
      p99Micros: isKnown ? latency.percentileMicros(0.99) : null,
      inFlight: total('inFlight'),
    };
  }
}
