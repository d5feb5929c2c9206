/** Finds free loopback ports below the range that the system hands out by itself, so that a restarted broker finds its own free. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { HarnessError } from '../support/errors.ts';

/** Linux hands out 32768 and above, macOS and Windows 49152 and above, to connections that leave. */
const lowestPort = 20_000;
const highestPort = 32_000;
const attemptsPerPort = 50;

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** So many different ports of 127.0.0.1 that nobody listens on. @throws HarnessError 'environment' where there are none. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count && tries < count * attemptsPerPort; tries++) {
    const port = randomInt(lowestPort, highestPort);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  if (ports.size === count) return [...ports];
  throw new HarnessError('environment', `Only ${ports.size} of ${count} free ports were found on 127.0.0.1.`, {
    hint: `Close programs that listen between ${lowestPort} and ${highestPort}.`,
  });
}

/** Asserts that nobody listens on ports that were asked for. @throws HarnessError 'environment' naming those that are taken */
export async function requireFree(ports: readonly number[]): Promise<void> {
  const taken: number[] = [];
  for (const port of ports) if (!(await isFree(port))) taken.push(port);
  if (taken.length === 0) return;
  throw new HarnessError('environment', `Port ${taken.join(', ')} of 127.0.0.1 is taken.`, {
    hint: 'End the program that listens there, or leave the choice of ports to Highwater.',
  });
}
