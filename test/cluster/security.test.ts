/** Specifies local brokers that demand TLS and users, and what is said to a client that brings the wrong ones. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openCluster } from '../../src/cluster/cluster.ts';
import { describeCluster } from '../../src/cluster/environment.ts';
import { findExternalCluster } from '../../src/cluster/external.ts';
import { demandsOf, listenerSettings, noDemands, protocolOf } from '../../src/cluster/listener.ts';
import { type ClientSecurity, plainText } from '../../src/drivers/driver.ts';
import { HarnessError } from '../../src/support/errors.ts';
import {
  clientCertificate,
  clientKey,
  impostors,
  mechanisms,
  openSaslBroker,
  password,
  reasons,
  type SaslBroker,
  trusting,
  unsecuredToken,
  users,
} from './secured.ts';

let broker: SaslBroker;
before(async () => void (broker = await openSaslBroker({})));
after(() => broker?.[Symbol.asyncDispose]());

const known = users['scram-sha-512'];

for (const mechanism of mechanisms) {
  test(`${mechanism} over TLS finds the cluster, and the release of its brokers`, async () => {
    const security = broker.as(users[mechanism]);
    await using cluster = await openCluster({ kind: 'external', brokers: broker.brokers }, { security });
    assert.deepEqual([cluster.brokerCount, cluster.kafkaVersion], [1, '4.3']);
    const facts = await describeCluster(cluster);
    const told = { protocol: 'SASL_SSL', mechanism: mechanism.toUpperCase(), clientCertificate: false };
    assert.deepEqual(facts.security, told);
    assert.ok(!JSON.stringify(facts).includes('battery'), 'the users of the broker are told of');
  });
}

/** The error of a client that is not let in; asserts that it comes soon and tells no secret. */
async function refusalOf(security: ClientSecurity): Promise<HarnessError> {
  const before = performance.now();
  const error: unknown = await findExternalCluster({ brokers: broker.brokers, security }).then(
    () => assert.fail('it was let in'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof HarnessError, String(error));
  assert.equal(error.exitCode, 3);
  assert.ok(performance.now() - before < 10_000, `it took ${performance.now() - before} ms`);
  for (const secret of [password, 'wrong-battery']) assert.ok(!`${error.message} ${error.hint}`.includes(secret));
  return error;
}

for (const mechanism of mechanisms) {
  test(`the wrong ${mechanism} ends with 3, the broker's own reason and where to look`, async () => {
    const error = await refusalOf(broker.as(impostors[mechanism]));
    assert.match(error.message, /refuse the credentials/);
    assert.match(error.message, reasons[mechanism]);
    assert.match(error.hint ?? '', /cluster\.security\.sasl/);
  });
}

for (const [what, security, message, hint] of [
  [
    'a token that has expired',
    () => broker.as({ mechanism: 'oauthbearer', token: unsecuredToken('alice', -60) }),
    /refuse the credentials: .*invalid_token/,
    /cluster\.security\.sasl/,
  ],
  [
    'an authority that signed another certificate',
    () => ({ tls: trusting(clientCertificate), sasl: known }),
    /certificate of the brokers at .* is not trusted: .*self-signed/,
    /cluster\.security\.tls\.ca/,
  ],
  [
    'the authorities that Node trusts',
    () => ({ tls: trusting(null), sasl: known }),
    /is not trusted/,
    /cluster\.security\.tls\.ca/,
  ],
  [
    'another name than the certificate bears',
    () => ({ tls: { ...broker.tls, serverName: 'other.test' }, sasl: known }),
    /is not trusted: .*other\.test. is not in the cert's altnames/,
    /serverName/,
  ],
  ['plain text', () => plainText, /speaks TLS, and this client was to speak plain text/, /Set cluster\.security\.tls/],
  [
    'credentials in plain text',
    () => ({ tls: null, sasl: known }),
    /speaks TLS, and this client was to speak plain text/,
    /Set cluster\.security\.tls/,
  ],
  ['TLS and no user', () => ({ tls: broker.tls, sasl: null }), /does not answer/, /set cluster\.security\.sasl/],
] as const) {
  test(`${what} ends with 3, the reason and what to do`, async () => {
    const error = await refusalOf(security());
    assert.match(error.message, message);
    assert.match(error.hint ?? '', hint);
  });
}

test('TLS towards brokers that speak plain text ends with 3, the reason and what to do', async () => {
  await using plain = await openCluster({ kind: 'local', brokers: 1, version: '4.3.1', config: {} });
  await assert.rejects(
    findExternalCluster({ brokers: plain.brokers, security: { tls: trusting(null), sasl: null } }),
    (error: unknown) =>
      error instanceof HarnessError && error.exitCode === 3 && /does not speak TLS/.test(error.message),
  );
});

test('a client without the certificate that brokers demand is refused with their alert', async () => {
  const bearer = trusting(null, { cert: clientCertificate, key: clientKey });
  const settings = { kind: 'local', brokers: 1, version: '4.3.1', config: {} } as const;
  await using mutual = await openCluster(settings, { security: { tls: bearer, sasl: null } });
  assert.equal(mutual.brokerCount, 1);
  const bare = { ...mutual.security, tls: trusting(mutual.security.tls?.ca ?? null) };
  await assert.rejects(
    findExternalCluster({ brokers: mutual.brokers, security: bare }),
    (error: unknown) =>
      error instanceof HarnessError &&
      error.exitCode === 3 &&
      /refuse the TLS connection: .*alert/.test(error.message) &&
      /tls\.cert and key/.test(error.hint ?? ''),
  );
});

for (const [security, protocol] of [
  [plainText, 'PLAINTEXT'],
  [{ tls: trusting(null), sasl: null }, 'SSL'],
  [{ tls: null, sasl: known }, 'SASL_PLAINTEXT'],
  [{ tls: trusting(null), sasl: known }, 'SASL_SSL'],
] as const) {
  test(`a local listener demands what its clients bring: ${protocol}`, () => {
    assert.equal(protocolOf(demandsOf(security)), protocol);
  });
}

test('a listener that demands nothing has no settings of its own', () => {
  assert.deepEqual(listenerSettings(noDemands, null), {});
});
