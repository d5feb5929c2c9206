/** `matrix`, `combine`, `exclude`: which settings vary. Levels stay as they are written: each cell is parsed with its levels in place. */
import { z } from 'zod';

/** A level in `where`, `exclude` and `reference`, as `matrix` writes it (or, for named levels, its name). */
const Level = z.union([z.string(), z.number(), z.boolean()]);

/** Factor → the levels that are meant: one, or a list of them. */
export const LevelSelection = z.record(z.string(), z.union([Level, z.array(Level).min(1)]));

/** Factor → one level. */
export const LevelChoice = z.record(z.string(), Level);

const PathLevels = z.array(z.unknown()).min(1);
const NamedLevels = z.record(z.string(), z.record(z.string(), z.unknown()));

export const Matrix = z.record(z.string(), z.union([PathLevels, NamedLevels])).meta({
  description: 'path → list of levels, or a name → named sets of values that vary together',
  examples: [{ 'producers.acks': [0, 1, 'all'] }],
});

export const Combine = z
  .enum(['product', 'oneAtATime'])
  .default('product')
  .describe('oneAtATime: the reference, and each other level alone');

export const Exclude = z.array(LevelSelection).default([]);
