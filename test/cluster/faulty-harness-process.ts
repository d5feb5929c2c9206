/** A harness in a process of its own that has broken its brokers in every way: says what is there of them, and waits to be killed. */
import { dirname } from 'node:path';
import { noFaultNeeds } from '../../src/cluster/faults.ts';
import { openLocalCluster } from '../../src/cluster/local.ts';
import { fewInternalPartitions, version } from '../drivers/real-broker.ts';

/** What it says: one line of JSON. */
export interface FaultyHarness {
  readonly folder: string;
  readonly pids: readonly number[];
}

const canMount = process.argv[2] === 'mount';
const limitedDisks = new Map(canMount ? [[1, 64 * 2 ** 20]] : []);
const cluster = await openLocalCluster(
  { brokers: 3, version, config: { ...fewInternalPartitions, 'broker.session.timeout.ms': 1_500 } },
  { faultNeeds: { ...noFaultNeeds, links: ['clients'], limitedDisks } },
);
await cluster.faults?.kill(3);
await cluster.faults?.start(3);
await cluster.faults?.pause(2);
if (canMount) await cluster.faults?.fillDisk(1);
const { processes } = cluster;
const said: FaultyHarness = { folder: dirname(processes[0]?.node.folder ?? ''), pids: processes.map(({ pid }) => pid) };
process.stdout.write(`${JSON.stringify(said)}\n`);
setInterval(() => undefined, 60_000);
