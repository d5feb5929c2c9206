/** What the result document holds of the brokers' own figures beside a trial's load, and how they get there. */
import { z } from 'zod';
import { type FigureName, figureNames } from '../cluster/broker-figures/reading.ts';
import type { BrokersMeasurement, WatchedBroker } from '../run/broker-watch.ts';

const meanings: Readonly<Record<FigureName, string>> = {
  cpuCores: 'cores that were busy',
  residentBytes: 'memory that the process holds',
  writtenBytesPerSecond: 'to disks; of processes on this host as pages were written to, which disks may see later',
  readBytesPerSecond: 'from disks',
  receivedBytesPerSecond: 'of a broker: of topics, from producers and other brokers; of a host: by its network',
  sentBytesPerSecond: 'likewise, to consumers and other brokers',
  messagesPerSecond: 'from producers',
  handlersIdle: 'share of the time in which the request handlers had nothing to do',
  networkThreadsIdle: 'the same of the network threads; over the last 30 s, as brokers tell it',
  underReplicated: 'partitions led by the broker of which a replica is behind',
  diskBusy: 'share of the time in which the busiest disk had requests',
  linkBusy: 'share of what the busiest network device can carry one way',
  dirtyBytes: 'written to, and not on disk yet',
  writebackBytes: 'on their way to disk',
  freeBytes: 'of the disk that holds the data',
};

const ofFigures = <T extends z.ZodType>(one: T) =>
  z.strictObject(
    Object.fromEntries(figureNames.map(name => [name, one.optional().describe(meanings[name])])) as {
      [Name in FigureName]: z.ZodOptional<T>;
    },
  );

const Watched = z.strictObject({
  name: z.string(),
  host: z.string().nullable().describe('on which it is, as `hosts` name it; null where that is not known'),
  cores: z.number().nullable().describe('that it can have'),
  atMicros: z.array(z.number()).describe('since the start of the window; before 0: warm-up'),
  samples: ofFigures(z.array(z.number().nullable())).describe(
    'what went on from one instant of `atMicros` to the next; null: not told then. Figures that were never told are missing',
  ),
  means: ofFigures(z.number()).describe('over the window'),
});

export const TrialBrokers = z.strictObject({
  source: z.enum(['process', 'prometheus', 'jmx']),
  looks: z.int().min(0),
  missed: z.int().min(0).describe('answers that did not come; what they would have shown is in the next ones'),
  brokers: z.array(Watched),
  hosts: z.array(Watched),
});
export type TrialBrokers = z.infer<typeof TrialBrokers>;

/** Five digits: more than anybody can measure. */
const rounded = (value: number): number => Number(value.toPrecision(5));

/** The stored form of what was seen of brokers. */
export const brokersEntry = ({ source, looks, missed, brokers, hosts }: BrokersMeasurement): TrialBrokers => ({
  source,
  looks,
  missed,
  brokers: brokers.map(watchedEntry),
  hosts: hosts.map(watchedEntry),
});

function watchedEntry({ name, host, cores, samples, means }: WatchedBroker): TrialBrokers['brokers'][number] {
  const columns = figureNames.flatMap(figure => {
    const column = samples.map(({ figures }) => figures[figure]);
    const isKnown = column.some(value => value !== null);
    return isKnown ? [[figure, column.map(value => (value === null ? null : rounded(value)))]] : [];
  });
  return {
    name,
    host,
    cores,
    atMicros: samples.map(({ atMicros }) => Math.round(atMicros)),
    samples: Object.fromEntries(columns),
    means: Object.fromEntries(Object.entries(means).map(([figure, value]) => [figure, rounded(value)])),
  };
}
