/** The colours of charts, each with its value on a light and on a dark page: a page sets them as CSS variables of these names. */
import { keysOf } from '../../support/registry.ts';

interface Pair {
  readonly light: string;
  readonly dark: string;
}

/**
 * Lines and marks have a contrast of at least 3:1 to their page (#ffffff, #14181d). `heat…` are the levels of a heatmap, few to many
 * messages.
 */
export const chartColours = {
  c1: { light: '#0072B2', dark: '#56B4E9' },
  c2: { light: '#D55E00', dark: '#F0A35E' },
  c3: { light: '#007A5E', dark: '#3CC9A0' },
  c4: { light: '#8F4F80', dark: '#E59CC8' },
  c5: { light: '#7A5C00', dark: '#E8D44D' },
  c6: { light: '#333333', dark: '#D0D0D0' },
  fail: { light: '#B3261E', dark: '#FF8A80' },
  pass: { light: '#1B6E3C', dark: '#7BD88F' },
  ground: { light: '#FFFFFF', dark: '#14181D' },
  muted: { light: '#6B7280', dark: '#9CA3AF' },
  heat1: { light: '#DCE9F5', dark: '#16304A' },
  heat2: { light: '#BFD8EC', dark: '#1B4468' },
  heat3: { light: '#97C2E0', dark: '#205A88' },
  heat4: { light: '#69A6D2', dark: '#2873A9' },
  heat5: { light: '#3F87C0', dark: '#3A8EC8' },
  heat6: { light: '#2268A8', dark: '#5CABDF' },
  heat7: { light: '#124C88', dark: '#8AC8EF' },
  heat8: { light: '#08305F', dark: '#C4E5FA' },
} as const satisfies Record<string, Pair>;

export type ChartColour = keyof typeof chartColours;

/** A colour for a presentation attribute: the page's variable, or the light value where a page's styles are dropped. */
export const paint = (name: ChartColour): string => `var(--${name}, ${chartColours[name].light})`;

/** The levels of a heatmap, few messages first. */
export const heatColours: readonly string[] = keysOf(chartColours)
  .filter(name => name.startsWith('heat'))
  .map(paint);

/** So many series are told apart by colour and dashes; with more, each has a small chart of its own. */
export const mostSeries = 6;

const dashes = [undefined, '7 3', '2 2', '9 3 2 3', '12 4', '4 4'] as const;
const seriesColours = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'] as const satisfies readonly ChartColour[];

/** How the line of a series looks; colour is never the only sign. */
export function strokeOf(series: number): { readonly stroke: string; readonly strokeDasharray?: string } {
  const dash = dashes[series % mostSeries];
  const stroke = paint(seriesColours[series % mostSeries] as ChartColour);
  return dash === undefined ? { stroke } : { stroke, strokeDasharray: dash };
}
