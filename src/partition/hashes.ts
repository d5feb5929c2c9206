/** Hashes keys as Kafka's clients do. All return unsigned 32 bits. */
import { crc32 } from 'node:zlib';

/** FNV-1a, 32 bits (Fowler, Noll, Vo): Sarama's default. */
export function fnv1a32(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ (key[i] as number), 0x01000193);
  return hash >>> 0;
}

/** CRC-32 (IEEE 802.3): librdkafka's `consistent` and Sarama's ConsistentCRC. */
export const crc32Ieee = (key: Uint8Array): number => crc32(key);

/** MurmurHash2, 32 bits, seed 0x9747b28c, as org.apache.kafka.common.utils.Utils.murmur2. */
export function murmur2(key: Uint8Array): number {
  const m = 0x5bd1e995;
  const length = key.length;
  let hash = 0x9747b28c ^ length;
  const whole = length & ~3;
  for (let i = 0; i < whole; i += 4) {
    let k =
      (key[i] as number) |
      ((key[i + 1] as number) << 8) |
      ((key[i + 2] as number) << 16) |
      ((key[i + 3] as number) << 24);
    k = Math.imul(k, m);
    k = Math.imul(k ^ (k >>> 24), m);
    hash = Math.imul(hash, m) ^ k;
  }
  const rest = length - whole;
  if (rest === 3) hash ^= (key[whole + 2] as number) << 16;
  if (rest >= 2) hash ^= (key[whole + 1] as number) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ (key[whole] as number), m);
  hash = Math.imul(hash ^ (hash >>> 13), m);
  return (hash ^ (hash >>> 15)) >>> 0;
}
