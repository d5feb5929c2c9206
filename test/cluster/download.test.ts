/** Specifies downloads: resumed, verified, never half there. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { download } from '../../src/cluster/download.ts';
import { HarnessError } from '../../src/support/errors.ts';

const content = randomBytes(100_000);
const sha256 = createHash('sha256').update(content).digest('hex');

/** A folder and a server that are gone at the end of the scope. */
async function aPlace(answer: RequestListener) {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-download-'));
  const server = createServer(answer);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    folder,
    wanted: { url: `http://127.0.0.1:${port}/a.jar`, file: join(folder, 'a.jar'), sha256, sizeBytes: content.length },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Serves the content with ranges, and notes which were asked for. */
function serveRanges(asked: (string | undefined)[]): RequestListener {
  return (request, response) => {
    const range = request.headers.range;
    asked.push(range);
    const from = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
    response.writeHead(range === undefined ? 200 : 206).end(content.subarray(from));
  };
}

test('a download arrives whole, and leaves nothing beside it', async () => {
  const asked: (string | undefined)[] = [];
  await using place = await aPlace(serveRanges(asked));
  await download(place.wanted);
  assert.deepEqual(await readFile(place.wanted.file), content);
  assert.deepEqual(await readdir(place.folder), ['a.jar']);
  assert.deepEqual(asked, [undefined]);
});

test('what came before is not fetched again', async () => {
  const asked: (string | undefined)[] = [];
  await using place = await aPlace(serveRanges(asked));
  await writeFile(`${place.wanted.file}.part`, content.subarray(0, 60_000));
  await download(place.wanted);
  assert.deepEqual(asked, ['bytes=60000-']);
  assert.deepEqual(await readFile(place.wanted.file), content);
});

test('a server that knows no ranges sends it all, which replaces what came before', async () => {
  await using place = await aPlace((_request, response) => void response.writeHead(200).end(content));
  await writeFile(`${place.wanted.file}.part`, randomBytes(60_000));
  await download(place.wanted);
  assert.deepEqual(await readFile(place.wanted.file), content);
});

test('a connection that breaks is taken up where it broke', async () => {
  const asked: (string | undefined)[] = [];
  const serve = serveRanges(asked);
  await using place = await aPlace((request, response) => {
    if (asked.length > 0) return serve(request, response);
    asked.push(request.headers.range);
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 50_000), () => setImmediate(() => response.destroy()));
  });
  await download(place.wanted);
  assert.deepEqual(await readFile(place.wanted.file), content);
  assert.equal(asked.length, 2);
});

test('content with another checksum is an error of the environment, and is thrown away', async () => {
  const altered = Buffer.from(content);
  altered[0] = (altered[0] ?? 0) ^ 1;
  await using place = await aPlace((_request, response) => void response.end(altered));
  await assert.rejects(download(place.wanted), (error: HarnessError) => {
    assert.ok(error instanceof HarnessError);
    assert.equal(error.reason, 'environment');
    assert.match(error.message, new RegExp(sha256));
    assert.match(error.hint ?? '', /HIGHWATER_MAVEN/);
    return true;
  });
  assert.deepEqual(await readdir(place.folder), []);
});

for (const [what, answer, said] of [
  ['a server that has no such file', (_request, response) => void response.writeHead(404).end(), /answered 404/],
  ['a server that hangs up', (_request, response) => void response.destroy(), /0 of 100000 bytes came/],
] as const satisfies readonly (readonly [string, RequestListener, RegExp])[]) {
  test(`${what} is an error of the environment that says what to do`, async () => {
    await using place = await aPlace(answer);
    await assert.rejects(download(place.wanted), (error: HarnessError) => {
      assert.equal(error.reason, 'environment');
      assert.match(error.message, said);
      assert.match(error.hint ?? '', /network/);
      return true;
    });
    assert.ok(!(await readdir(place.folder)).includes('a.jar'));
  });
}
