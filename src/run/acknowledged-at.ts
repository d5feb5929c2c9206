/** Remembers at which offsets the producers of one worker have had messages acknowledged. Hot. */
import { OffsetLedger, type OffsetLedgerData } from '../measure/offset-ledger.ts';

export class AcknowledgedAt {
  /** By topic and partition; a hole where nothing was acknowledged. */
  readonly #ledgers: (OffsetLedger | undefined)[];

  constructor(partitions: number) {
    this.#ledgers = Array.from({ length: partitions });
  }

  /** Enters messages with consecutive sequence numbers at consecutive offsets. */
  addRun(partition: number, baseOffset: number, producer: number, firstSequence: number, count: number): void {
    const ledger = (this.#ledgers[partition] ??= new OffsetLedger());
    for (let i = 0; i < count; i++) ledger.add(baseOffset + i, producer, firstSequence + i);
  }

  /** Messages that were acknowledged at an offset where another one was: a defect of the client. */
  get repeated(): number {
    return this.#ledgers.reduce((sum, ledger) => sum + (ledger?.repeated ?? 0), 0);
  }

  toData(): (OffsetLedgerData | null)[] {
    return Array.from(this.#ledgers, ledger => ledger?.toData() ?? null);
  }
}
