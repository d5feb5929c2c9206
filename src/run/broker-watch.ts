/** Looks once a second at what the brokers tell of themselves, on the time axis of a trial. */
import {
  type FigureName,
  figureNames,
  type Figures,
  figuresBetween,
  type Reading,
} from '../cluster/broker-figures/reading.ts';
import type { BrokerFigures } from '../cluster/broker-figures/source.ts';
import { nowMicros } from '../support/clock.ts';

const everyMicros = 1e6;

/** What went on between two looks; `atMicros`, since the start of the measured window, is the later one's. */
export interface BrokerSample {
  readonly fromMicros: number;
  readonly atMicros: number;
  readonly figures: Figures;
}

/** A broker, or a host of brokers, over a trial. */
export interface WatchedBroker {
  readonly name: string;
  readonly host: string | null;
  readonly cores: number | null;
  readonly samples: readonly BrokerSample[];
  /** Over the measured window alone; a figure of which nothing is known there is missing. */
  readonly means: Readonly<Partial<Record<FigureName, number>>>;
}

export interface BrokersMeasurement {
  readonly source: BrokerFigures['kind'];
  readonly looks: number;
  /** Answers that did not come: of a broker, or a URL, each look. */
  readonly missed: number;
  readonly brokers: readonly WatchedBroker[];
  readonly hosts: readonly WatchedBroker[];
}

/** Looks until it is disposed, at full seconds of the measured window and of the warm-up before it. */
export class BrokerWatch implements AsyncDisposable {
  readonly #source: BrokerFigures;
  readonly #windowStartMicros: number;
  readonly #readings = new Map<string, Reading[]>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | null = null;
  #looks = 0;
  #missed = 0;
  #isOver = false;

  /** The start of the measured window is on the host's clock. */
  constructor(source: BrokerFigures, windowStartMicros: number) {
    this.#source = source;
    this.#windowStartMicros = windowStartMicros;
    this.#next();
  }

  /** What was seen, with the means of a window that was so long. */
  measurement(windowMicros: number): BrokersMeasurement {
    const watched = (of: Reading['of']): WatchedBroker[] =>
      [...this.#readings.values()]
        .filter(([first]) => first?.of === of)
        .map(readings => watchedBroker(readings, this.#windowStartMicros, windowMicros))
        .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
    return {
      source: this.#source.kind,
      looks: this.#looks,
      missed: this.#missed,
      brokers: watched('broker'),
      hosts: watched('host'),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #next(): void {
    const since = nowMicros() - this.#windowStartMicros;
    const wait = (Math.floor(since / everyMicros) + 1) * everyMicros - since;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look();
    }, wait / 1e3);
  }

  async #look(): Promise<void> {
    const { readings, missed } = await this.#source.look();
    this.#looks++;
    this.#missed += missed;
    for (const reading of readings) {
      const key = `${reading.of} ${reading.name}`;
      const before = this.#readings.get(key);
      if (before === undefined) this.#readings.set(key, [reading]);
      else before.push(reading);
    }
    if (!this.#isOver) this.#next();
  }
}

function watchedBroker(readings: readonly Reading[], windowStartMicros: number, windowMicros: number): WatchedBroker {
  const samples = readings.slice(1).map((reading, i): BrokerSample => {
    const before = readings[i] as Reading;
    return {
      fromMicros: before.atMicros - windowStartMicros,
      atMicros: reading.atMicros - windowStartMicros,
      figures: figuresBetween(before, reading),
    };
  });
  const { name, host, cores } = readings.at(-1) as Reading;
  return { name, host, cores, samples, means: meansOf(samples, windowMicros) };
}

/** Each sample counts by how much of its time lies within the window. */
export function meansOf(samples: readonly BrokerSample[], windowMicros: number): WatchedBroker['means'] {
  const means: Partial<Record<FigureName, number>> = {};
  for (const name of figureNames) {
    let [sum, weight] = [0, 0];
    for (const { fromMicros, atMicros, figures } of samples) {
      const within = Math.min(atMicros, windowMicros) - Math.max(fromMicros, 0);
      const value = figures[name];
      if (value === null || within <= 0) continue;
      sum += value * within;
      weight += within;
    }
    if (weight > 0) means[name] = sum / weight;
  }
  return means;
}
