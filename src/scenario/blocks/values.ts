/** The kinds of value that the scenario format is made of: text with a unit in the file, plain numbers inside. */
import { z } from 'zod';
import {
  durationPattern,
  parseDuration,
  parsePercent,
  parseRate,
  parseSizeBytes,
  percentPattern,
  ratePattern,
  sizePattern,
} from '../../support/units.ts';
import type { Micros, Rate } from '../../support/units.ts';

/** What a value with a unit is called when it is refused; `issues.ts` finds the hint by it. */
export const unitNouns = {
  duration: 'a duration',
  positiveDuration: 'a duration above zero',
  size: 'a size',
  positiveSize: 'a size above zero',
  rate: 'a rate',
  positiveRate: 'a rate above zero',
  percent: 'a percentage',
} as const;

/** The same pattern for amounts above zero. A lookahead, so that the JSON Schema says it too. */
const aboveZero = (pattern: RegExp): RegExp => new RegExp(`^(?=[0-9.]*[1-9])${pattern.source.slice(1)}`);

const toMicros = (written: string | 0): Micros => (written === 0 ? 0 : parseDuration(written)) as Micros;
const toBytes = (written: string | number): number => parseSizeBytes(String(written)) as number;
const toRate = (written: string): Rate => parseRate(written) as Rate;
const toShare = (written: string): number => parsePercent(written) as number;

/** Text of a pattern, called by its noun. Failing ends its branch of a union, so that the union can speak for all of them. */
export const text = (pattern: RegExp, noun: string) =>
  z.string({ error: noun }).regex(pattern, { error: noun, abort: true });

/** `250ms` → Micros. The number 0 needs no unit. */
export const Duration = z
  .union([z.literal(0), text(durationPattern, unitNouns.duration)], { error: unitNouns.duration })
  .transform(toMicros);

/** `250ms` → Micros; zero is refused. */
export const PositiveDuration = text(aboveZero(durationPattern), unitNouns.positiveDuration).transform(toMicros);

/** `64KiB` or 65536 → bytes; zero is refused. */
export const PositiveSize = z
  .union([z.int().min(1), text(aboveZero(sizePattern), unitNouns.positiveSize)], { error: unitNouns.positiveSize })
  .transform(toBytes);

/** `5000/s` or `300MB/s` → messages or bytes per second. */
export const AnyRate = text(ratePattern, unitNouns.rate).transform(toRate);

/** `5000/s` or `300MB/s` → messages or bytes per second; zero is refused. */
export const PositiveRate = text(aboveZero(ratePattern), unitNouns.positiveRate).transform(toRate);

/** `5%` → 0.05. */
export const Percent = text(percentPattern, unitNouns.percent).transform(toShare);

/** A share from 0 to 1. */
export const Share = z.number().min(0).max(1);

/** A whole number from 1 to `most`. */
export const Count = (most: number) => z.int().min(1).max(most);

export const Text = z.string().min(1);

/** The path of a file, relative to the file that names it. A line break in it means that somebody pasted the file's content. */
export const FilePath = text(/^[^\n]+$/, 'the path of a file');

/** A map whose values are written down as text: `{ team: payments, stage: 2 }`. */
export const TextMap = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
  .transform(map => Object.fromEntries(Object.entries(map).map(([key, value]) => [key, String(value)])));

/** `host:port`, also `[::1]:9092`. */
export const BrokerAddress = text(/^(?:\[[0-9a-fA-F:.]+\]|[^\s:,/]+):\d{1,5}$/, 'a broker as host:port');

export const BrokerAddresses = z.array(BrokerAddress).min(1);
