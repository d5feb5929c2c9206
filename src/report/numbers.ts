/** Writes numbers for people: rounded to what they are worth, with their unit. */
import { type MetricName, metrics, type MetricUnit } from '../measure/metrics.ts';

/** Three significant digits, no exponent: 1234.5 → `1,230`, 0.01234 → `0.0123`. */
export function threeDigits(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const factor = 10 ** Math.max(-9, 2 - Math.floor(Math.log10(Math.abs(value))));
  const rounded = Math.round(value * factor) / factor;
  return rounded.toLocaleString('en-US', { minimumFractionDigits: 0, maximumFractionDigits: Math.min(digits, 6) });
}

/** Microseconds as milliseconds, without the unit: tables name it in their heading. */
export const millis = (micros: number): string => threeDigits(micros / 1e3);

/** Microseconds with the unit that suits them. */
export function duration(micros: number): string {
  if (micros < 1_000) return `${threeDigits(micros)} µs`;
  if (micros < 1e6) return `${threeDigits(micros / 1e3)} ms`;
  if (micros < 60e6) return `${threeDigits(micros / 1e6)} s`;
  const seconds = Math.round(micros / 1e6);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return hours > 0 ? `${hours} h ${minutes} m` : `${minutes} m ${seconds % 60} s`;
}

/** A whole number with separators. */
export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Bytes in decimal units. */
export function bytes(value: number): string {
  for (const [unit, size] of [
    ['TB', 1e12],
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const) {
    if (value >= size) return `${threeDigits(value / size)} ${unit}`;
  }
  return `${whole(value)} B`;
}

/** A ratio as a signed change: 1.163 → `+16.3 %`. */
export function change(ratio: number): string {
  const percent = (ratio - 1) * 100;
  return `${percent >= 0 ? '+' : '−'}${Math.abs(percent).toFixed(1)} %`;
}

/** A share in per cent: 0.05 → `5 %`. */
export const percent = (share: number): string => `${threeDigits(share * 100)} %`;

/** How a number of each unit is written. */
const textOf: Readonly<Record<MetricUnit, (value: number) => string>> = {
  micros: duration,
  messages: value => (Number.isInteger(value) ? whole(value) : threeDigits(value)),
  bytes,
  ratio: value => value.toFixed(2),
  messagesPerSecond: value => `${whole(value)}/s`,
  bytesPerSecond: value => `${bytes(value)}/s`,
};

/** A metric's value with its unit. */
export const metricText = (metric: string, value: number): string =>
  textOf[metrics[metric as MetricName]?.unit ?? 'messages'](value);
