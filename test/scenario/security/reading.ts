/** Reads scenarios beside certificates and properties files, for the tests of security. */
import type { TestContext } from 'node:test';
import type { ReadOptions, ScenarioFile } from '../../../src/scenario/read.ts';
import { clientCertificate, clientKey } from '../../cluster/secured.ts';
import { readFiles } from '../reading.ts';

const env = { KAFKA_USER: 'alice', KAFKA_PASSWORD: 'open-sesame', CERTS: '.', EMPTY: '' };
const files = { 'ca.pem': clientCertificate, 'client.pem': clientCertificate, 'client.key': clientKey };

/** Reads a scenario whose `cluster` is given as YAML, beside the certificates and further files. */
export const read = (
  t: TestContext,
  cluster: string,
  more: Readonly<Record<string, string>> = {},
  options: Partial<ReadOptions> = {},
): Promise<ScenarioFile> =>
  readFiles(t, { ...files, ...more, 'scenario.yaml': `name: x\n${cluster}\n` }, { env, ...options });

/** Reads a scenario that names a client properties file of these lines. */
export const readProperties = (t: TestContext, lines: readonly string[], rest = ''): Promise<ScenarioFile> =>
  read(t, `cluster: { properties: client.properties }\n${rest}`, {
    'client.properties': lines.join('\n'),
    'both.pem': clientKey + clientCertificate,
  });

/** A PEM text without what stands before it. */
export const pem = (text: string): string => text.slice(text.indexOf('-----BEGIN'));
