/** Zigzag varints, as records use them for lengths and deltas (Protocol Buffers' signed variable-length integers). Hot. */

/** How many bytes a number takes: −2³⁰ … 2³⁰ − 1. */
export function varintBytes(value: number): number {
  const zigzag = (value << 1) ^ (value >> 31);
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x200000) return 3;
  return zigzag < 0x10000000 ? 4 : 5;
}

/** Writes a number of −2³⁰ … 2³⁰ − 1; returns where the next byte goes. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let zigzag = (value << 1) ^ (value >> 31);
  let next = at;
  while (zigzag > 0x7f) {
    bytes[next++] = (zigzag & 0x7f) | 0x80;
    zigzag >>>= 7;
  }
  bytes[next] = zigzag;
  return next + 1;
}
