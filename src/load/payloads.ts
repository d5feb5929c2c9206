/** Makes what messages are made of, before the load starts: a seeded pool of bodies, the tables of keys and headers. */
import { Buffer } from 'node:buffer';
import type { Random } from '../support/random.ts';
import { stampBytes } from '../support/stamp.ts';

/** How large values are, in bytes, the 24-byte stamp included. */
export type SizeDistribution =
  | { readonly kind: 'fixed'; readonly bytes: number }
  /** Lognormal, given by two of its quantiles. */
  | { readonly kind: 'lognormal'; readonly medianBytes: number; readonly p99Bytes: number };

/** A message that a file prescribes. */
export interface PayloadLine {
  readonly key: string | null;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The bodies, packed, and where each begins. Body i is used by the i-th message, and again after all have been used. */
export interface PayloadPool {
  readonly bodies: Buffer;
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
  readonly stampIn: 'value' | 'header';
  /** What a value of the pool holds on the average, stamp included where it is in the value. */
  readonly meanValueBytes: number;
}

/** Many more bodies than a batch holds, so that a codec does not find the same one twice … */
const mostBodies = 4_096;
/** … within a memory that a worker can spare. */
const mostPoolBytes = 32 * 2 ** 20;
const fewestBodies = 16;

/** The 99th percentile of the standard normal distribution. */
const z99 = 2.3263478740408408;

/**
 * A pool of random bodies of which a codec saves about `compressibility`: that share of each body repeats a text that all
 * share, the rest is noise. Lognormal sizes are the distribution's quantiles at even steps in random order, so the pool's
 * mean is the distribution's; none is smaller than a stamp.
 */
export function payloadPool(size: SizeDistribution, compressibility: number, random: Random): PayloadPool {
  const meanBytes = meanValueBytes(size);
  const count = Math.max(fewestBodies, Math.min(mostBodies, Math.floor(mostPoolBytes / meanBytes)));
  const stampIn = size.kind === 'fixed' && size.bytes < stampBytes ? 'header' : 'value';
  const taken = stampIn === 'value' ? stampBytes : 0;
  const lengths = Int32Array.from(valueSizes(size, count, random), bytes => bytes - taken);
  const bodies = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + length, 0));
  const offsets = new Int32Array(count);
  let end = 0;
  for (let i = 0; i < count; i++) {
    const length = lengths[i] as number;
    offsets[i] = end;
    fillBody(bodies.subarray(end, end + length), compressibility, taken, random);
    end += length;
  }
  return { bodies, offsets, lengths, stampIn, meanValueBytes: end / count + taken };
}

/** The pool of a payload file's values, in the file's order. The stamp goes into a header: the values stay as they are. */
export function payloadPoolOf(lines: readonly PayloadLine[]): PayloadPool {
  const values = lines.map(line => Buffer.from(line.value));
  const lengths = Int32Array.from(values, value => value.length);
  const offsets = new Int32Array(values.length);
  for (let i = 1; i < values.length; i++) offsets[i] = (offsets[i - 1] as number) + (lengths[i - 1] as number);
  const bodies = Buffer.concat(values);
  return { bodies, offsets, lengths, stampIn: 'header', meanValueBytes: bodies.length / values.length };
}

/** The keys of a payload file's messages, each once, in the order in which they first come. */
export function lineKeysOf(lines: readonly PayloadLine[]): string[] {
  return [...new Set(lines.flatMap(({ key }) => key ?? []))];
}

/** The mean size of a value in bytes; of a lognormal distribution exp(µ + σ²/2). */
export function meanValueBytes(size: SizeDistribution): number {
  if (size.kind === 'fixed') return size.bytes;
  const sigma = Math.log(size.p99Bytes / size.medianBytes) / z99;
  return size.medianBytes * Math.exp((sigma * sigma) / 2);
}

function valueSizes(size: SizeDistribution, count: number, random: Random): number[] {
  if (size.kind === 'fixed') return Array.from({ length: count }, () => size.bytes);
  const sigma = Math.log(size.p99Bytes / size.medianBytes) / z99;
  const sizes = Array.from({ length: count }, (_, i) =>
    Math.max(stampBytes, Math.round(size.medianBytes * Math.exp(sigma * normalQuantile((i + 0.5) / count)))),
  );
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [sizes[i], sizes[j]] = [sizes[j] as number, sizes[i] as number];
  }
  return sizes;
}

/** The text that compressible parts repeat. */
const filler = Buffer.from('{"event":"order-accepted","currency":"EUR","status":"confirmed","channel":"web"},');

/** Noise first, then filler. The stamp is noise to a codec, so it counts as part of the noise. */
function fillBody(body: Buffer, compressibility: number, stampedBytes: number, random: Random): void {
  const noiseBytes = Math.max(0, Math.round((body.length + stampedBytes) * (1 - compressibility)) - stampedBytes);
  const end = Math.min(noiseBytes, body.length);
  let i = 0;
  for (; i + 4 <= end; i += 4) body.writeUInt32LE(random.below(2 ** 32), i);
  for (; i < end; i++) body[i] = random.below(256);
  if (end < body.length) body.fill(filler, end);
}

/** The standard normal distribution's quantile (P. J. Acklam's rational approximation, relative error below 1.15e-9). */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p >= 0.02425) {
    const q = p - 0.5;
    const r = q * q;
    return (
      (polynomial(
        r,
        [
          -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
          2.506628277459239,
        ],
      ) *
        q) /
      polynomial(
        r,
        [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1],
      )
    );
  }
  const q = Math.sqrt(-2 * Math.log(p));
  return (
    polynomial(
      q,
      [
        -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
        2.938163982698783,
      ],
    ) / polynomial(q, [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1])
  );
}

/** Coefficients from the highest power down (Horner). */
function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
