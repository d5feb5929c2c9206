/** Builds sides of comparisons for tests: what a test does not name is the same on both. */
import { sideOf, type Side } from '../../src/analysis/sides.ts';
import type { Fingerprint } from '../../src/results/fingerprint.ts';
import type { StoredRun } from '../../src/results/read.ts';
import type { Referred } from '../../src/results/references.ts';
import { aRun } from './trial.ts';

/** Of one host, one scenario, one release. */
export function aFingerprint(over: Partial<Fingerprint> = {}): Fingerprint {
  return {
    scenarioHash: '8c1e52000000',
    scenario: { load: { rate: '5000/s' }, driver: 'confluent' },
    levels: {},
    hostClass: {
      CPU: 'Xeon',
      cores: '2',
      memory: '24 GiB',
      OS: 'Linux x64',
      virtualisation: 'vm',
      cluster: 'local',
    },
    hostClassId: 'xeon-2c-24g-linux-x64-vm-local',
    versions: { Highwater: '0.1.0', Kafka: '4.3.1', confluent: '1.10.1' },
    brokerConfig: {},
    ...over,
  };
}

/** What a reference to a run leads to. */
export function aReferredRun(run: StoredRun, over: Partial<Pick<Referred, 'reference' | 'cell'>> = {}) {
  const fingerprint = aFingerprint();
  return { kind: 'run', reference: run.header.runId, cell: null, run, fingerprint, ...over } as const;
}

/** A run of these cells, as one side; every run has an id of its own unless it is given one. */
export function aSide(
  cells: Parameters<typeof aRun>[0],
  {
    runId = '2026-01-01T00-00-00Z-abcd',
    startedAt = '2026-01-01T00:00:00.000Z',
    header = {},
    fingerprint = {},
    cell = null,
  }: {
    readonly runId?: string;
    readonly startedAt?: string;
    readonly header?: Partial<StoredRun['header']>;
    readonly fingerprint?: Partial<Fingerprint>;
    readonly cell?: string | null;
  } = {},
): Side {
  const run = { ...aRun(cells, { runId, ...header }), startedAt };
  return sideOf({ ...aReferredRun(run), cell, fingerprint: aFingerprint(fingerprint) });
}
