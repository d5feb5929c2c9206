/** The kinds of charts that a report may hold, in the order of its sections. */
import { ecdf } from './ecdf.ts';
import type { FigureKind } from './figure.ts';
import { forest } from './forest.ts';
import { overTime } from './over-time.ts';
import { partitions } from './partitions.ts';
import { resources } from './resources.ts';
import { spectrum } from './spectrum.ts';
import { throughput } from './throughput.ts';
import { tradeOff } from './trade-off.ts';

export const figureKinds: readonly FigureKind[] = [
  spectrum,
  throughput,
  overTime,
  tradeOff,
  forest,
  ecdf,
  partitions,
  resources,
];
