/** Gives tests a real broker of their own to kill, pause and start again, on the same ports and with the same data. */
import { type Cluster, openCluster } from '../../src/cluster/cluster.ts';
import { type ClusterFaults, noFaultNeeds } from '../../src/cluster/faults.ts';
import { fewInternalPartitions, version } from './real-broker.ts';

export interface FragileBroker extends AsyncDisposable {
  readonly cluster: Cluster;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again and waits until it serves. */
  restart(): Promise<void>;
  /** Lets it hold its connections and answer nothing, until it goes on. */
  pause(): Promise<void>;
  goOn(): Promise<void>;
}

/** A controller lets a broker come back only when it has missed the one before for so long, which is 9 s by Kafka's default. */
const config = {
  ...fewInternalPartitions,
  'broker.session.timeout.ms': 1_500,
  'broker.heartbeat.interval.ms': 300,
};

const only = 1;

/** One broker that serves. */
export async function openFragileBroker(): Promise<FragileBroker> {
  const cluster = await openCluster({ kind: 'local', brokers: 1, version, config }, { faultNeeds: noFaultNeeds });
  const faults = cluster.faults as ClusterFaults;
  return {
    cluster,
    kill: () => faults.kill(only),
    restart: () => faults.start(only),
    pause: () => faults.pause(only),
    goOn: () => faults.resume(only),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}
