/** Draws how much is done, and how figures went, in a line of text. */

const unicodeLevels = '▁▂▃▄▅▆▇█';
const asciiLevels = '_.-:=+*#';

/** One sign a value, on a scale from zero to the greatest; a blank where there is none. */
export function sparkline(values: readonly (number | null)[], { unicode }: { readonly unicode: boolean }): string {
  const levels = unicode ? unicodeLevels : asciiLevels;
  const greatest = Math.max(0, ...values.filter(value => value !== null));
  return values
    .map(value => {
      if (value === null) return ' ';
      const level = greatest === 0 ? 0 : Math.round((value / greatest) * (levels.length - 1));
      return levels[level] ?? ' ';
    })
    .join('');
}

/** A bar of so many columns, of which a share is filled: what is filled, and what is not. */
export function bar(
  share: number,
  columns: number,
  { unicode }: { readonly unicode: boolean },
): { readonly filled: string; readonly rest: string } {
  const count = Math.round(Math.min(1, Math.max(0, share)) * columns);
  return {
    filled: (unicode ? '━' : '#').repeat(count),
    rest: (unicode ? '─' : '-').repeat(columns - count),
  };
}
