import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeToken, securitySettings } from '../../../src/drivers/confluent/security.ts';
import { plainText } from '../../../src/drivers/driver.ts';

const tls = { ca: 'CA', cert: 'CERT', key: 'KEY', passphrase: 'open', serverName: null };

test('plain text needs no setting', () => {
  assert.deepEqual(securitySettings(plainText), {});
});

test('TLS checks certificate and host, with the texts of certificates and keys', () => {
  assert.deepEqual(securitySettings({ tls, sasl: null }), {
    'security.protocol': 'ssl',
    'enable.ssl.certificate.verification': true,
    'ssl.endpoint.identification.algorithm': 'https',
    'ssl.ca.pem': 'CA',
    'ssl.certificate.pem': 'CERT',
    'ssl.key.pem': 'KEY',
    'ssl.key.password': 'open',
  });
});

test('a name that is not the host’s is refused, for librdkafka cannot look for it', () => {
  assert.throws(() => securitySettings({ tls: { ...tls, serverName: 'kafka.example' }, sasl: null }), {
    reason: 'usage',
    message: /kafka\.example/,
  });
});

test('a password goes with its mechanism, over TLS or not', () => {
  const sasl = { mechanism: 'scram-sha-512', username: 'me', password: 'secret' } as const;
  const expected = { 'sasl.mechanisms': 'SCRAM-SHA-512', 'sasl.username': 'me', 'sasl.password': 'secret' };
  assert.deepEqual(securitySettings({ tls: null, sasl }), { 'security.protocol': 'sasl_plaintext', ...expected });
  assert.equal(securitySettings({ tls, sasl })['security.protocol'], 'sasl_ssl');
});

const webToken = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;

for (const [what, token, lifetime, principal] of [
  [
    'a JSON Web Token says itself when it ends and whom it is for',
    webToken({ exp: 1_800_000_000, sub: 'me' }),
    18e11,
    'me',
  ],
  ['one that does not say is good for an hour', webToken({}), 3_600_005, ''],
  ['and so is a token of another kind', 'opaque', 3_600_005, ''],
] as const) {
  test(what, () => assert.deepEqual(describeToken(token, 5), { tokenValue: token, lifetime, principal }));
}
