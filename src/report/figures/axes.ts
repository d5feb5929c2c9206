/** Chooses where an axis has its ticks and what they say, and keeps labels apart. Pure. */
import { duration } from '../numbers.ts';

export type Domain = readonly [low: number, high: number];

/** The least domain of positive values with a little air, for a logarithmic axis. */
export function logDomain(values: readonly number[]): Domain {
  const positive = values.filter(value => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return [1, 10];
  const [low, high] = [Math.min(...positive), Math.max(...positive)];
  const air = Math.max(1.15, (high / low) ** 0.04);
  return [low / air, high * air];
}

/** Ticks of a logarithmic axis: decades; with few of them also 2 and 5, or every digit. */
export function logTicks([low, high]: Domain): number[] {
  const decades = Math.log10(high / low);
  const steps = decades > 4 ? [1] : decades > 1.5 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 7];
  const first = Math.floor(Math.log10(low));
  const ticks = Array.from({ length: Math.ceil(decades) + 2 }, (_, i) => steps.map(step => step * 10 ** (first + i)));
  const within = ticks.flat().filter(tick => tick >= low && tick <= high);
  return within.length > 0 ? within : [Math.sqrt(low * high)];
}

/** µs with their unit, for ticks. */
export const durationTick = (micros: number): string => duration(micros).replace(/ m 0 s$/, ' min');

/** Whole numbers in few characters: 12,000 → `12k`. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${Number((value / 1e9).toPrecision(3))}G`;
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 });
}

/** Moves labels apart so that neighbours are at least `gap` from each other and all stay within `low` … `high`; their order stays. */
export function apart(places: readonly number[], gap: number, [low, high]: Domain): number[] {
  const order = places.map((place, i) => ({ place, i })).toSorted((a, b) => a.place - b.place);
  let least = low;
  for (const one of order) {
    one.place = Math.max(one.place, least);
    least = one.place + gap;
  }
  let most = high;
  for (const one of order.toReversed()) {
    one.place = Math.min(one.place, most);
    most = one.place - gap;
  }
  return order.toSorted((a, b) => a.i - b.i).map(({ place }) => place);
}
