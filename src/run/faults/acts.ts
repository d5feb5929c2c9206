/** What each kind of fault does to a broker, and what undoes it. */
import type { ClusterFaults } from '../../cluster/faults.ts';
import type { PlannedFault } from '../../plan/faults.ts';

/** Faults that hit brokers and are undone; a rolling restart goes through all brokers, and ends by itself. */
export type LastingFault = Exclude<PlannedFault, { readonly kind: 'rollingRestart' }>;

/** Resolves when its effect is there. */
export function inflict(faults: ClusterFaults, fault: LastingFault, broker: number): Promise<void> {
  switch (fault.kind) {
    case 'kill':
      return faults.kill(broker);
    case 'pause':
      return faults.pause(broker);
    case 'restart':
      return faults.stop(broker);
    case 'fillDisk':
      return faults.fillDisk(broker);
    case 'network': {
      const { link, ...effect } = fault.network;
      return faults.setLink(broker, link, effect);
    }
  }
}

/** Resolves when the broker serves again. */
export function relieve(faults: ClusterFaults, fault: LastingFault, broker: number): Promise<void> {
  switch (fault.kind) {
    case 'kill':
    case 'restart':
      return faults.start(broker);
    case 'pause':
      return faults.resume(broker);
    case 'fillDisk':
      return faults.freeDisk(broker);
    case 'network':
      return faults.setLink(broker, fault.network.link, null);
  }
}

/** What a fault takes hold of: a broker's process, or one of its links. Two faults do not hold the same. */
export const holdOf = (fault: PlannedFault, broker: number): string =>
  fault.kind === 'network' ? `${fault.network.link} of broker ${broker}` : `broker ${broker}`;

/** A fault as a sentence names it. */
export const nameOf = ({ kind, asked, atMicros }: PlannedFault): string => `${kind} of ${asked} at ${atMicros / 1e6} s`;
