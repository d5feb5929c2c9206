/** CRC-32C (Castagnoli, RFC 3720 B.4), as record batches carry it, computed natively. */
import { crc32c as native } from '@node-rs/crc32';

/** The checksum of the bytes, or, with the checksum of what stands before them, of both. */
export const crc32c = (bytes: Buffer, before?: number): number => native(bytes, before);
