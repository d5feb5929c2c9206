/** Talks to a cluster as its administrator: one client for all that is asked and changed, apart from the clients under test. */
import type { Admin, KafkaConfig } from 'kafkajs';
import type { ClientOptions } from '../drivers/driver.ts';
import { openKafka } from '../drivers/kafkajs/client.ts';

/** Where brokers are, and how a client is to speak to them. */
export type Access = Pick<ClientOptions, 'brokers' | 'security'>;

/** Set-up waits for a cluster that elects leaders, and not for ever. */
const patient: Partial<KafkaConfig> = {
  connectionTimeout: 3_000,
  requestTimeout: 30_000,
  retry: { retries: 8, initialRetryTime: 100, maxRetryTime: 2_000 },
};

/** One attempt: for who asks again, or wants to know now. */
export const impatient: Partial<KafkaConfig> = {
  connectionTimeout: 3_000, // a busy host takes its time to shake hands by TLS
  requestTimeout: 5_000,
  retry: { retries: 0 },
};

/** Opens an administrator's connection for one piece of work: none is open while messages are measured. */
export async function withAdmin<T>(
  { brokers, security }: Access,
  work: (admin: Admin) => Promise<T>,
  settings: Partial<KafkaConfig> = patient,
): Promise<T> {
  const admin = openKafka({ brokers, security, clientId: 'highwater-admin' }, settings).admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
