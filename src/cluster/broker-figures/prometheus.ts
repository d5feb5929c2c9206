/** Asks brokers and hosts for their figures over HTTP, in Prometheus's text format. */
import { nowMicros } from '../../support/clock.ts';
import { messageOf } from '../../support/errors.ts';
import { parseExposition, type Series } from './exposition.ts';
import { hostReading } from './host-names.ts';
import { brokerReading } from './kafka-names.ts';
import type { Reading } from './reading.ts';
import type { BrokerFigures } from './source.ts';

/** Below the second after which the next look comes. */
const timeoutMillis = 900;
/** A broker with many partitions tells some MB, if all is told by partition. */
const mostBytes = 32 * 1024 * 1024;

/** The text at a URL. @throws Error where it cannot be had in time, or is too long */
async function textAt(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMillis), redirect: 'follow' });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > mostBytes) throw new Error(`more than ${mostBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/**
 * What a page tells: a broker, a host, or both. A page of node_exporter tells of its own process, too, which is no broker: a broker is what
 * tells something of Kafka.
 */
export function readingsOf(series: readonly Series[], url: string, atMicros: number): Reading[] {
  const { host, hostname } = new URL(url);
  const isKafka = series.some(({ name }) => name.toLowerCase().startsWith('kafka_'));
  const ofHost = hostReading(series, { name: hostname, atMicros });
  const ofBroker = isKafka || ofHost === null ? brokerReading(series, { name: host, host: hostname, atMicros }) : null;
  return [ofBroker, ofHost].filter(one => one !== null);
}

/** Asks all URLs at once; what does not answer in time, or tells nothing that is known, is missed. It is told of once. */
export function scrape(urls: readonly string[], onProgress: (text: string) => void): BrokerFigures {
  const told = new Set<string>();
  const tell = (url: string, why: string): void => {
    if (!told.has(url)) onProgress(`no figures of brokers from ${withoutSecrets(url)}: ${why}`);
    told.add(url);
  };
  const ask = async (url: string): Promise<Reading[]> => {
    try {
      const text = await textAt(url);
      const readings = readingsOf(parseExposition(text), url, nowMicros());
      if (readings.length === 0) tell(url, 'it tells nothing that is known of a broker or a host');
      return readings;
    } catch (error) {
      tell(url, causeOf(error));
      return [];
    }
  };
  return {
    kind: 'prometheus',
    async look() {
      const answers = await Promise.all(urls.map(ask));
      return { readings: answers.flat(), missed: answers.filter(({ length }) => length === 0).length };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** `fetch` says what happened in its error's cause. */
const causeOf = (error: unknown): string => messageOf(error instanceof Error ? (error.cause ?? error) : error);

/** A URL may hold a user and a password. */
const withoutSecrets = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
};
