import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainText } from '../../src/drivers/driver.ts';
import { refuseSecretsInTheClear } from '../../src/fleet/secrets.ts';

const withPassword = {
  tls: null,
  sasl: { mechanism: 'plain', username: 'bench', password: 'sesame' },
} as const;
const noKey = { ca: 'PEM', cert: null, key: null, passphrase: null, serverName: null };
const withKey = { tls: { ...noKey, cert: 'PEM', key: 'PEM' }, sasl: null };
const far = { brokers: ['127.0.0.1:9092', 'control-1:9092'], security: plainText };

test('a password or key is refused where the control cluster is reached in the clear over a network', () => {
  for (const secret of [withPassword, withKey])
    assert.throws(
      () => refuseSecretsInTheClear(secret, far),
      (error: Error) => error.message.includes('control-1:9092') && !error.message.includes('sesame'),
    );
});

test('what is no secret is not refused, nor is a secret that stays on this host or goes by TLS', () => {
  refuseSecretsInTheClear(plainText, far);
  refuseSecretsInTheClear({ tls: noKey, sasl: null }, far);
  refuseSecretsInTheClear(withPassword, { ...far, brokers: ['127.0.0.1:9092', '[::1]:9092', 'localhost:9092'] });
  refuseSecretsInTheClear(withPassword, { ...far, security: { tls: noKey, sasl: null } });
});
