/** Turns text with a unit (`250ms`, `64KiB`, `5000/s`, `300MB/s`, `5%`) into numbers, and numbers back into such text. */

/** A duration in microseconds: the unit of all times inside Highwater. */
export type Micros = number & { readonly unit: 'µs' };

const microsPer = { us: 1, ms: 1_000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000, d: 86_400_000_000 } as const;
const bytesPer = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;

export const durationPattern = /^(\d+(?:\.\d+)?)(us|ms|s|m|h|d)$/;
export const sizePattern = /^(\d+(?:\.\d+)?)(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)?$/;
export const ratePattern = /^(\d+(?:\.\d+)?)(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)?\/(s|m|h)$/;
export const percentPattern = /^(\d+(?:\.\d+)?)%$/;

export const micros = (amount: number, unit: keyof typeof microsPer): Micros => (amount * microsPer[unit]) as Micros;
/** What client libraries take. */
export const millisFromMicros = (duration: number): number => duration / 1_000;

/** `250ms` → 250,000; undefined where the text is no duration. */
export function parseDuration(text: string): Micros | undefined {
  const match = durationPattern.exec(text);
  return match ? micros(Number(match[1]), match[2] as keyof typeof microsPer) : undefined;
}

/** `64KiB` or `1000` → bytes, a whole number; undefined where the text is no size. */
export function parseSizeBytes(text: string): number | undefined {
  const match = sizePattern.exec(text);
  return match ? Math.round(Number(match[1]) * bytesPer[(match[2] ?? 'B') as keyof typeof bytesPer]) : undefined;
}

export type Rate =
  | { readonly kind: 'messages'; readonly perSecond: number }
  | { readonly kind: 'bytes'; readonly perSecond: number };

/** `5000/s` → messages per second, `300MB/s` → bytes per second; undefined where the text is no rate. */
export function parseRate(text: string): Rate | undefined {
  const match = ratePattern.exec(text);
  if (!match) return undefined;
  const seconds = microsPer[match[3] as 's' | 'm' | 'h'] / microsPer.s;
  const amount = Number(match[1]) / seconds;
  if (match[2] === undefined) return { kind: 'messages', perSecond: amount };
  return { kind: 'bytes', perSecond: amount * bytesPer[match[2] as keyof typeof bytesPer] };
}

/** `5%` → 0.05; undefined where the text is no percentage. */
export function parsePercent(text: string): number | undefined {
  const match = percentPattern.exec(text);
  return match ? Number(match[1]) / 100 : undefined;
}

/** Microseconds as scenario text, in the largest unit that is exact: 250,000 → `250ms`. */
export function formatDuration(duration: number): string {
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    if (duration >= microsPer[unit] && duration % microsPer[unit] === 0) return `${duration / microsPer[unit]}${unit}`;
  }
  return duration === 0 ? '0ms' : `${duration}us`;
}

/** Bytes as scenario text, in the largest unit that is exact: 1,024 → `1KiB`, 1,000 → `1kB`. */
export function formatSize(bytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB', 'TB', 'GB', 'MB', 'kB'] as const) {
    if (bytes >= bytesPer[unit] && bytes % bytesPer[unit] === 0) return `${bytes / bytesPer[unit]}${unit}`;
  }
  return `${bytes}B`;
}
