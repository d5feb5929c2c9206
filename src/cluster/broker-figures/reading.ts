/** What brokers and their hosts tell of themselves at an instant, and what two such readings make of the time between. Pure. */

/** Totals that grow for as long as a process, or a host, lives. */
export type Totals = Partial<
  Record<
    | 'cpuSeconds'
    | 'writtenBytes'
    | 'readBytes'
    | 'receivedBytes'
    | 'sentBytes'
    | 'messages'
    | 'handlersIdleSeconds'
    | 'networkThreadsIdleSeconds',
    number
  >
>;

/** Figures of an instant. */
type Levels = Partial<
  Record<
    | 'residentBytes'
    | 'handlersIdle'
    | 'networkThreadsIdle'
    | 'underReplicated'
    | 'dirtyBytes'
    | 'writebackBytes'
    | 'freeBytes',
    number
  >
>;

/** What a network device has carried, and could carry each way. */
export interface LinkTotals {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly bytesPerSecond: number;
}

/** A broker, or a host of brokers, at an instant. What it does not tell is missing. */
export interface Reading {
  readonly of: 'broker' | 'host';
  readonly name: string;
  /** The host's name, as the source tells hosts apart; null where that is not known. */
  readonly host: string | null;
  /** Its life: totals of another one begin anew. */
  readonly life: string;
  /** On the host clock of this process. */
  readonly atMicros: number;
  /** How many cores it can have. */
  readonly cores: number | null;
  readonly totals: Totals;
  readonly levels: Levels;
  /** By disk: the time for which it had requests. */
  readonly diskBusySeconds?: Readonly<Record<string, number>>;
  /** By network device; those whose speed is known. */
  readonly links?: Readonly<Record<string, LinkTotals>>;
}

/** Every figure of a broker or a host, as results name them. */
export const figureNames = [
  'cpuCores',
  'residentBytes',
  'writtenBytesPerSecond',
  'readBytesPerSecond',
  'receivedBytesPerSecond',
  'sentBytesPerSecond',
  'messagesPerSecond',
  'handlersIdle',
  'networkThreadsIdle',
  'underReplicated',
  'diskBusy',
  'linkBusy',
  'dirtyBytes',
  'writebackBytes',
  'freeBytes',
] as const;

export type FigureName = (typeof figureNames)[number];

/** Null: not told. */
export type Figures = Readonly<Record<FigureName, number | null>>;

const least = (share: number | null): number | null => (share === null ? null : Math.min(1, share));

/** What went on between two readings of the same broker or host; totals that another life counted say nothing. */
export function figuresBetween(before: Reading, after: Reading): Figures {
  const seconds = (after.atMicros - before.atMicros) / 1e6;
  const isSame = before.life === after.life && seconds > 0;
  const grown = (from: number | undefined, to: number | undefined): number | null =>
    !isSame || from === undefined || to === undefined || to < from ? null : (to - from) / seconds;
  const rate = (name: keyof Totals): number | null => grown(before.totals[name], after.totals[name]);
  const level = (name: keyof Levels): number | null => after.levels[name] ?? null;
  return {
    cpuCores: rate('cpuSeconds'),
    residentBytes: level('residentBytes'),
    writtenBytesPerSecond: rate('writtenBytes'),
    readBytesPerSecond: rate('readBytes'),
    receivedBytesPerSecond: rate('receivedBytes'),
    sentBytesPerSecond: rate('sentBytes'),
    messagesPerSecond: rate('messages'),
    handlersIdle: least(rate('handlersIdleSeconds') ?? level('handlersIdle')),
    networkThreadsIdle: least(rate('networkThreadsIdleSeconds') ?? level('networkThreadsIdle')),
    underReplicated: level('underReplicated'),
    diskBusy: least(
      mostOf(Object.entries(after.diskBusySeconds ?? {}), ([disk, to]) => grown(before.diskBusySeconds?.[disk], to)),
    ),
    linkBusy: least(
      mostOf(Object.entries(after.links ?? {}), ([device, to]) => {
        const from = before.links?.[device];
        const [received, sent] = [grown(from?.receivedBytes, to.receivedBytes), grown(from?.sentBytes, to.sentBytes)];
        return received === null || sent === null ? null : Math.max(received, sent) / to.bytesPerSecond;
      }),
    ),
    dirtyBytes: level('dirtyBytes'),
    writebackBytes: level('writebackBytes'),
    freeBytes: level('freeBytes'),
  };
}

/** The largest value; null where there is none. */
function mostOf<T>(entries: readonly T[], valueOf: (entry: T) => number | null): number | null {
  const values = entries.map(valueOf).filter(value => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}
