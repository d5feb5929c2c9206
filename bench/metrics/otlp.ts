/** Posts metrics to an OpenTelemetry collector: OTLP over HTTP, as JSON. */
import { setTimeout as pause } from 'node:timers/promises';
import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client';
import { messageOf, programVersion } from '../../src/index.ts';

/** Where to, how often and with what, as the environment of OpenTelemetry says. */
export interface OtlpTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly everyMillis: number;
}

/** As https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ has it, but for a shorter usual interval. */
const usualMillis = 10_000;
const timeoutMillis = 5_000;

/** The target that the environment names; null where it names none, or says that OpenTelemetry is off. */
export function otlpTarget(environment: NodeJS.ProcessEnv): OtlpTarget | null {
  const base = environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '';
  if (base === '' || environment['OTEL_SDK_DISABLED'] === 'true') return null;
  const interval = Number(environment['OTEL_METRIC_EXPORT_INTERVAL']);
  return {
    url: `${base.replace(/\/+$/, '')}/v1/metrics`,
    headers: headersIn(environment['OTEL_EXPORTER_OTLP_HEADERS'] ?? ''),
    everyMillis: interval > 0 ? interval : usualMillis,
  };
}

/** `name=value,…`, values percent-encoded. */
function headersIn(text: string): Record<string, string> {
  const pairs = text.split(',').map(pair => pair.split('=', 2));
  return Object.fromEntries(
    pairs.flatMap(([name = '', value]) =>
      value === undefined ? [] : [[name.trim(), decodeURIComponent(value.trim())]],
    ),
  );
}

/**
 * Posts the registry's metrics now and then until disposed, and once more then. What cannot be posted never ends a run: `trouble` hears
 * of the first failure.
 */
export function postMetrics(
  registry: Registry,
  { url, headers, everyMillis }: OtlpTarget,
  trouble: (text: string) => void,
): AsyncDisposable {
  const startNanos = nanosOf(Date.now());
  const stop = new AbortController();
  let isTold = false;
  const post = async (): Promise<void> => {
    try {
      const body = JSON.stringify(otlpRequest(await registry.getMetricsAsJSON(), startNanos, nanosOf(Date.now())));
      const signal = AbortSignal.timeout(timeoutMillis);
      const answer = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
        signal,
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`it answers ${answer.status}`);
    } catch (error) {
      if (!isTold) trouble(`Metrics could not be posted to ${url}: ${messageOf(error)}`);
      isTold = true;
    }
  };
  const loop = (async () => {
    while (await waited(everyMillis, stop.signal)) await post();
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await loop;
      await post();
    },
  };
}

/** Whether the time has passed; false where it was cut short. */
const waited = (millis: number, signal: AbortSignal): Promise<boolean> =>
  pause(millis, true, { signal, ref: false }).catch(() => false);

const nanosOf = (unixMillis: number): string => `${unixMillis}000000`;

type Metric = MetricObjectWithValues<MetricValue<string>>;

/** The body of an export, as https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding has it. Pure. */
export function otlpRequest(metrics: readonly Metric[], startTimeUnixNano: string, timeUnixNano: string): object {
  const pointsOf = ({ values }: Metric): object[] =>
    values.map(({ value, labels }) => ({
      attributes: Object.entries(labels).map(([key, text]) => ({ key, value: { stringValue: String(text) } })),
      startTimeUnixNano,
      timeUnixNano,
      asDouble: value,
    }));
  // the library writes the types as words, whatever its declaration says
  const isCounter = ({ type }: Metric): boolean => String(type) === 'counter';
  const service = { key: 'service.name', value: { stringValue: 'highwater' } };
  return {
    resourceMetrics: [
      {
        resource: { attributes: [service] },
        scopeMetrics: [
          {
            scope: { name: 'highwater', version: programVersion() ?? 'unknown' },
            metrics: metrics
              .filter(({ values }) => values.length > 0)
              .map(metric => ({
                name: metric.name,
                description: metric.help,
                ...(isCounter(metric)
                  ? { sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: pointsOf(metric) } }
                  : { gauge: { dataPoints: pointsOf(metric) } }),
              })),
          },
        ],
      },
    ],
  };
}
