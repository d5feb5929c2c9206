/** The kinds of charts that a report may hold, in the order of its sections. */
import { brokers } from './brokers.ts';
import { capacityCurve } from './capacity.ts';
import { ecdf } from './ecdf.ts';
import type { FigureKind, FigureSource } from './figure.ts';
import { forest } from './forest.ts';
import { overTime } from './over-time.ts';
import { partitions } from './partitions.ts';
import { resources } from './resources.ts';
import { scaling } from './scaling.ts';
import { spectrum } from './spectrum.ts';
import { throughput } from './throughput.ts';
import { tradeOff } from './trade-off.ts';

export const figureKinds: readonly FigureKind[] = [
  spectrum,
  throughput,
  overTime,
  tradeOff,
  scaling,
  capacityCurve,
  forest,
  ecdf,
  partitions,
  resources,
  brokers,
];

/** The kinds that say something of this run: of a search not those that sum its trials up. */
export const kindsFor = ({ result }: FigureSource): FigureKind[] =>
  figureKinds.filter(({ isOfSearches }) => result.capacity === null || isOfSearches === true);
