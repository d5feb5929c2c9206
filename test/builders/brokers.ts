/** Builds what brokers told of themselves during a trial. */
import { type FigureName, type Figures, figureNames } from '../../src/cluster/broker-figures/reading.ts';
import { type BrokersMeasurement, meansOf, type WatchedBroker } from '../../src/run/broker-watch.ts';

/** Figures second by second, from the warm-up on; null or missing: not told. */
export type Told = Readonly<Partial<Record<FigureName, readonly (number | null)[]>>>;

/** A broker, or a host, with a look at every second from `firstSecond` on. */
export function aWatched(
  name: string,
  told: Told,
  {
    host = null,
    cores = null,
    firstSecond = -2,
    seconds = 10,
  }: Partial<WatchedBroker> & { readonly firstSecond?: number; readonly seconds?: number } = {},
): WatchedBroker {
  const length = Math.max(0, ...Object.values(told).map(values => values.length));
  const samples = Array.from({ length }, (_, i) => ({
    fromMicros: (firstSecond + i) * 1e6,
    atMicros: (firstSecond + i + 1) * 1e6,
    figures: Object.fromEntries(figureNames.map(figure => [figure, told[figure]?.[i] ?? null])) as Figures,
  }));
  return { name, host, cores, samples, means: meansOf(samples, seconds * 1e6) };
}

/** Two brokers beside the generator, the second of which has most to do. */
export function aBrokersMeasurement(seconds = 10): BrokersMeasurement {
  const each = (value: (second: number) => number | null): (number | null)[] =>
    Array.from({ length: seconds + 2 }, (_, i) => value(i - 2));
  const of = { host: 'this host', cores: 4, seconds };
  return {
    source: 'process',
    looks: seconds + 3,
    missed: 0,
    brokers: [1, 2].map(id =>
      aWatched(
        `broker-${id}`,
        {
          cpuCores: each(second => id * (0.5 + ((second + 3) % 3) / 10)),
          residentBytes: each(() => id * 400e6),
          writtenBytesPerSecond: each(second =>
            id === 1 && second === 4 ? null : id * 1e6 * (1 + ((second + 4) % 4)),
          ),
        },
        of,
      ),
    ),
    hosts: [aWatched('this host', { cpuCores: each(() => 3), diskBusy: each(() => 0.25) }, of)],
  };
}
