/** Tells a lane what its client says, and wakes the pump where the lane had waited for that. Hot. */
import type { ProducerEvents } from '../drivers/driver.ts';
import { messageOf } from '../support/errors.ts';
import type { Lane } from './lane.ts';

/** What a lane's client is given; errors are counted by their message. */
export function laneEvents(lane: Lane, errors: Map<string, number>, wake: () => void): ProducerEvents {
  const wakeIfWaited = (waited: boolean): void => {
    if (waited) wake();
  };
  return {
    acknowledged(firstTicket, count, atMicros, partition, baseOffset) {
      const waited = lane.isWaiting;
      lane.acknowledged(firstTicket, count, atMicros, partition, baseOffset);
      wakeIfWaited(waited);
    },
    failed(firstTicket, count, atMicros, error) {
      const waited = lane.isWaiting;
      const message = messageOf(error);
      errors.set(message, (errors.get(message) ?? 0) + count);
      lane.failed(firstTicket, count, atMicros);
      wakeIfWaited(waited);
    },
    departed(firstTicket, count, atMicros) {
      const waited = lane.isWaiting;
      lane.departed(firstTicket, count, atMicros);
      wakeIfWaited(waited);
    },
    writable() {
      lane.writable();
      wake();
    },
  };
}
