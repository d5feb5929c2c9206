/** Opens what tells other programs of a run's figures while it goes on: a port, a collector, or neither. */
import type { Plan, RunEvent } from '../src/index.ts';
import { portOf } from './port.ts';
import type { RunMetrics } from './metrics/run-metrics.ts';
import type { Terminal } from './terminal.ts';

export interface MetricsFlags {
  readonly quiet: boolean;
  /** As it is written. */
  readonly metricsPort?: string | undefined;
}

export interface Metrics extends AsyncDisposable {
  /** What is to be told of every event of a run with that plan. */
  watch(plan: Plan): (event: RunEvent) => void;
}

const off: Metrics = { watch: () => () => undefined, [Symbol.asyncDispose]: async () => undefined };

/**
 * Serves metrics where `--metrics-port` says so, and posts them where the environment names a collector, until disposed.
 * @throws HarnessError `usage` for what is no port, `environment` for one that cannot be had
 */
export async function openMetrics(
  { quiet, metricsPort }: MetricsFlags,
  terminal: Terminal,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Metrics> {
  const port = metricsPort === undefined ? null : portOf('--metrics-port', metricsPort, 9464);
  const isPosted = (environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '') !== '';
  if (port === null && !isPosted) return off;
  const note = (text: string): void => {
    if (!quiet) terminal.error(`metrics     ${text}`);
  };
  const { metrics, parts } = await openParts(port, { note, terminal, environment });
  return {
    watch: plan => metrics.watch(plan),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

interface Telling {
  readonly note: (text: string) => void;
  readonly terminal: Terminal;
  readonly environment: NodeJS.ProcessEnv;
}

/** Loads what is needed only here, and opens it. */
async function openParts(
  port: number | null,
  { note, terminal, environment }: Telling,
): Promise<{ readonly metrics: RunMetrics; readonly parts: AsyncDisposableStack }> {
  const { RunMetrics: Registered } = await import('./metrics/run-metrics.ts');
  const { otlpTarget, postMetrics } = await import('./metrics/otlp.ts');
  const { serveMetrics } = await import('./metrics/server.ts');
  const metrics = new Registered();
  await using opened = new AsyncDisposableStack();
  if (port !== null) note(opened.use(await serveMetrics(metrics.registry, port)).address);
  const target = otlpTarget(environment);
  if (target !== null) {
    note(`posted to ${target.url}`);
    const trouble = (text: string): void => terminal.error(`${terminal.sign('warning')} ${text}`);
    opened.use(postMetrics(metrics.registry, target, trouble));
  }
  return { metrics, parts: opened.move() };
}
