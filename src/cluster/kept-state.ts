/** What is remembered of a kept cluster between programs, and what its keeper is asked. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/** The host stands in the name: hosts and containers may share a cache, but not their processes. */
export const stateFileIn = (cacheFolder: string): string =>
  join(cacheFolder, 'cluster', `${hostname().replaceAll(/[^A-Za-z0-9-]/g, '')}.json`);

/** The state file, which its keeper writes and removes. */
export const KeptState = z.strictObject({
  stateVersion: z.literal(1),
  /** The keeper's. */
  pid: z.int(),
  startedAt: z.iso.datetime(),
  /** Where the keeper listens, and the word that it listens to. */
  controlPort: z.int(),
  token: z.string(),
  kafkaVersion: z.string(),
  clusterId: z.string(),
  brokers: z
    .array(z.strictObject({ id: z.int(), address: z.string(), pid: z.int(), folder: z.string(), logFile: z.string() }))
    .min(1),
});
export type KeptState = Readonly<z.infer<typeof KeptState>>;

/** A line to the keeper … */
export interface Asked {
  readonly token: string;
  readonly ask: 'status' | 'stop';
}

/** … and the line that it answers with. */
export interface KeeperAnswer {
  readonly stopped: boolean;
  /** Why a broker is gone that nobody stopped. */
  readonly failure: string | null;
}
