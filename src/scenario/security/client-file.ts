/** Reads a Kafka client properties file, as the perf tools take it: its brokers, its security, and settings of the clients. */
import { resolve } from 'node:path';
import type { Place, Source } from '../source.ts';
import type { Tree } from '../tree.ts';
import { plainValue } from '../yaml.ts';
import { type FileSetting, type Pem, plainTls, type SecurityDraft, type TlsDraft } from './draft.ts';
import { saslOf } from './file-sasl.ts';
import type { Report } from './pem.ts';
import { parseProperties } from './properties.ts';
import { sideOf } from './sides.ts';

/** A setting that clients take, as a scenario's `config` writes it. */
export interface ClientSetting {
  readonly name: string;
  readonly side: 'producers' | 'consumers' | 'both';
  readonly key: Place;
  readonly value: Tree;
}

/** What a file says. */
export interface ClientFile {
  readonly brokers: Tree | null;
  readonly security: SecurityDraft;
  readonly settings: readonly ClientSetting[];
}

/** Settings that every Java client has and none of Highwater's: names of clients, and types of keys and values. */
const withoutMeaning: Readonly<Record<string, string>> = {
  'client.id': 'Highwater names its clients itself',
  'group.id': 'Highwater names its groups itself',
  'key.serializer': 'messages are bytes here',
  'value.serializer': 'messages are bytes here',
  'key.deserializer': 'messages are bytes here',
  'value.deserializer': 'messages are bytes here',
};

/** Settings of security that change nothing where they have these values, which are Java's own. */
const harmless: Readonly<Record<string, readonly string[]>> = {
  'ssl.endpoint.identification.algorithm': ['https'],
  'ssl.protocol': ['TLSv1.3', 'TLS'],
  'ssl.enabled.protocols': ['TLSv1.2,TLSv1.3', 'TLSv1.3,TLSv1.2', 'TLSv1.3'],
};

const understood: readonly string[] = [
  'security.protocol',
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.certificates',
  'ssl.keystore.type',
  'ssl.keystore.location',
  'ssl.keystore.certificate.chain',
  'ssl.keystore.key',
  'ssl.key.password',
  'sasl.mechanism',
  'sasl.jaas.config',
];

const isOfSecurity = (name: string): boolean => /^(?:ssl|sasl|security)\./.test(name);

/** The settings by name; of two with one name the second is refused. */
function settingsOf(source: Source, report: Report): Map<string, FileSetting> {
  const settings = new Map<string, FileSetting>();
  for (const { name, value, nameSpan, valueSpan } of parseProperties(source.text)) {
    const key: Place = { source, span: nameSpan };
    if (isOfSecurity(name)) source.secrets.push(valueSpan);
    if (settings.has(name)) {
      report({ place: key, code: 'E111', message: `${name} stands here twice`, hint: 'remove one of them' });
    } else settings.set(name, { value: value.trim(), key, place: { source, span: valueSpan } });
  }
  return settings;
}

/** Where a file says what and means nothing here: refused, or warned of. */
function judgeNames(settings: ReadonlyMap<string, FileSetting>, report: Report, warn: Report): void {
  for (const [name, { value, key }] of settings) {
    const why = withoutMeaning[name];
    if (why !== undefined) {
      warn({ place: key, code: 'E107', message: `${name} is not used: ${why}`, hint: 'it may stay for other tools' });
    }
    if (!isOfSecurity(name) || understood.includes(name) || harmless[name]?.includes(value.replaceAll(' ', '')))
      continue;
    report({
      place: key,
      code: 'E102',
      message: `${name} is not supported, or not with this value`,
      hint: hintFor(name),
    });
  }
}

function hintFor(name: string): string {
  if (name === 'ssl.endpoint.identification.algorithm') {
    return 'the name in the certificate is always checked: write the one that it bears into cluster.security.tls.serverName';
  }
  if (name.endsWith('store.password')) return 'remove it: PEM stores have none, and other stores are not read';
  if (name.startsWith('sasl.oauthbearer.'))
    return "get a token with your provider's tool, and write cluster.security.sasl.token: '${TOKEN}'";
  return 'remove it';
}

const protocols = {
  PLAINTEXT: { tls: false, sasl: false },
  SSL: { tls: true, sasl: false },
  SASL_PLAINTEXT: { tls: false, sasl: true },
  SASL_SSL: { tls: true, sasl: true },
} as const;

type Settings = ReadonlyMap<string, FileSetting>;

/** Only PEM stores are read. */
function pemIn(settings: Settings, store: 'truststore' | 'keystore', folder: string, report: Report): Pem | null {
  const location = settings.get(`ssl.${store}.location`);
  const type = settings.get(`ssl.${store}.type`);
  if (location === undefined) return null;
  const setting = `ssl.${store}.location`;
  if (type?.value.toUpperCase() === 'PEM') {
    return { kind: 'file', path: resolve(folder, location.value), place: location.place, setting };
  }
  report({
    place: type?.place ?? location.key,
    code: 'E107',
    message: `ssl.${store}.type: stores other than PEM are not read`,
    hint: `convert it, and write ssl.${store}.type=PEM: docs/security.md says how`,
  });
  return null;
}

function textIn(settings: Settings, setting: string): Pem | null {
  const found = settings.get(setting);
  return found === undefined ? null : { kind: 'text', text: found.value, place: found.place, setting };
}

function tlsOf(settings: Settings, folder: string, report: Report): TlsDraft {
  const keystore = pemIn(settings, 'keystore', folder, report);
  return {
    ...plainTls,
    ca: textIn(settings, 'ssl.truststore.certificates') ?? pemIn(settings, 'truststore', folder, report),
    cert: textIn(settings, 'ssl.keystore.certificate.chain') ?? keystore,
    key: textIn(settings, 'ssl.keystore.key') ?? keystore,
    passphrase: settings.get('ssl.key.password')?.value ?? null,
  };
}

/** The security of a file; Java's clients speak plain text where it says nothing, whatever else stands in it. */
function securityOf(settings: Settings, folder: string, report: Report): SecurityDraft {
  const protocol = settings.get('security.protocol');
  const name = protocol?.value.toUpperCase() ?? 'PLAINTEXT';
  if (!Object.hasOwn(protocols, name)) {
    const hint = `write one of ${Object.keys(protocols).join(', ')}`;
    const message = 'security.protocol: the value is none of those that Kafka knows';
    report({ place: (protocol as FileSetting).place, code: 'E103', message, hint });
    return { tls: undefined, sasl: undefined };
  }
  const asks = protocols[name as keyof typeof protocols];
  const orphan = [...settings].find(([setting]) => isOrphan(setting, asks));
  if (orphan !== undefined) {
    const hint = 'set security.protocol to SSL, SASL_PLAINTEXT or SASL_SSL, or remove it';
    const message = `${orphan[0]} has no meaning with security.protocol ${name}`;
    report({ place: orphan[1].key, code: 'E107', message, hint });
  }
  return {
    tls: asks.tls ? tlsOf(settings, folder, report) : protocol && null,
    sasl: asks.sasl ? saslOf(settings, (protocol as FileSetting).key, report) : protocol && null,
  };
}

const isOrphan = (setting: string, asks: { readonly tls: boolean; readonly sasl: boolean }): boolean =>
  (setting.startsWith('ssl.') && !asks.tls) || (setting.startsWith('sasl.') && !asks.sasl);

/** A list as the scenario's `cluster.brokers`. */
function brokersOf(setting: FileSetting | undefined): Tree | null {
  if (setting === undefined) return null;
  const { place, value } = setting;
  const items = value.split(',').map((broker): Tree => ({ kind: 'scalar', place, value: broker.trim() }));
  return { kind: 'list', place, items };
}

/** What the text of a file says. Its problems are reported, with their places in it; secrets in it are marked as such. */
export function readClientFile(source: Source, report: Report, warn: Report): ClientFile {
  const settings = settingsOf(source, report);
  judgeNames(settings, report, warn);
  const others = [...settings].filter(
    ([name]) => !isOfSecurity(name) && name !== 'bootstrap.servers' && !Object.hasOwn(withoutMeaning, name),
  );
  return {
    brokers: brokersOf(settings.get('bootstrap.servers')),
    security: securityOf(settings, source.folder, report),
    settings: others.map(([name, { value, key, place }]) => ({
      name,
      side: sideOf(name),
      key,
      value: { kind: 'scalar', place, value: plainValue(value) },
    })),
  };
}
