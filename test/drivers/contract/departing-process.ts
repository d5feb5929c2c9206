/** Sends with acks 0 to a broker that takes nothing, says how much has departed when no more does, and ends without closing. */
import { once } from 'node:events';
import { type DriverName, loadDriver } from '../../../src/drivers/registry.ts';
import { nowMicros } from '../../../src/support/clock.ts';
import { aBlock } from './messages.ts';
import { openProducer } from './producer.ts';

/** The first argument, as JSON. */
export interface DepartingOrders {
  readonly driver: string;
  readonly brokers: readonly string[];
  readonly topics: readonly string[];
}

const count = 20_000;
const quietMicros = 500_000;

const { driver: name, brokers, topics } = JSON.parse(process.argv[2] ?? '') as DepartingOrders;
const driver = await loadDriver(name as DriverName);
const ground = { brokers, topics, simulatedBroker: undefined };
const { connection, ledger } = await openProducer({ name, driver }, ground, { acks: 0, batchSizeBytes: 100_000 });
connection.submit(aBlock(0, 1), 0);
await ledger.untilEnded(1);
process.stdout.write('ready\n');
await once(process.stdin, 'data');

connection.submit(
  aBlock(1, count, () => ({ bytes: 1_500 })),
  0,
);
let lastMicros = nowMicros();
for (let ended = ledger.ended; nowMicros() - lastMicros < quietMicros;) {
  await new Promise(setImmediate);
  if (ledger.ended === ended) continue;
  ended = ledger.ended;
  lastMicros = nowMicros();
}
process.stdout.write(`${ledger.ended}\n`, () => process.exit());
