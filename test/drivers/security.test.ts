/** Holds every driver with real brokers to what `ClientSecurity` says: it gets in with it, and says why where it does not. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Cluster, openCluster } from '../../src/cluster/cluster.ts';
import type { ClientSecurity, ClientTls, Driver } from '../../src/drivers/driver.ts';
import { driverNames, loadDriver } from '../../src/drivers/registry.ts';
import { HarnessError } from '../../src/support/errors.ts';
import {
  clientCertificate,
  encryptedKey,
  impostors,
  mechanisms,
  openSaslBroker,
  reasons,
  type SaslBroker,
  trusting,
  users,
} from '../cluster/secured.ts';
import { aBlock, upTo } from './contract/messages.ts';
import { openMember, sequencesOf, type TestMember } from './contract/member.ts';
import { openProducer } from './contract/producer.ts';
import { type Subject, unless, whyMissing } from './contract/subject.ts';
import { fewInternalPartitions, openTopics, version } from './real-broker.ts';

const passphrase = 'open sesame';
const bearingCertificate = trusting(null, { cert: clientCertificate, key: encryptedKey(passphrase), passphrase });

/** A broker of this host that demands what the client brings. */
const openDemanding = (security: ClientSecurity): Promise<Cluster> =>
  openCluster({ kind: 'local', brokers: 1, version, config: fewInternalPartitions }, { security });

const opened = new AsyncDisposableStack();
after(() => opened.disposeAsync());

let sasl: SaslBroker;
const clusters = new Map<string, Cluster>();
before(async () => {
  const [encrypting, mutual, asking] = await Promise.all([
    openDemanding({ tls: trusting(null), sasl: null }),
    openDemanding({ tls: bearingCertificate, sasl: null }),
    openSaslBroker(fewInternalPartitions),
  ]);
  for (const broker of [encrypting, mutual, asking]) opened.use(broker);
  clusters.set('TLS', encrypting).set('TLS with a client certificate', mutual);
  sasl = asking;
  for (const mechanism of mechanisms) {
    const security = sasl.as(users[mechanism]);
    clusters.set(mechanism, await openCluster({ kind: 'external', brokers: sasl.brokers }, { security }));
  }
});

const ways = ['TLS', 'TLS with a client certificate', ...mechanisms];
const clusterBy = (way: string): Cluster => clusters.get(way) as Cluster;

/** The error with which a client of a driver is refused, whenever it says so. */
async function refusalOf(opening: Promise<TestMember | AsyncDisposable>): Promise<Error> {
  try {
    await using client = await opening;
    if (!('until' in client)) assert.fail('it was let in');
    await client.until(() => client.failures.length > 0);
    return client.failures[0] as Error;
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
}

function specifySecurity(subject: Subject): void {
  const { producer: names } = subject.driver.capabilities.config;
  /** A client that can be told to does not try again. */
  const impatient = names.includes('retries') ? { retries: 0 } : {};

  for (const way of ways) {
    test(`sends and reads by ${way}`, { timeout: 30_000 }, async () => {
      const cluster = clusterBy(way);
      const { security } = cluster;
      const ground = await openTopics(cluster, { partitions: 2 });
      await using producer = await openProducer(subject, ground, { security });
      await producer.send(aBlock(0, 40, ticket => ({ partition: ticket % 2 })));
      assert.deepEqual(producer.ledger.tally(40), { acknowledged: 40 });
      assert.deepEqual(await ground.endOffsets(), [20, 20]);
      await using member = await openMember(subject, ground, { security });
      await member.until(() => member.received.length >= 40 || member.failures.length > 0);
      assert.deepEqual(sequencesOf(member), upTo(40));
    });
  }

  const skip = unless(subject.driver.capabilities.acks.includes(0), 'has no acks 0');
  test(
    'what departs with acks 0 over TLS is in the log once the producer is closed',
    { skip, timeout: 30_000 },
    async () => {
      const cluster = clusterBy('TLS');
      const ground = await openTopics(cluster);
      await using producer = await openProducer(subject, ground, { security: cluster.security, acks: 0 });
      await producer.send(aBlock(0, 2_000));
      await producer.connection[Symbol.asyncDispose]();
      assert.deepEqual(producer.ledger.tally(2_000), { departed: 2_000 });
      assert.deepEqual(await ground.endOffsets(), [2_000]);
    },
  );

  test(
    'finds the certificate by the name that it is told to look for, or refuses to',
    { timeout: 30_000 },
    async () => {
      const ground = await openTopics(clusterBy('plain'));
      const security = { tls: { ...sasl.tls, serverName: 'kafka.test' }, sasl: users.plain };
      try {
        await using producer = await openProducer(subject, ground, { security });
        await producer.send(aBlock(0, 1));
        assert.deepEqual(await ground.endOffsets(), [1]);
      } catch (error) {
        if (!(error instanceof HarnessError) || error.reason !== 'usage') throw error;
        assert.match(error.message, /another name/);
      }
    },
  );

  // clients try again for seconds: all at once
  describe('is refused', { concurrency: true, timeout: 60_000 }, () => {
    for (const mechanism of mechanisms) {
      for (const [side, open] of Object.entries({ producer: openProducer, consumer: openMember })) {
        test(`as a ${side} with the wrong ${mechanism}, for the broker's own reason, and tells no secret`, async () => {
          const ground = await openTopics(clusterBy('plain'));
          const impostor = impostors[mechanism];
          const error = await refusalOf(open(subject, ground, { security: sasl.as(impostor) }));
          assert.ok(error instanceof HarnessError && error.reason === 'environment', String(error));
          assert.match(error.message, reasons[mechanism]);
          const secret = impostor.mechanism === 'oauthbearer' ? impostor.token : impostor.password;
          assert.ok(!`${error.message} ${error.hint}`.includes(secret));
        });
      }
    }

    for (const [what, tls] of Object.entries({
      'an authority that did not sign the certificate': (): ClientTls => trusting(clientCertificate),
      'a name that the certificate does not bear': (): ClientTls => ({ ...sasl.tls, serverName: 'other.test' }),
      'plain text': (): null => null,
    })) {
      test(`with ${what}`, async () => {
        const ground = await openTopics(clusterBy('plain'));
        const security = { tls: tls(), sasl: users.plain };
        const error = await refusalOf(openProducer(subject, ground, { security, config: impatient }));
        assert.ok(error instanceof HarnessError && error.reason !== 'bug', String(error));
      });
    }
  });
}

for (const name of driverNames.filter(driver => driver !== 'simulated')) {
  const driver: Driver | string = await loadDriver(name).catch(whyMissing);
  if (typeof driver === 'string') {
    test(`the driver ${name}`, { skip: driver }, () => undefined);
    continue;
  }
  const subject: Subject = { name, driver, lacks: {}, openGround: () => openTopics(clusterBy('TLS')) };
  describe(`the driver ${name}`, () => specifySecurity(subject));
}
