/** Is load even? Each partition's share of the messages beside the even share, cell by cell. */
import * as Plot from '@observablehq/plot';
import { evennessOf } from '../../analysis/evenness.ts';
import { spreadOf } from '../../analysis/partitions.ts';
import { mean } from '../../analysis/stats.ts';
import { threeDigits, whole } from '../numbers.ts';
import type { Table } from '../table.ts';
import { type CellTrials, countedCells, leftOutText, shortened } from './cells.ts';
import { paint } from './colours.ts';
import type { Figure, FigureKind, FigureSource } from './figure.ts';
import { drawFigure, legend, type Panel } from './plot.ts';

/** With more cells only the least even ones are drawn; with more partitions a bar would be thinner than a line. */
const mostCells = 8;
const mostPartitions = 200;

interface Spread extends CellTrials {
  /** By partition, mean of the trials. */
  readonly messages: readonly number[];
  readonly skew: number;
  readonly gini: number;
  readonly chiSquare: number;
  readonly degreesOfFreedom: number;
  readonly p: number;
}

export const partitions: FigureKind = { section: 'partitions', isOfSearches: true, figures: figuresOf };

function figuresOf(source: FigureSource): Figure[] {
  const spreads = countedCells(source).flatMap(spreadOfCell);
  const drawn = spreads
    .filter(({ messages }) => messages.length <= mostPartitions)
    .toSorted((a, b) => (spreads.length > mostCells ? b.skew - a.skew : 0))
    .slice(0, mostCells);
  if (drawn.length === 0) return [];
  const least = spreads.length - drawn.length;
  const caption = {
    id: 'partitions',
    title: titleOf(spreads),
    help: `Each partition’s share of the messages, mean of the trials, from zero; dashed: the even share.${least > 0 ? ` Drawn for the ${drawn.length} least even cells.` : ''}${leftOutText(source.result)}`,
  };
  const most = Math.max(...drawn.map(({ messages }) => Math.max(...messages) / total(messages)));
  return [
    {
      ...caption,
      svg: drawFigure(
        caption,
        drawn.map(spread => panelOf(spread, most)),
      ),
      table: tableOf(caption.title, spreads),
    },
  ];
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function spreadOfCell(cell: CellTrials): Spread[] {
  const found = cell.trials.flatMap(({ trial }) => spreadOf(trial) ?? []);
  const length = Math.min(...found.map(({ messages }) => messages.length));
  if (found.length === 0 || length < 2 || found.some(({ messages }) => messages.length !== length)) return [];
  return [
    {
      ...cell,
      messages: Array.from({ length }, (_, i) => mean(found.map(({ messages }) => messages[i] as number))),
      skew: mean(found.map(({ skew }) => skew)),
      ...evennessOf(found.map(({ messages }) => messages)),
    },
  ];
}

/** Beyond this p the spread is no chance: 1 in 1,000, on either side. */
const notChance = 0.001;

/** What χ² says, against messages that choose their partitions independently, each as likely as any other. */
function chanceText({ p }: Spread): string {
  if (p < notChance) return 'less even than chance';
  if (p > 1 - notChance) return 'more even than chance';
  return 'as even as chance';
}

function titleOf(spreads: readonly Spread[]): string {
  const [worst] = spreads.toSorted((a, b) => b.skew - a.skew);
  if (worst === undefined) return 'No partitions';
  const { label, messages, gini } = worst;
  const share = `${worst.skew.toFixed(2)} times the even share`;
  const words = `${chanceText(worst)}, Gini ${gini.toFixed(2)}`;
  if (spreads.length === 1) return `The fullest of ${messages.length} partitions got ${share}; ${words}`;
  if (worst.skew <= usuallyEven) return `Load was even in every cell: no partition got more than ${share}`;
  return `${label} was the least even: the fullest of its ${messages.length} partitions got ${share}; ${words}`;
}

/** Up to here nobody would call load uneven. */
const usuallyEven = 1.05;

function panelOf({ label, messages }: Spread, most: number): Panel {
  const all = total(messages);
  const bars = messages.map((count, partition) => ({ partition, share: count / all }));
  const even = 1 / messages.length;
  const step = Math.ceil(messages.length / 24);
  return {
    height: 130,
    marginTop: 26,
    marginBottom: 26,
    x: {
      domain: [-0.5, messages.length - 0.5],
      ticks: bars.map(({ partition }) => partition).filter(i => i % step === 0),
      tickFormat: String,
      label: null,
    },
    y: {
      domain: [0, most * 1.05],
      ticks: 3,
      tickFormat: (share: number) => `${threeDigits(share * 100)} %`,
      label: null,
      grid: true,
    },
    marks: [
      Plot.rectY(bars, {
        x1: ({ partition }: (typeof bars)[number]) => partition - 0.4,
        x2: ({ partition }: (typeof bars)[number]) => partition + 0.4,
        y: 'share',
        fill: paint('c1'),
        fillOpacity: 0.8,
      }),
      Plot.ruleY([even], { strokeDasharray: '5 4', stroke: paint('c2'), strokeWidth: 1.5 }),
      legend(
        [{ text: `even share ${threeDigits(even * 100)} %`, stroke: paint('c2'), strokeDasharray: '5 4' }],
        shortened(label, 60),
      ),
    ],
  };
}

const mostListed = 24;

function tableOf(title: string, spreads: readonly Spread[]): Table {
  const columns = Math.max(...spreads.map(({ messages }) => messages.length));
  const listed = columns <= mostListed ? Array.from({ length: columns }, (_, i) => i) : [];
  return {
    title,
    note: `messages, mean of the trials${listed.length === 0 ? '' : ', by partition'}; skew: the fullest against the mean partition; Gini: 0 is even; χ²: of all trials, against the even share; chance: messages that choose independently, each partition as likely as any other`,
    columnsOfWordsAtEnd: 1,
    rows: [
      ['cell', 'partitions', ...listed.map(String), 'least', 'most', 'skew', 'Gini', 'χ²', 'df', 'beside chance'],
      ...spreads.map(spread => [
        spread.label,
        String(spread.messages.length),
        ...listed.map(i => (spread.messages[i] === undefined ? '–' : whole(spread.messages[i]))),
        whole(Math.min(...spread.messages)),
        whole(Math.max(...spread.messages)),
        spread.skew.toFixed(2),
        spread.gini.toFixed(3),
        threeDigits(spread.chiSquare),
        String(spread.degreesOfFreedom),
        chanceText(spread),
      ]),
    ],
  };
}
