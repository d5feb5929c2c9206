/** Finds what was meant: keys that are misspelt, misplaced or Kafka's own, and values without a fitting unit. */
import { didYouMean } from '../support/registry.ts';
import { unitNouns } from './blocks/values.ts';
import { everyPath, knownKeys } from './json-schema.ts';
import type { Path } from './paths.ts';
import { formatPath } from './paths.ts';

/** An entry of a table, never one of what all objects inherit: people may write `constructor`. */
const lookUp = <V>(table: Readonly<Record<string, V>>, key: string): V | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** Settings of Kafka that have a key of their own here. */
const ownKeys: Readonly<Record<string, string>> = {
  acks: 'producers.acks',
  'request.required.acks': 'producers.acks',
  'linger.ms': 'producers.linger',
  'queue.buffering.max.ms': 'producers.linger',
  'batch.size': 'producers.batchSize',
  'compression.type': 'producers.compression',
  'compression.codec': 'producers.compression',
  'enable.idempotence': 'producers.idempotence',
  'max.in.flight.requests.per.connection': 'producers.maxInFlightRequests',
  'max.in.flight': 'producers.maxInFlightRequests',
  'request.timeout.ms': 'producers.requestTimeout',
  'delivery.timeout.ms': 'producers.deliveryTimeout',
  'partitioner.class': 'producers.partitioning',
  partitioner: 'producers.partitioning',
  'auto.offset.reset': 'consumers.*.start',
  'group.protocol': 'consumers.*.groupProtocol',
  'enable.auto.commit': 'consumers.*.commit',
  'auto.commit.interval.ms': 'consumers.*.commit',
  'bootstrap.servers': 'cluster.brokers',
  'metadata.broker.list': 'cluster.brokers',
  'num.partitions': 'topic.partitions',
  'replication.factor': 'topic.replicationFactor',
  'default.replication.factor': 'topic.replicationFactor',
};

/** The key that a setting of Kafka has here, as a dotted path; undefined where it has none of its own. */
export const ownKeyOf = (kafkaName: string): string | undefined => lookUp(ownKeys, kafkaName);

/** A path with `*` for the group's name, so that it can be compared with those of the format. */
const generic = (path: Path): string =>
  path.map((segment, i) => (i === 1 && path[0] === 'consumers' ? '*' : String(segment))).join('.');

const readable = (dotted: string): string => dotted.replace('*', '<group>');

/** `"linger"` where the key belongs into this map, else `"producers.linger"`. */
function relativeTo(map: Path, dotted: string): string {
  const parent = dotted.slice(0, dotted.lastIndexOf('.'));
  return parent === generic(map) ? dotted.slice(dotted.lastIndexOf('.') + 1) : readable(dotted);
}

const hintForElsewhere = (known: readonly string[]): string =>
  known.length === 1
    ? `move it to the top of the file: ${known.join('')}: …`
    : `did you mean "${readable(known.join('.'))}"?`;

/** What to do about a key that the map at `path` does not know. */
export function hintForKey(path: Path, key: string): string {
  const known = knownKeys(path);
  const own = ownKeyOf(key);
  if (own !== undefined) return `did you mean "${relativeTo(path, own)}"?`;
  if (known.includes(key)) return 'it belongs to another form of this setting: keep one form';
  const near = didYouMean(key, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (path[0] === key) return `remove this line: what stands here is ${key} already`;
  const elsewhere = everyPath().find(candidate => candidate.at(-1)?.toLowerCase() === key.toLowerCase());
  if (elsewhere) return hintForElsewhere(elsewhere);
  if (key.includes('.') && known.includes('config'))
    return `Kafka's own settings go under ${formatPath([...path, 'config'])}`;
  if (key.includes('.') && path.length === 0) return `write it as nested maps: ${key.split('.').join(': { ')}: …`;
  return known.length > 0 ? `known here: ${known.join(', ')}` : 'remove it';
}

const amountAndWord = /^\s*([\d.]+)\s*([a-zA-Zµ]*)\s*$/;

const durationWords: readonly (readonly [pattern: RegExp, unit: string])[] = [
  [/^(?:us|µs|usecs?|micros?|microseconds?)$/, 'us'],
  [/^(?:ms|msecs?|millis?|milliseconds?)$/, 'ms'],
  [/^(?:s|secs?|seconds?)$/, 's'],
  [/^(?:m|mins?|minutes?)$/, 'm'],
  [/^(?:h|hrs?|hours?)$/, 'h'],
  [/^(?:d|days?)$/, 'd'],
];

function durationHint(written: string): string {
  const [, amount, word = ''] = amountAndWord.exec(written) ?? [];
  const unit = durationWords.find(([pattern]) => pattern.test(word.toLowerCase()))?.[1];
  if (amount !== undefined && unit !== undefined) return `→ ${amount}${unit}`;
  if (amount !== undefined && word === '') return `write a unit: us, ms, s, m, h, d → ${amount}ms or ${amount}s`;
  return 'write a duration like 250ms, 30s or 5m';
}

const sizePrefixes = ['k', 'm', 'g', 't'] as const;

function sizeHint(written: string): string {
  const [, amount, word = ''] = amountAndWord.exec(written) ?? [];
  const prefix = sizePrefixes.find(letter => word.toLowerCase().startsWith(letter));
  if (amount === undefined || (word !== '' && prefix === undefined))
    return 'write bytes (1000) or a unit: kB, KiB, MB, MiB';
  if (prefix === undefined) return `→ ${amount}`;
  const bytes = Number(amount) * 1_000 ** (sizePrefixes.indexOf(prefix) + 1);
  const units = prefix === 'k' ? ['kB', 'KiB'] : [`${prefix.toUpperCase()}B`, `${prefix.toUpperCase()}iB`];
  return `write bytes (${bytes}) or a unit: kB, KiB, MB, MiB → ${units.map(unit => `${amount}${unit}`).join(' or ')}`;
}

function rateHint(written: string): string {
  const [, amount, scale = '', unit = ''] = /^\s*([\d.]+)\s*([kKmM]?)\s*([a-zA-Z]*)\s*(?:\/|per|$)/.exec(written) ?? [];
  if (amount === undefined) return 'write a rate like 5000/s or 300MB/s';
  if (/^i?b$/i.test(unit) && scale !== '') {
    const prefix = scale.toLowerCase() === 'k' ? 'k' : 'M';
    return `→ ${amount}${prefix}B/s or ${amount}${prefix === 'k' ? 'K' : 'M'}iB/s`;
  }
  const factor = { '': 1, k: 1_000, m: 1_000_000 }[
    /^(msgs?|messages?)?$/i.test(`${scale}${unit}`) ? '' : scale.toLowerCase()
  ];
  return `write messages or bytes per second → ${Number(amount) * (factor ?? 1)}/s`;
}

function percentHint(written: string): string {
  const amount = Number(written.replace('%', ''));
  if (written.trim() === '' || !Number.isFinite(amount) || amount < 0) return 'write a percentage like 5%';
  return `→ ${amount < 1 && !written.includes('%') ? Number((amount * 100).toPrecision(12)) : amount}%`;
}

const unitHints: Readonly<Record<string, (written: string) => string>> = {
  [unitNouns.duration]: durationHint,
  [unitNouns.positiveDuration]: durationHint,
  [unitNouns.size]: sizeHint,
  [unitNouns.positiveSize]: sizeHint,
  [unitNouns.rate]: rateHint,
  [unitNouns.positiveRate]: rateHint,
  [unitNouns.percent]: percentHint,
};

/** Whether a noun stands for a value with a unit. */
export const isUnitNoun = (noun: string): boolean => Object.hasOwn(unitHints, noun);

const isZero = (value: unknown): boolean => /^0+(?:\.0*)?(?:$|[a-zA-Z/])/.test(String(value));

/** What a value is not: "a size above zero" is said of zero alone, of anything else "a size". */
export const nounFor = (noun: string, value: unknown): string =>
  isUnitNoun(noun) && !isZero(value) ? noun.replace(/ above zero$/, '') : noun;

/** How a value with a unit would read; `noun` is one of `unitNouns`. */
export function hintForUnit(noun: string, value: unknown): string {
  const isAmount = typeof value === 'string' || typeof value === 'number';
  if (isAmount && /^\s*-/.test(String(value))) return `${noun} is never negative`;
  if (isAmount && isZero(value) && noun.endsWith('above zero')) return 'write more than zero';
  return (unitHints[noun] ?? (() => `write ${noun}`))(isAmount ? String(value) : '');
}

/** Texts that older YAML took for true and false. */
const spokenBooleans: Readonly<Record<string, boolean>> = {
  yes: true,
  on: true,
  no: false,
  off: false,
  True: true,
  False: false,
};

/** What to write in place of a value of the wrong type. */
export function hintForType(expected: string, value: unknown): string {
  if (value === null) return 'write a value, or remove the key';
  if (typeof value === 'string' && (expected === 'number' || expected === 'int')) {
    const plain = value.replaceAll(/[_,' ]/g, '');
    if (plain !== '' && Number.isFinite(Number(plain))) {
      return plain === value ? `write ${plain} without quotes` : `did you mean ${plain}?`;
    }
  }
  if (expected === 'boolean') {
    const meant = typeof value === 'string' ? lookUp(spokenBooleans, value) : undefined;
    return meant === undefined ? 'write true or false' : `did you mean ${meant}?`;
  }
  return `write ${expectedWords[expected] ?? expected}`;
}

/** Types as people say them. */
export const expectedWords: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  object: 'a map of keys',
  record: 'a map of keys',
  array: 'a list',
};

/** Values that many write, and what they are here. */
const meantValues: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  acks: { '-1': 'did you mean "all"?', '2': 'Kafka knows no 2: write all, and set topic.config min.insync.replicas' },
  commit: { auto: 'write { auto: 5s }', batch: 'write { batch: { messages: 10, within: 1s } }' },
  partitioning: { hash: 'say which: murmur2, fnv1a or crc' },
  strategy: { hash: 'say which: murmur2, fnv1a or crc', custom: 'write { custom: ./file.ts }' },
};

/** What to write in place of a value that is not one of `allowed`. */
export function hintForValue(key: string, value: unknown, allowed: readonly unknown[]): string {
  const meant = lookUp(lookUp(meantValues, key) ?? {}, String(value));
  if (meant !== undefined) return meant;
  const texts = allowed.map(String);
  const same = texts.find(text => text === String(value));
  if (same !== undefined && typeof value === 'string') return `write ${same} without quotes`;
  const near = typeof value === 'string' ? didYouMean(value, texts) : undefined;
  if (near !== undefined) return `did you mean "${near}"?`;
  return `write ${texts.length > 1 ? `one of ${texts.slice(0, 12).join(', ')}${texts.length > 12 ? ', …' : ''}` : (texts[0] ?? 'another value')}`;
}
