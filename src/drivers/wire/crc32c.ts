/** CRC-32C (Castagnoli, RFC 3720 B.4), as record batches carry it, computed natively. */
import { HarnessError, messageOf } from '../../support/errors.ts';

const { crc32c: native } = await import('@node-rs/crc32').catch((cause: unknown) => {
  const why = messageOf(cause).split('. ', 1)[0];
  throw new HarnessError('environment', `The driver wire needs a native checksum that cannot be loaded: ${why}.`, {
    hint: 'It is a package for this machine that npm leaves out with --omit=optional: install again without that.',
    cause,
  });
});

/** The checksum of the bytes, or, with the checksum of what stands before them, of both. */
export const crc32c = (bytes: Buffer, before?: number): number => native(bytes, before);
