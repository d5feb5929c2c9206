/** How a row of a forest plot looks, and on which scale it stands. Pure. */
import type { Comparison } from '../../results/schema.ts';
import { change } from '../numbers.ts';
import { paint } from './colours.ts';

export interface Look {
  readonly colour: string;
  readonly fill: string;
  readonly word: string;
}

/** A hint fails nothing, so that it does not look as if it did. */
export function lookOf({ verdict, role }: Comparison): Look {
  const isHint = role === 'exploratory';
  switch (verdict) {
    case 'worse':
      return isHint ? filled('c2', '⚠ worse') : filled('fail', '✗ worse');
    case 'better':
      return filled('pass', '✓ better');
    case 'same':
      return filled('muted', '= same');
    case 'inconclusive':
      return { colour: 'currentColor', fill: paint('ground'), word: '? inconclusive' };
  }
}

const filled = (name: Parameters<typeof paint>[0], word: string): Look => ({
  colour: paint(name),
  fill: paint(name),
  word,
});

/** The least scale on which every estimate and most intervals fit. */
export function halfWidth(rows: readonly Comparison[]): number {
  const estimates = rows.map(({ ratio }) => Math.abs(Math.log(ratio ?? 1)));
  const ends = rows
    .map(({ low, high }) => Math.max(Math.abs(Math.log(Math.max(1e-9, low ?? 1))), Math.abs(Math.log(high ?? 1))))
    .toSorted((a, b) => a - b);
  const usual = ends[Math.floor((ends.length - 1) * 0.75)] ?? 0;
  const deltas = rows.map(({ delta }) => Math.log(1 + (delta ?? 0)));
  return 1.08 * Math.max(0.02, ...estimates, Math.min(usual, 3 * Math.max(0.1, ...estimates)), 2 * Math.max(...deltas));
}

const tickRatios = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1, 1.02, 1.05, 1.1, 1.2, 1.3, 1.5, 2, 3, 5, 10, 20,
  50, 100,
];

/** Ticks that are far enough from each other, zero among them. */
export function ticksOf(half: number): number[] {
  const gap = half / 4.5;
  const right = tickRatios.filter(ratio => ratio > 1 && Math.log(ratio) <= half);
  const chosen: number[] = [];
  for (const ratio of right) if (Math.log(ratio) - (chosen.at(-1) ?? 0) >= gap) chosen.push(Math.log(ratio));
  const left = tickRatios.filter(ratio => ratio < 1 && -Math.log(ratio) <= half).toReversed();
  const below: number[] = [];
  for (const ratio of left) if ((below.at(-1) ?? 0) - Math.log(ratio) >= gap) below.push(Math.log(ratio));
  return [...below.toReversed(), 0, ...chosen];
}

export const tickText = (logRatio: number): string =>
  logRatio === 0 ? '0' : change(Math.exp(logRatio)).replace('.0 %', ' %');
