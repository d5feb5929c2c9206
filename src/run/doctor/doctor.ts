/** Looks at everything that runs stand on, and says what is wrong with it and what to do. */
import { serializeError } from '../../support/errors.ts';
import type { Check, Diagnosis, DoctorOptions } from './diagnosis.ts';
import { clockSource, cores, governor, memory, others, steal, swap, virtualisation } from './host.ts';
import { openFiles, reportsDisk, temporaryDisk, timers } from './limits.ts';
import { brokers, drivers, java, kafka, node } from './programs.ts';

/** All looks, in the order in which they are told: one entry each. */
const checks: readonly Check[] = [
  node,
  java,
  kafka,
  ...drivers,
  brokers,
  cores,
  virtualisation,
  steal,
  others,
  governor,
  clockSource,
  timers,
  memory,
  swap,
  openFiles,
  reportsDisk,
  temporaryDisk,
];

/** A look's name and what it came to. */
export type NamedDiagnosis = Diagnosis & { readonly name: string };

/** Looks at one thing after the other: they would disturb each other's timing. */
export async function* examine(options: DoctorOptions): AsyncGenerator<NamedDiagnosis> {
  for (const check of checks) {
    const diagnosis = await check.look(options).catch(failed);
    if (diagnosis !== null) yield { name: check.name, ...diagnosis };
  }
}

function failed(error: unknown): Diagnosis {
  const { message, hint } = serializeError(error);
  return { health: 'fail', found: message, remedy: hint ?? 'Look into that message: nothing more is known.' };
}
