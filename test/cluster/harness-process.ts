/** A harness in a process of its own: starts a broker, says where it is, and ends without stopping it, as it was told to. */
import { dirname } from 'node:path';
import { openLocalCluster } from '../../src/cluster/local.ts';
import { clientAddress } from '../../src/cluster/server-properties.ts';

/** `wait` waits to be killed, `throw` fails without anybody to catch it, `end` has nothing more to do. */
export type HarnessEnd = 'wait' | 'throw' | 'end';

/** What it says: one line of JSON. */
export interface HarnessStarted {
  readonly folder: string;
  /** Where clients reach the broker. */
  readonly address: string;
}

const [broker] = (await openLocalCluster({ brokers: 1, version: '4.3.1', config: {} })).processes;
if (broker === undefined) throw new Error('one broker was started as none');
const started: HarnessStarted = { folder: dirname(broker.node.folder), address: clientAddress(broker.node) };
process.stdout.write(`${JSON.stringify(started)}\n`);

switch (process.argv[2] as HarnessEnd) {
  case 'wait':
    setInterval(() => undefined, 60_000);
    break;
  case 'throw':
    setImmediate(() => {
      throw new Error('nobody catches this');
    });
    break;
  case 'end':
    break;
}
