/** What one member has read of one partition. Hot: entered once a record. */
import { OffsetLedger } from '../measure/offset-ledger.ts';
import { SmallHistogram } from '../measure/small-histogram.ts';

export class PartitionReceipts {
  /** Where which message was read. */
  readonly ledger = new OffsetLedger();
  /** Of messages due in the window, as `consumed`. */
  readonly endToEnd = new SmallHistogram();
  consumed = 0;
  /** By producer: the highest sequence number seen. */
  readonly highest: Float64Array;

  constructor(producers: number) {
    this.highest = new Float64Array(producers).fill(-1);
  }
}
