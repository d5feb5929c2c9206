/** Lays texts out in lines that are never wider than the terminal. */
import stringWidth from 'string-width';

/** A piece of a line, and how it is coloured. */
export interface Piece {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const graphemes = new Intl.Segmenter();

/** What frames are mostly made of: one column each. */
const narrow = /^[\u0020-\u007E\u00B5\u00B7\u2013\u2026\u2500-\u259F\u2713]*$/;

/** How many columns the text takes. Widths are asked for hundreds of times a frame: texts without wide signs are not taken apart. */
export const widthOf = (text: string): number => (narrow.test(text) ? text.length : stringWidth(text));

/** As much of the text as fits, with a sign where something is missing. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += widthOf(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return columns < 1 ? '' : `${kept}…`;
}

/** The pieces one after the other; coloured when it is known what is left of each. */
export function lineOf(pieces: readonly Piece[], columns: number): string {
  let left = columns;
  return pieces
    .map(({ text, paint }) => {
      const kept = cut(text, left);
      left -= widthOf(kept);
      return paint === undefined || kept === '' ? kept : paint(kept);
    })
    .join('')
    .trimEnd();
}

/** A column of a table: its heading, and a text for each row. */
export interface Column {
  readonly texts: readonly string[];
  /** Columns of the highest rank are the first to be left out where there is no room. */
  readonly rank: number;
  /** So wide at least: figures that grow must not move what stands beside them. */
  readonly least: number;
}

/** The rows of the table, the first column left and all others right, in as many columns as there is room for. */
export function tableRows(columns: readonly Column[], width: number): string[] {
  const shown = [...columns];
  const columnWidth = ({ texts, least }: Column): number => Math.max(least, ...texts.map(text => widthOf(text)));
  const needed = (gap: number): number => shown.reduce((sum, column) => sum + columnWidth(column) + gap, -gap);
  while (shown.length > 1 && needed(1) > width) {
    const highest = Math.max(...shown.map(({ rank }) => rank));
    shown.splice(
      shown.findIndex(({ rank }) => rank === highest),
      1,
    );
  }
  const gap = needed(2) <= width ? '  ' : ' ';
  return (shown[0]?.texts ?? []).map((_, row) =>
    shown
      .map((column, i) => {
        const text = column.texts[row] ?? '';
        const padding = ' '.repeat(columnWidth(column) - widthOf(text));
        return i === 0 ? text + padding : padding + text;
      })
      .join(gap),
  );
}
