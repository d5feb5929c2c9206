/** Stores runs on disk for tests, through the store itself: no trial is run. */
import { stringify } from 'yaml';
import type { ExitReason } from '../../src/support/errors.ts';
import { openStore } from '../../src/results/store.ts';
import type { TrialMeasurement } from '../../src/run/measurement.ts';
import { aPlan } from './plan.ts';
import { aMeasurement, latency } from './trial.ts';

/** What a stored run is like; a test names what it is about. */
export interface StoredLike {
  readonly under: string;
  readonly runId: string;
  /** By acks level: the `ack` of each block’s trial. */
  readonly cells: Readonly<Record<string, readonly number[]>>;
  readonly resolved?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly overridden?: Readonly<Record<string, string>>;
  readonly trial?: Partial<TrialMeasurement>;
  /** Blocks that were asked for; all that there are unless said. */
  readonly repeat?: number;
  readonly reasons?: readonly ExitReason[];
}

/** One host, one release. */
export const anEnvironment = {
  host: 'ci-1',
  cpu: 'Xeon(R) CPU @ 2.20GHz',
  cores: 2,
  memoryBytes: 25_276_502_016,
  os: 'Linux 6.1.0 x64',
  virtualisation: 'vm',
  node: '24.21.0',
  highwater: '0.1.0',
  commit: 'a41c9e0',
  clients: { confluent: '1.10.1' },
  cluster: { kind: 'local', kafkaVersion: '4.3.1', brokerConfig: { 'min.insync.replicas': '1' } },
};

/** Writes the run's folder; returns it. */
export async function storeRun(like: StoredLike): Promise<string> {
  const { under, runId, cells, resolved = { name: 'acks', load: { rate: '5000/s' } } } = like;
  const blocks = Math.max(...Object.values(cells).map(({ length }) => length));
  const plan = aPlan({ cells: Object.keys(cells), repeat: like.repeat ?? blocks });
  await using store = await openStore(plan, {
    under,
    runId,
    source: 'name: acks\n',
    resolved: stringify(resolved),
    overridden: like.overridden ?? {},
  });
  await store.environment({ ...anEnvironment, ...like.environment });
  for (const [acks, values] of Object.entries(cells)) {
    for (const [i, micros] of values.entries()) {
      const latencies = { ...aMeasurement().latencies, ack: latency(micros) };
      await store.trialDone(aMeasurement({ cell: `acks-${acks}`, block: i + 1, latencies, ...like.trial }));
    }
  }
  await store.end(like.reasons ?? []);
  return store.folder;
}
