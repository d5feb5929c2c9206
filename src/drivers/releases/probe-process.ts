/** The entry of a process that loads one driver on one release of its client, says what the driver misses there, and ends. */
import { messageOf } from '../../support/errors.ts';
import { endBySignal } from '../../support/processes.ts';
import { type DriverReference, loadDriver } from '../registry.ts';
import type { ProbeAnswer } from './probe.ts';

async function look(reference: DriverReference): Promise<ProbeAnswer> {
  try {
    const driver = await loadDriver(reference);
    const absent = (await driver.absent?.()) ?? [];
    return { lacks: absent.map(name => `it has no ${name}`) };
  } catch (error) {
    return { lacks: [messageOf(error).split('\n', 1)[0] as string] };
  }
}

const answer = await look(process.argv[2] as DriverReference);
// a client may hold the process: it has nothing to do but this
process.send?.(answer, () => endBySignal('SIGTERM', 0));
