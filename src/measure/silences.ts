/** Notes for how long nothing of a partition was acknowledged, while the load runs. Hot: nothing here allocates per message. */

/** Shorter silences of a partition are not kept. */
export const leastSilenceMicros = 250_000;

/** Silences in columns, by their ends. Times are of one clock. */
export interface SilencesData {
  readonly partition: Int32Array;
  /** The acknowledgement before; −Infinity where there was none. */
  readonly fromMicros: Float64Array;
  /** The acknowledgement that ended it; Infinity where none did. */
  readonly toMicros: Float64Array;
  /** When the first message was due that waited then; Infinity without. */
  readonly dueMicros: Float64Array;
  /** When the first message was due that has failed meanwhile, or had no outcome in the end; Infinity without. */
  readonly failedDueMicros: Float64Array;
}

export interface SilenceSettings {
  readonly partitions: number;
  /** Whether nobody else sends to these partitions: then a silence in which nothing was due is of no interest. */
  readonly isAlone: boolean;
}

/** When the first message of a partition was due that still waits for its outcome; Infinity where none does. */
export type FirstWaiting = (partition: number) => number;

/** What the producers of a worker notice together. */
export class SilenceRecorder {
  /** Asked at the end of a silence: messages are not always acknowledged in the order in which they were due. */
  readonly waiting: FirstWaiting[] = [];
  readonly #isAlone: boolean;
  readonly #lastAckMicros: Float64Array;
  readonly #failedDueMicros: Float64Array;
  /** Five numbers a silence, which is rare. */
  readonly #rows: number[] = [];

  constructor({ partitions, isAlone }: SilenceSettings) {
    this.#isAlone = isAlone;
    this.#lastAckMicros = new Float64Array(partitions).fill(-Infinity);
    this.#failedDueMicros = new Float64Array(partitions).fill(Infinity);
  }

  /** Messages of a partition, of which the first was due at `dueMicros`, were acknowledged. */
  acknowledged(partition: number, atMicros: number, dueMicros: number): void {
    const last = this.#lastAckMicros[partition] as number;
    if (atMicros <= last) return;
    this.#lastAckMicros[partition] = atMicros;
    if (atMicros - last >= leastSilenceMicros) this.#note(partition, last, atMicros, dueMicros);
    this.#failedDueMicros[partition] = Infinity;
  }

  /** A message of a partition has failed, or will have no outcome any more. */
  failed(partition: number, dueMicros: number): void {
    if (dueMicros < (this.#failedDueMicros[partition] as number)) this.#failedDueMicros[partition] = dueMicros;
  }

  /** All of it, with the silences that nothing has ended; says so once the load is over. */
  toData(): SilencesData {
    const rows = [...this.#rows];
    for (let partition = 0; partition < this.#lastAckMicros.length; partition++) {
      const failedDue = this.#failedDueMicros[partition] as number;
      if (this.#isAlone && failedDue === Infinity) continue;
      rows.push(partition, this.#lastAckMicros[partition] as number, Infinity, Infinity, failedDue);
    }
    const column = (offset: number): Float64Array =>
      Float64Array.from({ length: rows.length / 5 }, (_, i) => rows[5 * i + offset] as number);
    return {
      partition: Int32Array.from(column(0)),
      fromMicros: column(1),
      toMicros: column(2),
      dueMicros: column(3),
      failedDueMicros: column(4),
    };
  }

  #note(partition: number, fromMicros: number, toMicros: number, dueMicros: number): void {
    const failedDue = this.#failedDueMicros[partition] as number;
    const firstDue = this.waiting.reduce((first, waiting) => Math.min(first, waiting(partition)), dueMicros);
    const since = Math.max(fromMicros, Math.min(firstDue, failedDue));
    if (this.#isAlone && toMicros - since < leastSilenceMicros) return;
    this.#rows.push(partition, fromMicros, toMicros, firstDue, failedDue);
  }
}
