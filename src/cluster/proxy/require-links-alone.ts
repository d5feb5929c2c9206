/** Says which faults cannot be had on a cluster that is somebody else's, before anything is opened. */
import type { ClientSecurity } from '../../drivers/driver.ts';
import { HarnessError } from '../../support/errors.ts';
import type { FaultNeeds } from '../faults.ts';

/**
 * Asserts that faults can be had on a cluster that was not started here, broker by broker.
 * @throws HarnessError 'usage' where they would need more than the links of clients, or links that nobody can see into
 */
export function requireLinksAlone({ links, limitedDisks }: FaultNeeds, { tls }: ClientSecurity): void {
  const ownKafka = 'Have a local Kafka started (cluster.local), or leave these faults out.';
  if (links.includes('brokers') || limitedDisks.size > 0) {
    const what = links.includes('brokers') ? 'The links between brokers' : 'The disks of brokers';
    throw new HarnessError(
      'usage',
      `${what} cannot be broken on a cluster that is not started broker by broker here.`,
      {
        hint: ownKafka,
      },
    );
  }
  if (links.length > 0 && tls !== null) {
    throw new HarnessError(
      'usage',
      'The links of clients cannot be broken on this cluster: what brokers say of their addresses is hidden by TLS.',
      { hint: `Name a listener without TLS and leave cluster.security.tls out. ${ownKafka}` },
    );
  }
}
