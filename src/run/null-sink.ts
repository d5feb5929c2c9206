/** A client that takes everything and acknowledges it at once: what the generator alone can do. */
import type { MessageBlock, ProducerConnection, ProducerEvents } from '../drivers/driver.ts';
import { nowMicros } from '../support/clock.ts';

/** Acknowledges each block as one run, from within `submit`. */
export function nullSink(events: ProducerEvents): ProducerConnection {
  let messages = 0;
  let batches = 0;
  return {
    effective: {},
    submit(block: MessageBlock, from: number) {
      const taken = block.count - from;
      events.acknowledged(block.firstTicket + from, taken, nowMicros(), block.partition[from] as number, messages);
      messages += taken;
      batches++;
      return taken;
    },
    flush: () => undefined,
    counters: () => ({ batches, batchedMessages: messages, batchedBytes: 0, retriedMessages: 0 }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
