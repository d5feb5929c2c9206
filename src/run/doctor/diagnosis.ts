/** What a look at one thing that runs stand on came to. */

/** `fail`: runs cannot be made, or not as asked; `warn`: figures will be worse than they need be; `unknown`: the system does not tell. */
export type Health = 'ok' | 'warn' | 'fail' | 'unknown';

export interface Diagnosis {
  readonly health: Health;
  /** What is there, with its values. */
  readonly found: string;
  /** What to do; null where nothing need be done. */
  readonly remedy: string | null;
}

export const ok = (found: string): Diagnosis => ({ health: 'ok', found, remedy: null });
export const warn = (found: string, remedy: string): Diagnosis => ({ health: 'warn', found, remedy });
export const fail = (found: string, remedy: string): Diagnosis => ({ health: 'fail', found, remedy });
export const unknown = (found: string): Diagnosis => ({ health: 'unknown', found, remedy: null });

export const notTold = 'not told by this system';
export const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** What the looks depend on. */
export interface DoctorOptions {
  /** Where results are written. */
  readonly reports: string;
  /** `host:port` each; empty where nobody asks. */
  readonly brokers: readonly string[];
}

/** One look. Whatever it throws is a `fail`. */
export interface Check {
  readonly name: string;
  /** Null: it does not apply. */
  look(options: DoctorOptions): Promise<Diagnosis | null>;
}
