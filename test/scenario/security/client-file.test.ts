/** Specifies what is taken from a Kafka client properties file, and how mistakes in it are shown. */
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { test } from 'node:test';
import { clientCertificate, clientKey, encryptedKey } from '../../cluster/secured.ts';
import { inShort, problemsIn } from '../reading.ts';
import { pem, read, readProperties } from './reading.ts';

test('a client properties file gives brokers, security and settings of the clients', async t => {
  const { security, scenario, raw, warnings } = await readProperties(
    t,
    [
      'bootstrap.servers=kafka1:9093, kafka2:9093',
      'security.protocol=SASL_SSL',
      'ssl.truststore.type=PEM',
      'ssl.truststore.location=ca.pem',
      'ssl.keystore.type=PEM',
      'ssl.keystore.location=both.pem',
      'ssl.endpoint.identification.algorithm=https',
      'sasl.mechanism=SCRAM-SHA-256',
      'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \\',
      '  username="alice" \\',
      '  password="open-sesame";',
      'client.id=perf',
      'retries=7',
      'fetch.min.bytes=1000',
      'metadata.max.age.ms=60000',
    ],
    'consumers: { readers: { config: { fetch.min.bytes: 2 } } }',
  );
  assert.deepEqual(scenario.cluster.source, { kind: 'external', brokers: ['kafka1:9093', 'kafka2:9093'] });
  assert.deepEqual(security.sasl, { mechanism: 'scram-sha-256', username: 'alice', password: 'open-sesame' });
  assert.deepEqual(
    [security.tls?.ca, security.tls?.cert, security.tls?.key],
    [pem(clientCertificate), pem(clientCertificate), pem(clientKey)],
  );
  assert.deepEqual(scenario.producers.config, { retries: 7, 'metadata.max.age.ms': 60_000 });
  assert.deepEqual(scenario.consumers['readers']?.config, { 'fetch.min.bytes': 2, 'metadata.max.age.ms': 60_000 });
  assert.deepEqual(warnings.map(inShort), [
    '12:1 E107 client.id is not used: Highwater names its clients itself | it may stay for other tools',
  ]);
  assert.doesNotMatch(JSON.stringify([raw, scenario, warnings]), /open-sesame|alice/);
});

test('certificates may stand in the properties file itself', async t => {
  const inline = (text: string): string => pem(text).trimEnd().replaceAll('\n', '\\n\\\n');
  const { security } = await readProperties(t, [
    'security.protocol=SSL',
    `ssl.truststore.certificates=${inline(clientCertificate)}`,
    `ssl.keystore.certificate.chain=${inline(clientCertificate)}`,
    `ssl.keystore.key=${inline(encryptedKey('open-sesame'))}`,
    'ssl.key.password=open-sesame',
  ]);
  assert.equal(security.tls?.ca, pem(clientCertificate));
  assert.equal(
    createPrivateKey({ key: security.tls.key as string, passphrase: 'open-sesame' }).asymmetricKeyType,
    'ec',
  );
});

test('a token of the properties file is made as Java makes it for tests', async t => {
  const { security } = await readProperties(t, [
    'security.protocol=SASL_PLAINTEXT',
    'sasl.mechanism=OAUTHBEARER',
    'sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="alice" unsecuredLoginListClaim_scope="|a|b" unsecuredLoginLifetimeSeconds="60";',
  ]);
  assert.ok(security.sasl?.mechanism === 'oauthbearer');
  const [header, claims, signature] = security.sasl.token.split('.');
  const { sub, scope, iat, exp } = JSON.parse(Buffer.from(claims ?? '', 'base64url').toString());
  assert.deepEqual(JSON.parse(Buffer.from(header ?? '', 'base64url').toString()), { alg: 'none' });
  assert.deepEqual(
    { sub, scope, lasts: exp - iat, signature },
    { sub: 'alice', scope: ['a', 'b'], lasts: 60, signature: '' },
  );
});

test('the scenario comes before its properties file, and the command line before both', async t => {
  const properties = [
    'bootstrap.servers=far:9092',
    'security.protocol=SASL_PLAINTEXT',
    'sasl.mechanism=PLAIN',
    'sasl.jaas.config=PlainLoginModule required username="u" password="p";',
    'retries=7',
  ].join('\n');
  const text = `cluster:
  properties: client.properties
  brokers: [near:9092]
  security: { sasl: { mechanism: scram-sha-256, username: '\${KAFKA_USER}', password: '\${KAFKA_PASSWORD}' } }
producers: { config: { retries: 3 } }`;
  const { scenario, security, warnings } = await read(t, text, { 'client.properties': properties });
  assert.deepEqual(scenario.cluster.source, { kind: 'external', brokers: ['near:9092'] });
  assert.equal(security.sasl?.mechanism, 'scram-sha-256');
  assert.deepEqual(scenario.producers.config, { retries: 3 });
  assert.deepEqual(warnings.map(inShort), [
    '1:19 E107 bootstrap.servers is not used: cluster.brokers comes first | it may stay for other tools',
  ]);
  const overridden = await read(
    t,
    'cluster: { properties: client.properties }',
    { 'client.properties': properties },
    { brokers: ['line:9092'], overrides: { 'producers.config.retries': '1' } },
  );
  assert.deepEqual(overridden.scenario.cluster.source, { kind: 'external', brokers: ['line:9092'] });
  assert.deepEqual(overridden.scenario.producers.config, { retries: 1 });
});

const sasl1 = ['security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=PLAIN'];
for (const [lines, expected] of [
  [
    ['security.protocol=SSL', 'ssl.truststore.location=store.jks'],
    '2:1 E107 ssl.truststore.type: stores other than PEM are not read | convert it, and write ssl.truststore.type=PEM: docs/security.md says how',
  ],
  [
    ['security.protocol=SSL', 'ssl.endpoint.identification.algorithm='],
    '2:1 E102 ssl.endpoint.identification.algorithm is not supported, or not with this value | the name in the certificate is always checked: write the one that it bears into cluster.security.tls.serverName',
  ],
  [
    ['security.protocol=SSL', 'ssl.cipher.suites=x'],
    '2:1 E102 ssl.cipher.suites is not supported, or not with this value | remove it',
  ],
  [
    ['security.protocol=TLS'],
    '1:19 E103 security.protocol: the value is none of those that Kafka knows | write one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL',
  ],
  [
    ['sasl.mechanism=PLAIN'],
    '1:1 E107 sasl.mechanism has no meaning with security.protocol PLAINTEXT | set security.protocol to SSL, SASL_PLAINTEXT or SASL_SSL, or remove it',
  ],
  [
    ['security.protocol=SASL_SSL'],
    '1:1 E106 sasl.mechanism is missing | write one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER',
  ],
  [
    ['security.protocol=SASL_SSL', 'sasl.mechanism=GSSAPI'],
    '2:16 E103 sasl.mechanism: the value is none that is supported | write one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER',
  ],
  [sasl1, '1:1 E106 sasl.jaas.config is missing | write the options of PlainLoginModule into it'],
  [
    [...sasl1, 'sasl.jaas.config=PlainLoginModule required username="u" password="open-sesame'],
    '3:18 E105 sasl.jaas.config: it does not read like a login module | write …PlainLoginModule required name="value" …; on one line, or with a backslash at the end of each',
  ],
  [
    [...sasl1, 'sasl.jaas.config=ScramLoginModule required username="u" password="open-sesame";'],
    '3:18 E107 sasl.jaas.config: PLAIN needs PlainLoginModule | write that, or another mechanism',
  ],
  [
    [...sasl1, 'sasl.jaas.config=PlainLoginModule required username="u";'],
    '3:18 E106 sasl.jaas.config: username or password is missing | add username="…" password="…"',
  ],
  [
    [
      'security.protocol=SASL_SSL',
      'sasl.mechanism=OAUTHBEARER',
      'sasl.jaas.config=OAuthBearerLoginModule required clientId="x" clientSecret="open-sesame";',
    ],
    "3:18 E107 sasl.jaas.config: a token is taken from options like unsecuredLoginStringClaim_sub alone | write the token into cluster.security.sasl: { mechanism: oauthbearer, token: '${TOKEN}' }",
  ],
  [['linger.ms=5'], '1:1 E107 producers.config: linger.ms has a key of its own | write producers.linger instead'],
  [['retries=1', 'retries=2'], '2:1 E111 retries stands here twice | remove one of them'],
  [
    ['bootstrap.servers=nowhere'],
    '1:19 E105 cluster.brokers[0]: "nowhere" is not a broker as host:port | write a broker as host:port',
  ],
] as const) {
  test(`${lines.at(-1)} is refused in the properties file`, async t => {
    const problems = await problemsIn(readProperties(t, lines));
    assert.deepEqual(problems.map(inShort), [expected]);
    assert.match(problems[0]?.file ?? '', /client\.properties$/);
    assert.doesNotMatch(JSON.stringify(problems), /open-sesame/);
  });
}

test('a properties file that is not there is named where the scenario names it', async t => {
  const problems = await problemsIn(read(t, 'cluster: { properties: nowhere.properties }'));
  assert.deepEqual(problems.map(inShort), [
    '2:24 E109 cluster.properties: nowhere.properties: there is no such file | check the path',
  ]);
});
