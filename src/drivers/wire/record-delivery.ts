/** Hands over what was fetched, batch by batch: checked, and without what was aborted or is no message. */
import type { RecordBatch } from '../driver.ts';
import type { FetchedRegion } from './fetch-response.ts';
import { checkCrc, readBatchHeader, type RecordView } from './record-view.ts';
import { AbortedTransactions } from './transactions.ts';

/** The batches that a partition got, and from which offset on they were asked for. */
export interface Fetched {
  readonly region: FetchedRegion;
  readonly topic: number;
  readonly partition: number;
  readonly fromOffset: number;
}

export interface RecordDeliverySettings {
  /** Shows one batch after the other. */
  readonly view: RecordView;
  readonly checksCrc: boolean;
  /** Whether nobody wants more: a handler may close the client. */
  readonly isOver: () => boolean;
  readonly onBatch: (records: RecordBatch) => void;
}

export class RecordDelivery {
  readonly #settings: RecordDeliverySettings;

  constructor(settings: RecordDeliverySettings) {
    this.#settings = settings;
  }

  /**
   * Hands over each batch of a partition, oldest first; of one without messages, only where the partition goes on.
   * @throws MalformedFrameError where a batch is not what its producer made
   */
  deliver(bytes: Buffer, { region, topic, partition, fromOffset }: Fetched): void {
    const { view, checksCrc, isOver, onBatch } = this.#settings;
    const aborted = new AbortedTransactions(region.aborted);
    view.topic = topic;
    view.partition = partition;
    for (let at = region.start; at < region.end && !isOver();) {
      const header = readBatchHeader(bytes, at);
      if (checksCrc) checkCrc(bytes, at, header.end);
      if (aborted.covers(bytes, at, header) || header.isControl) view.showNothing(header);
      else view.decode(bytes, at, header, fromOffset);
      onBatch(view);
      at = header.end;
    }
  }
}
