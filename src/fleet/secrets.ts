/** Keeps the secrets of the cluster under test from crossing a network in the clear. */
import type { ClientSecurity } from '../drivers/driver.ts';
import { splitAddress } from '../support/address.ts';
import { HarnessError } from '../support/errors.ts';

/** Whether an address is this host's own, whoever looks it up. */
export function isLoopback(address: string): boolean {
  const { host } = splitAddress(address);
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

const holdsSecrets = ({ tls, sasl }: ClientSecurity): boolean =>
  sasl !== null || (tls?.key ?? null) !== null || (tls?.passphrase ?? null) !== null;

/**
 * Assignments hold what clients show to the cluster under test, and travel over the control cluster.
 * @throws HarnessError 'usage' where that would be in the clear, over a network
 */
export function refuseSecretsInTheClear(
  underTest: ClientSecurity,
  control: { readonly brokers: readonly string[]; readonly security: ClientSecurity },
): void {
  if (!holdsSecrets(underTest) || control.security.tls !== null || control.brokers.every(isLoopback)) return;
  throw new HarnessError(
    'usage',
    `The password or key for the cluster under test would cross the network in the clear, by way of the control cluster at ${control.brokers.join(', ')}.`,
    { hint: 'Reach the control cluster by a tunnel that ends at 127.0.0.1 on each host, or test without secrets.' },
  );
}
