/** Says what a target takes: partitions and brokers, what each broker then does, and what that rests on. */
import type { CapacityResult, SizingResult } from '../results/capacity.ts';
import { bytes, duration, percent, threeDigits, whole } from './numbers.ts';
import type { Table } from './table.ts';

/** What the target takes; none without `sizing`. */
export function sizingTables({ sizing }: CapacityResult): Table[] {
  if (sizing === null) return [];
  const { target, partitions, brokers } = sizing;
  const numbers = ({ point, p50, p95 }: { readonly point: number; readonly p50: number; readonly p95: number }) =>
    [point, p50, p95].map(whole);
  const read = target.readers === 0 ? 'not read' : target.readers === 1 ? 'read once' : `read ${target.readers} times`;
  const asked = `${bytes(target.bytesPerSecond)}/s, kept for ${spanText(target.retentionSeconds)}`;
  const { perBroker } = brokers;
  return [
    {
      title: 'Sizing',
      note: `for ${asked}, replication ${target.replication}, ${read}`,
      rows: [
        ['what', 'by the medians', '50 %', '95 %'],
        ...(partitions === null
          ? []
          : [
              ['partitions', ...numbers(partitions)],
              ['partitions, in a multiple of the brokers', '–', '–', whole(partitions.recommended)],
            ]),
        [`brokers, ${target.spareBrokers} of them spare`, ...numbers(brokers)],
      ],
    },
    {
      title: 'Brokers asked for by',
      note: 'without the spare ones; what is not named in sizing.broker asks for none',
      rows: [['limit', 'brokers'], ...brokers.byLimit.map(({ limit, brokers: count }) => [limit, whole(count)])],
    },
    {
      title: 'Each broker then',
      note: `with ${whole(brokers.p95)} brokers, all of them there`,
      rows: [
        ['writes', 'sends', 'stores'],
        [
          `${bytes(perBroker.writtenBytesPerSecond)}/s`,
          `${bytes(perBroker.sentBytesPerSecond)}/s`,
          bytes(perBroker.storedBytes),
        ],
      ],
      columnsOfWords: 0,
    },
  ];
}

/** What a sizing rests on, a line each. */
export function sizingAssumptions(
  { kind }: CapacityResult,
  { rates, partitions, target }: NonNullable<CapacityResult['sizing']>,
): string[] {
  const { producedBytesPerSecond: produced, consumedBytesPerSecond: consumed, source } = rates;
  const text = (name: string, one: typeof produced): string =>
    one === null
      ? `${name}: not measured`
      : `${name} ${bytes(one.value)}/s ± ${threeDigits(one.spread * 100)} % a partition`;
  const from =
    source === 'scenario'
      ? 'named by the scenario'
      : target.hottestShare === null
        ? 'the capacity, spread over the partitions'
        : 'the fullest partition’s share of the capacity';
  return [
    `${text('produced', produced)}, ${text('consumed', consumed)}: ${from}`,
    ...(source === 'search' && kind !== 'capacity' ? ['the search gave no interval: the rates count as exact'] : []),
    ...(partitions === null ? [] : [`${percent(target.headroom)} of each partition is left free`]),
    ...hottestLines(target, partitions),
    'sizes as the producer sends them, before compression; disks and network at their full throughput with the spare brokers gone',
  ];
}

/** Whether the fullest partition carries its share of the target, however many there are. */
function hottestLines(
  { hottestShare, bytesPerSecond }: SizingResult['target'],
  partitions: SizingResult['partitions'],
): string[] {
  if (hottestShare === null) return ['partitions share the load evenly'];
  const share = `the fullest partition had ${percent(hottestShare)} of the messages`;
  if (partitions?.hottest == null) return [share];
  const { mostBytesPerSecond, carriesTarget } = partitions.hottest;
  return [
    carriesTarget
      ? `${share}, and carries them of the target, too`
      : `${share}: if keys keep it so, no number of partitions carries more than ${bytes(mostBytesPerSecond)}/s of the ${bytes(bytesPerSecond)}/s`,
  ];
}

/** Retention goes in days where it can. */
const spanText = (seconds: number): string =>
  seconds >= 86_400 && seconds % 3_600 === 0 ? `${threeDigits(seconds / 86_400)} d` : duration(seconds * 1e6);
