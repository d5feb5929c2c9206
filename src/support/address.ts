/** Takes brokers' addresses apart. */

/** `127.0.0.1:9092`, `[::1]:9092` → its two parts. */
export function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) };
}
