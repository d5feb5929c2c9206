/** Talks to a cluster as its administrator: one client for all that is asked and changed, apart from the clients under test. */
import type { Admin, KafkaConfig } from 'kafkajs';
import { openKafka } from '../drivers/kafkajs/client.ts';

/** Set-up waits for a cluster that elects leaders, and not for ever. */
const patient: Partial<KafkaConfig> = {
  connectionTimeout: 3_000,
  requestTimeout: 30_000,
  retry: { retries: 8, initialRetryTime: 100, maxRetryTime: 2_000 },
};

/** One attempt: for who asks again, or wants to know now. */
export const impatient: Partial<KafkaConfig> = {
  connectionTimeout: 1_000,
  requestTimeout: 5_000,
  retry: { retries: 0 },
};

/** Opens an administrator's connection for one piece of work: none is open while messages are measured. */
export async function withAdmin<T>(
  brokers: readonly string[],
  work: (admin: Admin) => Promise<T>,
  settings: Partial<KafkaConfig> = patient,
): Promise<T> {
  const admin = openKafka({ brokers, clientId: 'highwater-admin' }, settings).admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
