/** What a scenario says of security before its files are read: the same from the block and from a client properties file. */
import type { ClientSasl } from '../../drivers/driver.ts';
import type { Place } from '../source.ts';

/** PEM that lies in a file, or is written where it is needed. Errors point to the place, and never quote it. */
export type Pem = { readonly place: Place; readonly setting: string } & (
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly text: string }
);

/** A setting of a client properties file, with the places of its name and its value. */
export interface FileSetting {
  readonly value: string;
  readonly key: Place;
  readonly place: Place;
}

/** TLS whose certificates are still to be read. */
export interface TlsDraft {
  readonly ca: Pem | null;
  readonly cert: Pem | null;
  readonly key: Pem | null;
  readonly passphrase: string | null;
  readonly serverName: string | null;
}

/** A part that is undefined is not spoken of; one that is null is switched off. */
export interface SecurityDraft {
  readonly tls: TlsDraft | null | undefined;
  readonly sasl: ClientSasl | null | undefined;
}

/** Speaks of nothing. */
export const noDraft: SecurityDraft = { tls: undefined, sasl: undefined };

/** TLS that trusts whom Node trusts. */
export const plainTls: TlsDraft = { ca: null, cert: null, key: null, passphrase: null, serverName: null };
