/** Turns an address and a checksum into a file: resumable, verified, and never seen half-written. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HarnessError, messageOf } from '../support/errors.ts';
import { isForWantOfSpace, spaceHint } from '../support/full-disk.ts';

/** One file to fetch. */
export interface Download {
  readonly url: string;
  /** Where it goes; `<file>.part` holds what has come so far. */
  readonly file: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

const attempts = 3;
const stallMillis = 30_000;
const noNetworkHint =
  'Check the network or the proxy, or name a mirror of Maven Central in HIGHWATER_MAVEN; what has come so far is kept and the next start goes on from there.';

/** The size of a file in bytes; 0 where there is none. */
export async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** The SHA-256 of a file, in hexadecimal digits. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Passes chunks on and puts the watch off with each. */
async function* whileFlowing(body: AsyncIterable<Uint8Array>, watch: NodeJS.Timeout): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    watch.refresh();
    yield chunk;
  }
}

/** Appends to `part` what is still missing; starts again where the server knows no ranges. */
async function fetchRest(url: string, part: string): Promise<void> {
  const stall = new AbortController();
  const watch = setTimeout(() => stall.abort(new Error(`nothing came for ${stallMillis / 1e3} s`)), stallMillis);
  try {
    const have = await sizeOf(part);
    const headers: Record<string, string> = have > 0 ? { Range: `bytes=${have}-` } : {};
    const response = await fetch(url, { headers, signal: stall.signal });
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
    const target = createWriteStream(part, { flags: response.status === 206 ? 'a' : 'w' });
    await pipeline(whileFlowing(response.body, watch), target);
  } finally {
    clearTimeout(watch);
  }
}

/** Brings `part` to its full size, in several attempts that each go on where the last one ended. */
async function complete({ url, sizeBytes }: Download, part: string): Promise<void> {
  let failure: unknown;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if ((await sizeOf(part)) >= sizeBytes) return;
    try {
      await fetchRest(url, part);
    } catch (error) {
      failure = error;
      if (isForWantOfSpace(error)) break;
    }
  }
  const have = await sizeOf(part);
  if (have >= sizeBytes) return;
  const why = failure === undefined ? 'the connection ended early' : reasonOf(failure);
  throw new HarnessError('environment', `${url} could not be fetched: ${have} of ${sizeBytes} bytes came (${why}).`, {
    hint: isForWantOfSpace(failure) ? spaceHint(dirname(part), 'HIGHWATER_CACHE') : noNetworkHint,
    cause: failure,
  });
}

/** fetch says "fetch failed" and puts the reason into the cause. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
}

/** Fetches one file. @throws HarnessError 'environment' without a network, or where the content is not what it must be. */
export async function download(wanted: Download): Promise<void> {
  const part = `${wanted.file}.part`;
  await complete(wanted, part);
  const sha256 = await sha256Of(part);
  if (sha256 !== wanted.sha256) {
    await rm(part, { force: true });
    throw new HarnessError(
      'environment',
      `${basename(wanted.file)} from ${wanted.url} has the SHA-256 ${sha256}, not ${wanted.sha256}: it was thrown away.`,
      {
        hint: 'Start again; if it persists, a proxy or a mirror alters downloads: name another one in HIGHWATER_MAVEN.',
      },
    );
  }
  await rename(part, wanted.file);
}
