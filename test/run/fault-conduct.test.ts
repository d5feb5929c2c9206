/** Specifies what becomes of faults that cannot come about, and of waiting for brokers in a run that is to stop. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterFaults } from '../../src/cluster/faults.ts';
import type { PlannedFault } from '../../src/plan/faults.ts';
import { FaultConduct } from '../../src/run/faults/conduct.ts';
import { nowMicros } from '../../src/support/clock.ts';

/** The faults of a cluster of one broker, of which a test says what it calls. */
const clusterOf = (parts: Partial<ClusterFaults>): ClusterFaults =>
  ({ brokers: [1], partitions: async () => [], undo: async () => undefined, ...parts }) as ClusterFaults;

const cutOfController: PlannedFault = {
  kind: 'network',
  asked: 'controller',
  target: { kind: 'controller' },
  atMicros: 0,
  forMicros: 1e6,
  network: {
    link: 'clients',
    direction: 'both',
    latencyMicros: 0,
    jitterMicros: 0,
    bandwidthBytesPerSecond: null,
    cut: true,
    halfOpen: false,
    reset: false,
  },
};

test('a fault of a controller that is no broker fails, and says why', async () => {
  const asked = Promise.withResolvers<void>();
  const cluster = clusterOf({
    async controller() {
      asked.resolve();
      return 3_000;
    },
  });
  await using conduct = new FaultConduct(cluster, ['t'], [cutOfController], new AbortController().signal);
  conduct.begin(nowMicros());
  await asked.promise;
  await assert.rejects(conduct.end({ isCutShort: false }), {
    reason: 'environment',
    message: 'The active controller, 3000, is no broker: clients have no link to it.',
    hint: /by its number, or leader/,
  });
});

test('a run that is to stop does not wait until all is well, and does not take it for well', async () => {
  const stop = new AbortController();
  const cluster = clusterOf({
    async untilHealthy(_, signal) {
      stop.abort();
      signal?.throwIfAborted();
    },
  });
  await using conduct = new FaultConduct(cluster, ['t'], [], stop.signal);
  await conduct.untilWell();
  assert.ok(conduct.isDisturbed);
});

test('brokers that do not recover are an error', async () => {
  const lasting = new Error('not healthy');
  const cluster = clusterOf({ untilHealthy: () => Promise.reject(lasting) });
  await using conduct = new FaultConduct(cluster, ['t'], [], new AbortController().signal);
  await assert.rejects(conduct.untilWell(), lasting);
});
