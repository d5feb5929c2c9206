/** Specifies what proxies do to connections: nothing, unless a fault says so, and then that fault alone. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import type { LinkFault } from '../../src/support/link-fault.ts';
import { openProxies, type Proxies } from '../../src/cluster/proxy/proxies.ts';
import { splitAddress } from '../../src/support/address.ts';
import {
  bytesOf,
  connected,
  endOf,
  fault,
  listening,
  type Place,
  refused,
  roundTripMillis,
  staysAway,
} from './connections.ts';

let echo: Place;
let proxies: Proxies;
let address: string;
const toEcho = 'echo';

before(async () => {
  echo = await listening(socket => socket.pipe(socket));
  proxies = await openProxies([{ id: toEcho, target: echo.address }]);
  address = proxies.addresses.get(toEcho) as string;
});
after(async () => {
  await proxies?.[Symbol.asyncDispose]();
  await echo?.[Symbol.asyncDispose]();
});

/** Lets a fault loose on the proxy before the echo until the end of the scope. */
async function during(parts: Partial<LinkFault>): Promise<AsyncDisposable> {
  await proxies.set(toEcho, fault(parts));
  return { [Symbol.asyncDispose]: () => proxies.set(toEcho, null) };
}

const mostAttempts = 100;

/** Asserts that no attempt takes less than the one time, and that one takes less than the other: on a busy host others take longer. */
async function within(leastMillis: number, mostMillis: number, attempt: () => Promise<number>): Promise<void> {
  const took: number[] = [];
  while (took.length < mostAttempts && (took.length === 0 || Math.min(...took) >= mostMillis)) {
    took.push(await attempt());
    assert.ok(Math.min(...took) >= leastMillis, `${Math.min(...took)} ms are less than ${leastMillis}`);
  }
  assert.ok(Math.min(...took) < mostMillis, `${Math.min(...took)} ms of ${mostMillis} at best`);
}

describe('without a fault', () => {
  test('bytes arrive unchanged and in order, in whatever pieces they are written', async () => {
    const Pieces = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(Pieces, async sizes => {
        const socket = await connected(address);
        const pieces = sizes.map(size => randomBytes(size));
        const answer = bytesOf(socket);
        for (const piece of pieces) socket.write(piece);
        socket.end();
        assert.ok((await answer).equals(Buffer.concat(pieces)));
      }),
      { numRuns: 30 },
    );
  });

  test('many connections at once are kept apart', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, number) => {
        const socket = await connected(address);
        const message = Buffer.from(`${number} `.repeat(1_000));
        const answer = bytesOf(socket);
        socket.end(message);
        return (await answer).equals(message);
      }),
    );
    assert.ok(answers.every(Boolean));
  });

  test('one half of a connection can be closed while the other goes on', async () => {
    await using place = await listening(socket => {
      socket.once('end', () => socket.end('the last word'));
      socket.resume();
    });
    await using own = await openProxies([{ id: 'it', target: place.address }]);
    const socket = await connected(own.addresses.get('it') as string);
    const answer = bytesOf(socket);
    socket.end();
    assert.equal((await answer).toString(), 'the last word');
  });

  test('a reset of either side reaches the other as one', async () => {
    const fromClient = await connected(address);
    await roundTripMillis(fromClient);
    const atEcho = endOf(echo.taken.at(-1) as Socket);
    fromClient.resetAndDestroy();
    assert.equal(await atEcho, 'ECONNRESET');

    const fromServer = await connected(address);
    await roundTripMillis(fromServer);
    (echo.taken.at(-1) as Socket).resetAndDestroy();
    assert.equal(await endOf(fromServer), 'ECONNRESET');
  });

  test('a target that does not listen yet resets whoever comes, and is reached once it does', async () => {
    let target: string;
    {
      await using place = await listening(() => undefined);
      target = place.address;
    }
    await using own = await openProxies([{ id: 'it', target }]);
    const early = await connected(own.addresses.get('it') as string);
    assert.equal(await endOf(early), 'ECONNRESET');
    const server = createServer(socket => socket.pipe(socket)).listen(splitAddress(target));
    await once(server, 'listening');
    const socket = await connected(own.addresses.get('it') as string);
    await roundTripMillis(socket);
    socket.destroy();
    server.close();
  });

  test('what a slow reader has not taken is held by its writer, and not here', async () => {
    await using place = await listening(socket => socket.pause());
    await using own = await openProxies([{ id: 'it', target: place.address }]);
    const socket = await connected(own.addresses.get('it') as string);
    const chunk = Buffer.alloc(1 << 20);
    let written = 0;
    // goes on while the connection takes it: a quarter of a second without room says that it does not any more
    for (let hasRoom = true; hasRoom;) {
      assert.ok(written < 64 << 20, `${written} bytes went somewhere`);
      const { promise, resolve } = Promise.withResolvers<boolean>();
      socket.write(chunk, () => resolve(true));
      hasRoom = await Promise.race([promise, pause(250, false)]);
      if (hasRoom) written += chunk.length;
    }
    assert.ok(written > 0);
    const rest = bytesOf(place.taken[0] as Socket);
    socket.end();
    assert.equal((await rest).length, written + chunk.length);
  });
});

describe('latency', () => {
  test('every byte arrives so much later in a direction, and no sooner', async () => {
    const socket = await connected(address);
    for (const [direction, leastMillis] of [
      ['toBroker', 60],
      ['fromBroker', 60],
      ['both', 120],
    ] as const) {
      await using _ = await during({ direction, latencyMicros: 60_000 });
      await within(leastMillis, leastMillis + 40, () => roundTripMillis(socket));
    }
    await within(0, 60, () => roundTripMillis(socket));
    socket.destroy();
  });

  test('it delays without slowing down: what is sent at once arrives at once', async () => {
    await using _ = await during({ direction: 'toBroker', latencyMicros: 100_000 });
    const socket = await connected(address);
    const message = randomBytes(2_000_000);
    await within(100, 400, () => roundTripMillis(socket, message));
    socket.destroy();
  });

  test('jitter keeps the order, and stays within its bounds', async () => {
    await using _ = await during({ direction: 'toBroker', latencyMicros: 50_000, jitterMicros: 40_000 });
    const socket = await connected(address);
    const delays: number[] = [];
    const sent: number[] = [];
    const count = 40;
    const { promise: all, resolve } = Promise.withResolvers<void>();
    const numbers: number[] = [];
    socket.on('data', piece => {
      for (const number of piece) {
        numbers.push(number);
        delays.push(performance.now() - (sent[number] as number));
      }
      if (numbers.length === count) resolve();
    });
    for (let number = 0; number < count; number++) {
      sent.push(performance.now());
      socket.write(Buffer.from([number]));
      await pause(5);
    }
    await all;
    assert.deepEqual(
      numbers,
      Array.from({ length: count }, (_, number) => number),
    );
    assert.ok(Math.min(...delays) >= 10, `${Math.min(...delays)} ms`);
    assert.ok(Math.min(...delays) < 90, `${Math.min(...delays)} ms`);
    assert.ok(Math.max(...delays) - Math.min(...delays) > 10, 'they differ');
    socket.destroy();
  });

  test('the end of a fault lets go of what is under way', async () => {
    const socket = await connected(address);
    await proxies.set(toEcho, fault({ latencyMicros: 60_000_000 }));
    const answer = roundTripMillis(socket);
    await staysAway(answer);
    await proxies.set(toEcho, null);
    assert.ok((await answer) < 10_000);
    socket.destroy();
  });
});

describe('bandwidth', () => {
  test('all connections together get what there is, and each its share', async () => {
    await using _ = await during({ direction: 'toBroker', bandwidthBytesPerSecond: 1_000_000 });
    const before = performance.now();
    const took = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const socket = await connected(address);
        await roundTripMillis(socket, randomBytes(100_000));
        socket.destroy();
        return performance.now() - before;
      }),
    );
    assert.ok(Math.max(...took) >= 390, `400 kB in ${Math.max(...took)} ms`);
    assert.ok(Math.min(...took) >= 200, `the first was done after ${Math.min(...took)} ms`);
  });

  test('a small message takes its own time alone, and the other direction none', async () => {
    await using _ = await during({ direction: 'fromBroker', bandwidthBytesPerSecond: 10_000 });
    const socket = await connected(address);
    await within(99, 190, () => roundTripMillis(socket, randomBytes(1_000)));
    socket.destroy();
  });

  test('what waits is bounded, and its end releases it', async () => {
    const socket = await connected(address);
    const message = randomBytes(5_000_000);
    await proxies.set(toEcho, fault({ bandwidthBytesPerSecond: 1_000 }));
    const answer = roundTripMillis(socket, message);
    await staysAway(answer);
    await proxies.set(toEcho, null);
    await answer;
    socket.destroy();
  });
});

test('a cut closes connections in order, refuses new ones, and leaves nothing behind when it ends', async () => {
  const socket = await connected(address);
  await roundTripMillis(socket);
  const [end, endAtEcho] = [endOf(socket), endOf(echo.taken.at(-1) as Socket)];
  {
    await using _ = await during({ cut: true });
    assert.equal(await end, 'end');
    assert.equal(await endAtEcho, 'end');
    await refused(address);
  }
  const next = await connected(address);
  await roundTripMillis(next);
  next.destroy();
});

/** Takes a port that was just given up. */
async function occupied(place: string): Promise<Server> {
  const server = createServer().listen(splitAddress(place));
  await once(server, 'listening');
  return server;
}

test('a port that somebody takes during a cut is waited for, and told of where it is not given back', async () => {
  await using own = await openProxies([{ id: 'it', target: echo.address }]);
  const place = own.addresses.get('it') as string;
  await own.set('it', fault({ cut: true }));
  const forLong = await occupied(place);
  await assert.rejects(own.set('it', null), {
    reason: 'environment',
    message: new RegExp(`another process took port ${splitAddress(place).port} during the cut`),
    hint: /Run it again/,
  });
  const end = own.set('it', null);
  await staysAway(end);
  forLong.close();
  await end;
  const socket = await connected(place);
  await roundTripMillis(socket);
  socket.destroy();
});

test('a connection of which one half is just being closed can be reset, and the proxies still end', async () => {
  await using place = await listening(() => undefined);
  await using own = await openProxies([{ id: 'it', target: place.address }]);
  const client = await connected(own.addresses.get('it') as string);
  while (place.taken.length === 0) await pause(2);
  const server = place.taken[0] as Socket;
  await own.set('it', fault({ direction: 'toBroker', latencyMicros: 60_000_000 }));
  client.end('the last word');
  await once(client, 'finish');
  await pause(50);
  client.resetAndDestroy();
  for (let i = 0; i < 3; i++) {
    server.write('are you there?'); // finds out that the client is gone
    await pause(20);
  }
  const end = endOf(server);
  await own.set('it', null); // lets go of the end and of the reset at once
  assert.match(await end, /end|ECONNRESET/);
});

test('a reset ends the connections of the moment with one, and no later ones', async () => {
  const socket = await connected(address);
  await roundTripMillis(socket);
  const [end, endAtEcho] = [endOf(socket), endOf(echo.taken.at(-1) as Socket)];
  await using _ = await during({ reset: true });
  assert.equal(await end, 'ECONNRESET');
  assert.equal(await endAtEcho, 'ECONNRESET');
  const next = await connected(address);
  await roundTripMillis(next);
  next.destroy();
});

describe('a half-open connection', () => {
  for (const direction of ['toBroker', 'fromBroker'] as const) {
    test(`passes nothing ${direction}, all the other way, and in order afterwards what was held back`, async () => {
      await using place = await listening(() => undefined);
      await using own = await openProxies([{ id: 'it', target: place.address }]);
      const client = await connected(own.addresses.get('it') as string);
      client.write('a');
      while (place.taken.length === 0) await pause(2);
      const server = place.taken[0] as Socket;
      assert.equal((await bytesOf(server, 1)).toString(), 'a');
      await own.set('it', fault({ direction, halfOpen: true }));
      const [held, open] = direction === 'toBroker' ? [client, server] : [server, client];
      const [heldArrives, openArrives] = [bytesOf(open, 6), bytesOf(held, 4)];
      held.write('is ');
      open.write('goes');
      assert.equal((await openArrives).toString(), 'goes');
      held.write('not');
      await staysAway(heldArrives);
      await own.set('it', null);
      assert.equal((await heldArrives).toString(), 'is not');
    });
  }

  test('takes new connections', async () => {
    await using _ = await during({ halfOpen: true });
    const socket = await connected(address);
    await staysAway(roundTripMillis(socket));
    socket.destroy();
  });

  test('tells neither that the other gave up, until it ends', async () => {
    const socket = await connected(address);
    await roundTripMillis(socket);
    const atEcho = echo.taken.at(-1) as Socket;
    const end = new Promise<string>(resolve => {
      atEcho.once('end', () => resolve('end'));
      atEcho.once('error', () => resolve('error'));
    });
    await proxies.set(toEcho, fault({ direction: 'toBroker', halfOpen: true }));
    socket.write('too late');
    socket.resetAndDestroy();
    atEcho.write('are you there?'); // finds out here that the client is gone
    await staysAway(end);
    await proxies.set(toEcho, null);
    await end;
  });

  test('bounds what it holds back', async () => {
    await using _ = await during({ direction: 'toBroker', halfOpen: true });
    const socket = await connected(address);
    let taken = 0;
    for (let hasRoom = true; hasRoom;) {
      assert.ok(taken < 64 << 20, `${taken} bytes went somewhere`);
      const { promise, resolve } = Promise.withResolvers<boolean>();
      socket.write(Buffer.alloc(1 << 20), () => resolve(true));
      hasRoom = await Promise.race([promise, pause(250, false)]);
      taken += 1 << 20;
    }
    socket.destroy();
  });
});

test('proxies that are closed carry nothing any more', async () => {
  let own: string;
  let socket: Socket;
  let end: Promise<string>;
  {
    await using closing = await openProxies([{ id: 'it', target: echo.address }]);
    own = closing.addresses.get('it') as string;
    socket = await connected(own);
    await roundTripMillis(socket);
    end = endOf(socket);
  }
  await end;
  socket.destroy();
  await refused(own);
});

test('a route that does not exist is named, with those that do', async () => {
  await assert.rejects(proxies.set('elsewhere', null), /no route elsewhere among echo/);
});
