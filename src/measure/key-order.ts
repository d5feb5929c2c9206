/** Watches whether the messages of each key come in the order in which their producer sent them, and from one partition alone. Hot. */

/** Beyond this many triples of producer, topic and key the memory would not be worth it: 64 MiB a member. */
const mostPlaces = 2 ** 23;

/** Stands for a key that has not come. */
export const noPartition = -1;
/** Stands for a key that came from more than one partition. */
export const severalPartitions = -2;

export interface KeyOrderSettings {
  readonly producers: number;
  readonly topics: number;
  readonly keys: number;
}

export class KeyOrder {
  /** Messages that came after a later one of their producer, topic and key. */
  late = 0;
  /** By topic and key: the partition from which it came. */
  readonly partitions: Int16Array;
  readonly #places: number;
  readonly #keys: number;
  /** By producer, made when it first comes: the highest sequence number by topic and key. */
  readonly #highest: (Float64Array | undefined)[];

  /** Null where there are no keys, or too many to watch. */
  static of(settings: KeyOrderSettings): KeyOrder | null {
    const { producers, topics, keys } = settings;
    return keys === 0 || producers * topics * keys > mostPlaces ? null : new KeyOrder(settings);
  }

  private constructor({ producers, topics, keys }: KeyOrderSettings) {
    this.#keys = keys;
    this.#places = topics * keys;
    this.#highest = Array.from({ length: producers });
    this.partitions = new Int16Array(this.#places).fill(noPartition);
  }

  /** Enters a message's first delivery. */
  add(producer: number, topic: number, partition: number, key: number, sequence: number): void {
    const place = topic * this.#keys + key;
    const known = this.partitions[place] as number;
    if (known !== partition && known !== severalPartitions)
      this.partitions[place] = known === noPartition ? partition : severalPartitions;
    const highest = (this.#highest[producer] ??= new Float64Array(this.#places).fill(-1));
    if (sequence < (highest[place] as number)) this.late++;
    else highest[place] = sequence;
  }
}

/** How many keys came from more than one partition, over what several members saw. */
export function keysOfSeveralPartitions(seen: readonly Int16Array[]): number {
  let several = 0;
  for (let place = 0; place < (seen[0]?.length ?? 0); place++) {
    let partition = noPartition;
    for (const partitions of seen) {
      const own = partitions[place] as number;
      if (own === noPartition || own === partition) continue;
      partition = partition === noPartition ? own : severalPartitions;
      if (partition === severalPartitions) break;
    }
    if (partition === severalPartitions) several++;
  }
  return several;
}
