/** Resolves how clients speak to the brokers: the scenario's `cluster.security`, then the file that `cluster.properties` names. */
import { resolve } from 'node:path';
import type { z } from 'zod';
import type { ClientSasl, ClientSecurity } from '../../drivers/driver.ts';
import { Security } from '../blocks/cluster.ts';
import { type Environment, interpolate } from '../environment.ts';
import { displayName, type Loading } from '../load.ts';
import { withoutFreeKeys } from '../parse.ts';
import { formatPath } from '../paths.ts';
import { readSource, type Source, UnreadableFile } from '../source.ts';
import { placeAt, plainOf, type Tree, treeAt, withTreeAt } from '../tree.ts';
import { type ClientFile, readClientFile } from './client-file.ts';
import { noDraft, type Pem, plainTls, type SecurityDraft, type TlsDraft } from './draft.ts';
import { readTls } from './pem.ts';

/** Where the block stands. */
const root = ['cluster', 'security'] as const;

/** Reads the file that `cluster.properties` names; undefined without one, and with an issue where it cannot be read. */
export async function loadClientFile(loading: Loading, tree: Tree): Promise<ClientFile | undefined> {
  const named = treeAt(tree, ['cluster', 'properties']);
  if (named?.kind !== 'scalar' || typeof named.value !== 'string') return undefined;
  const path = resolve(loading.folder, named.value);
  let source: Source;
  try {
    source = await readSource(path, displayName(loading, path));
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    const message = `cluster.properties: ${displayName(loading, path)}: ${error.message}`;
    loading.issues.push({ place: named.place, code: 'E109', message, hint: error.hint });
    return undefined;
  }
  const report = (issue: (typeof loading.issues)[number]): void => void loading.issues.push(issue);
  const warn = (issue: (typeof loading.warnings)[number]): void => void loading.warnings.push(issue);
  return readClientFile(source, report, warn);
}

/** The tree with a file's brokers and settings where the scenario says nothing of its own: problems of theirs point into the file. */
export function withClientFile(loading: Loading, tree: Tree, file: ClientFile): Tree {
  let changed = withBrokersOf(loading, tree, file);
  const consumers = treeAt(tree, ['consumers']);
  const groups = consumers?.kind === 'map' ? [...consumers.entries] : [];
  const blocks = [
    { side: 'producers', path: ['producers'], block: treeAt(tree, ['producers']) },
    ...groups.map(([name, { value }]) => ({ side: 'consumers', path: ['consumers', name], block: value })),
  ];
  for (const { side, path, block } of blocks) {
    if (block !== undefined && block.kind !== 'map') continue;
    for (const setting of file.settings) {
      const at = [...path, 'config', setting.name];
      if (setting.side !== 'both' && setting.side !== side) continue;
      if (treeAt(changed, at) === undefined) changed = withTreeAt(changed, at, setting.value, setting.key);
    }
  }
  return changed;
}

function withBrokersOf(loading: Loading, tree: Tree, { brokers }: ClientFile): Tree {
  if (brokers === null) return tree;
  const own = ['brokers', 'compose', 'local'].find(key => treeAt(tree, ['cluster', key]) !== undefined);
  if (own === undefined) return withTreeAt(tree, ['cluster', 'brokers'], brokers);
  const message = `bootstrap.servers is not used: cluster.${own} comes first`;
  loading.warnings.push({ place: brokers.place, code: 'E107', message, hint: 'it may stay for other tools' });
  return tree;
}

type Block = z.output<typeof Security>;

/** Follows references to the environment; what the environment lacks has been reported when the tree was built. */
const follow = (environment: Environment, text: string): string => {
  const result = interpolate(text, environment);
  return result.ok ? result.text : '';
};

function tlsOf({ tls }: Block, { environment, folder }: Loading, tree: Tree): TlsDraft | undefined {
  if (tls === undefined || tls === true) return tls && plainTls;
  const pem = (key: 'ca' | 'cert' | 'key'): Pem | null => {
    const written = tls[key];
    if (written === undefined) return null;
    const path = [...root, 'tls', key];
    const place = placeAt(tree, path, 'value');
    return { kind: 'file', path: resolve(folder, follow(environment, written)), place, setting: formatPath(path) };
  };
  const text = (written: string | undefined): string | null =>
    written === undefined ? null : follow(environment, written);
  return {
    ca: pem('ca'),
    cert: pem('cert'),
    key: pem('key'),
    passphrase: text(tls.passphrase),
    serverName: text(tls.serverName),
  };
}

/** The client's user; a value that is empty would be refused by the brokers, with a reason that misleads. */
function saslOf({ sasl }: Block, loading: Loading, tree: Tree): ClientSasl | undefined {
  if (sasl === undefined) return undefined;
  const value = (key: 'username' | 'password' | 'token'): string => {
    const written = sasl[key] ?? '';
    const result = interpolate(written, loading.environment);
    if (result.ok && result.text === '') {
      const path = [...root, 'sasl', key];
      const message = `${formatPath(path)}: the variable that it refers to is empty`;
      loading.issues.push({ place: placeAt(tree, path, 'value'), code: 'E108', message, hint: 'set it' });
    }
    return result.ok ? result.text : '';
  };
  const { mechanism } = sasl;
  return mechanism === 'oauthbearer'
    ? { mechanism, token: value('token') }
    : { mechanism, username: value('username'), password: value('password') };
}

/** What the block says; nothing where it is wrong, which the schema has said. */
function draftOfBlock(loading: Loading, tree: Tree): SecurityDraft {
  const written = treeAt(tree, root);
  const parsed = written && Security.safeParse(withoutFreeKeys(plainOf(written)));
  if (!parsed?.success) return noDraft;
  return { tls: tlsOf(parsed.data, loading, tree), sasl: saslOf(parsed.data, loading, tree) };
}

/** Local brokers make their own certificate, which is trusted: an authority is for other brokers. */
function warnOfUnusedAuthority(loading: Loading, tree: Tree, { ca }: TlsDraft): void {
  const isElsewhere = ['brokers', 'compose'].some(key => treeAt(tree, ['cluster', key]) !== undefined);
  if (ca === null || isElsewhere) return;
  const message = `${ca.setting} is not used: local brokers make a certificate of their own, which is trusted`;
  loading.warnings.push({ place: ca.place, code: 'E107', message, hint: 'name the brokers that it is for' });
}

/** How clients speak to the brokers: with real values, which are secret. Issues go to `loading`. */
export async function readSecurity(
  loading: Loading,
  tree: Tree,
  file: ClientFile | undefined,
): Promise<ClientSecurity> {
  const own = draftOfBlock(loading, tree);
  const ofFile = file?.security ?? noDraft;
  const tls = own.tls === undefined ? ofFile.tls : own.tls;
  const sasl = own.sasl === undefined ? ofFile.sasl : own.sasl;
  if (tls) warnOfUnusedAuthority(loading, tree, tls);
  return {
    tls: tls ? await readTls(tls, issue => void loading.issues.push(issue)) : null,
    sasl: sasl ?? null,
  };
}
