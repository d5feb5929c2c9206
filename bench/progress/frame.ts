/** Draws the frame that a terminal shows while a trial runs. Pure, but for the clock of what it is given. */
import { createColors } from 'picocolors';
import type { LiveFigures } from '../../src/index.ts';
import { bar, sparkline } from './bars.ts';
import { type Course, type Current, figuresOf, isLoadOver, phaseText, tallyText } from './course.ts';
import { clock, figureColumns, generatorFacts, isGeneratorSound } from './figures.ts';
import type { History } from './history.ts';
import { cut, lineOf, type Piece, tableRows, widthOf } from './line.ts';
import { asAscii } from './words.ts';

export interface FrameStyle {
  readonly columns: number;
  readonly color: boolean;
  readonly unicode: boolean;
}

/** Below so many columns there is room for rates alone. */
const narrowColumns = 60;
const isNarrowOn = ({ columns }: FrameStyle): boolean => columns < narrowColumns;

type Paints = ReturnType<typeof createColors>;

/** The frame's lines, none wider than the terminal; empty while no trial is under way. */
export function frameText(course: Course, history: History, style: FrameStyle): string {
  const { current } = course;
  if (current === null) return '';
  const paints = createColors(style.color);
  const figures = figuresOf(current);
  // the last column stays empty: some terminals wrap as soon as it is written
  const columns = Math.max(1, style.columns - 1);
  const isNarrow = isNarrowOn(style);
  const isOver = isLoadOver(current);
  const [heading = '', ...rows] = figures === null ? [] : figureRows(figures, { columns, isNarrow, isOver });
  const lines = [
    lineOf(runPieces(course, style, paints), columns),
    ...trialLines(trialPieces(course, current, { columns, paints }), { heading, figures, columns, paints }),
    lineOf([{ text: heading, paint: paints.dim }], columns),
    ...rows.map(text => lineOf([{ text }], columns)),
    ...(isNarrow || history.isEmpty ? [] : [lineOf(historyPieces(history, style, paints), columns)]),
    ...(figures === null || isOver ? [] : [lineOf(generatorPieces(figures, style, paints), columns)]),
    lineOf(outcomePieces(course, current, style, paints), columns),
  ];
  const text = lines.filter(line => line !== '').join('\n');
  return style.unicode ? text : asAscii(text);
}

const barColumns = 24;
const shortestLabel = 12;

/** ` [11/30] ━━━━━━━━────────────  35 %   8:12 elapsed · 14:48 left`. */
function runPieces(course: Course, style: FrameStyle, paints: Paints): Piece[] {
  const { elapsedMicros, leftMicros, current } = course;
  const isNarrow = isNarrowOn(style);
  const isPilot = current === null || current.trial.block === 0;
  const place = isPilot ? 'warm-up' : `[${current.trial.position}/${current.trial.of}]`;
  if (leftMicros === null)
    return [{ text: ` ${place}`, paint: paints.bold }, { text: `  ${clock(elapsedMicros)} elapsed` }];
  // what is still going on is not all done, however long it was thought to take
  const share = Math.min(0.99, elapsedMicros / Math.max(1, elapsedMicros + leftMicros));
  const { filled, rest } = bar(share, isNarrow ? barColumns / 2 : barColumns, style);
  return [
    { text: ` ${place} `, paint: paints.bold },
    { text: filled, paint: paints.green },
    { text: rest, paint: paints.dim },
    {
      text: `  ${Math.floor(share * 100 + 1e-9)} %   ${isNarrow ? '' : `${clock(elapsedMicros)} elapsed · `}${clock(leftMicros)} left`,
    },
  ];
}

/** ` acks=all linger=5ms · block 2/5 · measure 17/30 s · 0:13 left of it`. */
function trialPieces(
  course: Course,
  current: Current,
  { columns, paints }: { readonly columns: number; readonly paints: Paints },
): Piece[] {
  const { trial } = current;
  const left = course.loadLeftMicros;
  const attempt = trial.block > 0 && trial.attempt > 1 ? ` · attempt ${trial.attempt}` : '';
  const block = trial.block > 0 ? ` · ${course.blockText(trial.block)}` : '';
  const rest = `${block}${attempt} · ${phaseText(current)}${left === null ? '' : ` · ${clock(left)} left of it`}`;
  // where the trial is changes, and is worth more room than a long name
  const room = Math.max(shortestLabel, columns - widthOf(rest));
  return [{ text: cut(` ${course.labelOf(trial.cell)}`, room), paint: paints.bold }, { text: rest }];
}

interface TrialLineStyle {
  readonly heading: string;
  readonly figures: LiveFigures | null;
  readonly columns: number;
  readonly paints: Paints;
}

/** The trial's line, and on its right what the percentiles below it are of; on a line of its own where there is no room. */
function trialLines(pieces: readonly Piece[], { heading, figures, columns, paints }: TrialLineStyle): string[] {
  const line = lineOf(pieces, columns);
  const last = ['max', 'p99.9', 'p99', 'p50'].find(name => heading.includes(` ${name}`));
  if (figures === null || last === undefined) return [line];
  const unit = `${figures.latencyOf}, ms`;
  const end = heading.indexOf(` ${last}`) + 1 + last.length;
  const room = end - pieces.reduce((sum, { text }) => sum + widthOf(text), 0) - unit.length;
  const under = (spaces: number): Piece => ({ text: ' '.repeat(spaces) + unit, paint: paints.dim });
  if (room < 2) return [line, lineOf([under(Math.max(0, end - unit.length))], columns)];
  return [lineOf([...pieces, under(room)], columns)];
}

interface TableStyle {
  readonly columns: number;
  readonly isNarrow: boolean;
  /** Nothing is sent any more: there is no "now". */
  readonly isOver: boolean;
}

/** The heading and the rows of the figures; none where there are none. */
function figureRows({ now, window }: LiveFigures, { columns, isNarrow, isOver }: TableStyle): string[] {
  const named = [
    ...(isOver ? [] : [{ name: ' now', span: now }]),
    ...(window === null ? [] : [{ name: ' trial', span: window }]),
  ];
  if (named.length === 0) return [];
  const spans = named.map(({ span }) => span);
  const table = [
    { texts: ['', ...named.map(({ name }) => name)], rank: 0, least: 6 },
    ...figureColumns
      .filter(({ isLatency }) => !isNarrow || !isLatency)
      .map(({ heading, rank, textOf }) => ({ texts: [heading, ...spans.map(textOf)], rank, least: 5 })),
  ];
  return tableRows(table, columns);
}

/** ` p99 ▂▂▃▂▂▅█   acked/s ▇▇▇▇▇▆▇   lag ▁▁▂▁▁▃▅`, each with as many of the last seconds as there is room for. */
function historyPieces(history: History, style: FrameStyle, paints: Paints): Piece[] {
  const series = history.series();
  const names = series.reduce((sum, { name }) => sum + name.length + 4, 0);
  const seconds = Math.max(0, Math.min(20, Math.floor((style.columns - 1 - names) / series.length)));
  return series.flatMap(({ name, values }, i) => [
    { text: `${i === 0 ? ' ' : '   '}${name} `, paint: paints.dim },
    { text: sparkline(values.slice(-seconds), style).padEnd(Math.min(seconds, values.length)), paint: paints.cyan },
  ]);
}

/** ` generator ✓ behind schedule 0.04 ms · busiest worker 41 % busy`. */
function generatorPieces(figures: LiveFigures, style: FrameStyle, paints: Paints): Piece[] {
  const facts = generatorFacts(figures, isNarrowOn(style) ? 'short' : 'long');
  return [
    { text: ' generator  ', paint: paints.dim },
    signPiece(isGeneratorSound(figures) ? 'good' : 'warning', style, paints),
    { text: facts.join(' · ') },
  ];
}

/** ` trials     9 valid · 1 degraded · running checks ⚠ 1 missed`. */
function outcomePieces(
  { tally, plan }: Course,
  { missed, trial }: Current,
  style: FrameStyle,
  paints: Paints,
): Piece[] {
  const { checks } = plan.cells.find(({ id }) => id === trial.cell)?.scenario ?? plan.scenario;
  const areRunning = checks.some(({ every, abort }) => every !== null || abort);
  return [
    { text: ' trials     ', paint: paints.dim },
    { text: tallyText(tally) },
    ...(areRunning
      ? [
          { text: ' · running checks ' },
          signPiece(missed > 0 ? 'warning' : 'good', style, paints),
          { text: missed > 0 ? `${missed} missed` : 'none missed' },
        ]
      : []),
  ];
}

function signPiece(kind: 'good' | 'warning', { unicode }: FrameStyle, paints: Paints): Piece {
  const sign = kind === 'good' ? (unicode ? '✓' : 'ok') : unicode ? '⚠' : 'warn';
  return { text: `${sign} `, paint: kind === 'good' ? paints.green : paints.yellow };
}
