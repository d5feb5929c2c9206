/** Specifies what `cluster.security` comes to, and how mistakes in it are shown without what is secret. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { resolveDocument } from '../../../src/scenario/explain.ts';
import { clientCertificate, clientKey, encryptedKey } from '../../cluster/secured.ts';
import { inShort, problemsIn } from '../reading.ts';
import { pem, read } from './reading.ts';

test('without a word of security clients speak plain text', async t => {
  assert.deepEqual((await read(t, '')).security, { tls: null, sasl: null });
});

test('tls: true trusts whom Node trusts', async t => {
  const { security } = await read(t, 'cluster: { security: { tls: true } }');
  assert.deepEqual(security.tls, { ca: null, cert: null, key: null, passphrase: null, serverName: null });
});

test('the block is resolved with the files that it names and the variables that it refers to, which stand nowhere else', async t => {
  const file = await read(
    t,
    `cluster:
  brokers: [kafka:9093]
  security:
    tls: { ca: '\${CERTS}/ca.pem', cert: client.pem, key: client.key, serverName: '\${NAME:-kafka.test}' }
    sasl: { mechanism: scram-sha-512, username: '\${KAFKA_USER}', password: '\${KAFKA_PASSWORD}' }`,
  );
  assert.deepEqual(file.security, {
    tls: {
      ca: pem(clientCertificate),
      cert: pem(clientCertificate),
      key: pem(clientKey),
      passphrase: null,
      serverName: 'kafka.test',
    },
    sasl: { mechanism: 'scram-sha-512', username: 'alice', password: 'open-sesame' },
  });
  const { security: _, ...rest } = file;
  for (const text of [JSON.stringify(rest), resolveDocument(file.raw)]) assert.doesNotMatch(text, /open-sesame|alice/);
});

test('an encrypted key is opened by its passphrase', async t => {
  const cluster = "cluster: { security: { tls: { cert: client.pem, key: own.key, passphrase: '${KAFKA_PASSWORD}' } } }";
  const { security } = await read(t, cluster, { 'own.key': encryptedKey('open-sesame') });
  assert.equal(security.tls?.passphrase, 'open-sesame');
  assert.match(security.tls.key ?? '', /BEGIN ENCRYPTED PRIVATE KEY/);
});

test('a token comes from the environment', async t => {
  const { security } = await read(
    t,
    "cluster: { security: { sasl: { mechanism: oauthbearer, token: '${KAFKA_PASSWORD}' } } }",
  );
  assert.deepEqual(security, { tls: null, sasl: { mechanism: 'oauthbearer', token: 'open-sesame' } });
});

const tls = (settings: string): string => `cluster: { security: { tls: ${settings} } }`;
const sasl = (settings: string): string => `cluster: { security: { sasl: ${settings} } }`;
const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

for (const [what, cluster, message, hint] of [
  [
    'a file that is not there',
    tls('{ ca: nowhere.pem }'),
    /E109 cluster\.security\.tls\.ca: of the file that it names: there is no such file/,
    /check the path/,
  ],
  [
    'a file without a certificate',
    tls('{ ca: client.key }'),
    /E109 .*tls\.ca: it holds no PEM of a certificate/,
    /JKS or PKCS12/,
  ],
  [
    'a key of another certificate',
    tls('{ cert: client.pem, key: other.key }'),
    /E109 .*tls\.key: it is not the key of the certificate/,
    /made for/,
  ],
  [
    'an encrypted key without a passphrase',
    tls('{ cert: client.pem, key: own.key }'),
    /E109 .*no passphrase is given/,
    /give its passphrase/,
  ],
  [
    'a passphrase that does not fit',
    tls("{ cert: client.pem, key: own.key, passphrase: '${KAFKA_USER}' }"),
    /E109 .*the passphrase does not open it/,
    /check the passphrase/,
  ],
  [
    'a certificate without a key',
    tls('{ cert: client.pem }'),
    /E106 .*"key" is missing/,
    /give cert and key, or neither/,
  ],
  [
    'a user without a password',
    sasl('{ mechanism: plain, username: u }'),
    /E106 .*"password" is missing/,
    /plain needs username and password/,
  ],
  [
    'a token for a mechanism without one',
    sasl("{ mechanism: plain, username: u, password: '${KAFKA_PASSWORD}', token: '${KAFKA_PASSWORD}' }"),
    /E107 .*"token" has no meaning with plain/,
    /remove token/,
  ],
  [
    'a mechanism that nobody knows',
    sasl('{ mechanism: gssapi }'),
    /E103 .*the value is not one of plain, scram-sha-256/,
    /write one of|did you mean/,
  ],
  [
    'a variable that is not set',
    sasl("{ mechanism: plain, username: u, password: '${NOWHERE}' }"),
    /E108 the environment has no NOWHERE/,
    /set NOWHERE/,
  ],
  [
    'a variable that is empty',
    sasl("{ mechanism: plain, username: u, password: '${EMPTY}' }"),
    /E108 .*sasl\.password: the variable that it refers to is empty/,
    /set it/,
  ],
  [
    'a literal password',
    sasl('{ mechanism: plain, username: u, password: open-sesame }'),
    /E110 .*a password cannot stand in a scenario/,
    /cluster\.properties/,
  ],
] as const) {
  test(`${what} is refused before anything runs, and no secret is shown`, async t => {
    const more = { 'own.key': encryptedKey('open-sesame'), 'other.key': otherKey };
    const problems = await problemsIn(read(t, cluster, more));
    const [problem = assert.fail('it was accepted')] = problems;
    assert.match(inShort(problem), message);
    assert.match(problem.hint, hint);
    assert.doesNotMatch(JSON.stringify(problems), /open-sesame|nowhere\.pem/);
  });
}

test('an authority is not used by local brokers, which is warned of', async t => {
  const { warnings } = await read(t, tls('{ ca: ca.pem }'));
  assert.deepEqual(warnings.map(inShort), [
    '2:35 E107 cluster.security.tls.ca is not used: local brokers make a certificate of their own, which is trusted | name the brokers that it is for',
  ]);
  const elsewhere = await read(t, tls('{ ca: ca.pem }'), {}, { brokers: ['kafka:9093'] });
  assert.deepEqual(elsewhere.warnings, []);
});
