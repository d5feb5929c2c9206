/** Estimates what a plan takes: wall time, messages and disk. Rather too much than too little. */
import type { Scenario } from '../scenario/schema.ts';
import { recoveryMicros } from './faults.ts';
import type { Cell, Estimate } from './plan.ts';
import { pilotLengths } from './pilot.ts';
import { shortened } from './rehearsal.ts';
import type { Volume } from './volume.ts';

/** A cell and what a trial of it sends. */
export interface CellVolume {
  readonly cell: Cell;
  readonly volume: Volume;
}

/** Measured on two cores. To a broker's warming comes one trial that is thrown away. */
const localStartMicros = 3e6;
const startPerBrokerMicros = 1e6;
const warmPerBrokerMicros = 8e6;
/** Containers start as local brokers do, and their images' layers are read first. */
const composeStartMicros = 20e6;
const externalStartMicros = 1e6;

/** Topics and clients made, groups joined, what is in flight awaited, offsets compared, topics deleted. */
const trialOverheadMicros = 1.5e6;

/** Kafka's `file.delete.delay.ms`: a deleted topic's files stay on disk for so long. */
const deletedFilesStayMicros = 60e6;

/** Where the number of replicas is the cluster's to say. */
const assumedReplicas = 3;

const isSimulated = (scenario: Scenario): boolean => scenario.producers.driver.name === 'simulated';

/** The estimate of a plan whose cells are each run so many times. */
export function estimateOf(cells: readonly CellVolume[], repeat: number): Estimate {
  const trials = cells.map(
    ({ cell, volume }) => volume.warmupMicros + volume.measureMicros + trialOverheadMicros + recoveryOf(cell),
  );
  const trialsMicros = sum(trials) * repeat;
  const pilots = pilotsAtLeast(cells);
  return {
    durationMicros: Math.round(startMicros(cells) + pilots.micros + trialsMicros),
    trialMicros: Math.round(trialsMicros / (cells.length * repeat)),
    messages: Math.ceil(pilots.messages + sum(cells.map(({ volume }) => volume.messages)) * repeat),
    diskBytes: Math.ceil(diskBytes(cells, repeat)),
    ...(pilots.micros === 0 ? {} : { isLeast: true }),
  };
}

/** What the pilots of `warmup: auto` take if each is steady at its first look; their load is that of a warm-up. */
function pilotsAtLeast(cells: readonly CellVolume[]): { readonly micros: number; readonly messages: number } {
  const { floorMicros, afterStartFloorMicros } = pilotLengths;
  const due = cells.filter(({ cell }) => cell.scenario.load.warmupMicros === 'auto');
  const isOnYoungBrokers = due.some(
    ({ cell: { scenario } }) => !isSimulated(scenario) && scenario.cluster.source.kind !== 'external',
  );
  const longerMicros = isOnYoungBrokers ? afterStartFloorMicros - floorMicros : 0;
  return {
    micros: due.length * (floorMicros + trialOverheadMicros) + longerMicros,
    messages: sum(due.map(({ volume }) => volume.messages - volume.messagesInWindow)),
  };
}

/** Brokers that were broken on purpose have to recover before the next trial. */
const recoveryOf = ({ scenario }: Cell): number => (scenario.faults.length > 0 ? recoveryMicros : 0);

function startMicros(cells: readonly CellVolume[]): number {
  const real = cells.find(({ cell }) => !isSimulated(cell.scenario));
  if (!real) return 0;
  const { scenario } = real.cell;
  const { source } = scenario.cluster;
  const { load } = shortened(scenario);
  const rehearsalMicros = trialOverheadMicros + Number(load.warmupMicros) + load.measureMicros;
  const warmMicros = warmPerBrokerMicros + rehearsalMicros;
  switch (source.kind) {
    case 'local':
      return localStartMicros + (startPerBrokerMicros + warmMicros) * source.brokers;
    case 'compose':
      return composeStartMicros + warmMicros;
    case 'external':
      return externalStartMicros;
  }
}

/** What all replicas take at most at one time: topics that stay, and as many of the largest trials as are not yet cleared away. */
function diskBytes(cells: readonly CellVolume[], repeat: number): number {
  const ofTrial = ({ cell, volume }: CellVolume): number =>
    isSimulated(cell.scenario) ? 0 : volume.messages * volume.bytesPerMessage * replicasOf(cell.scenario);
  const staying = cells.filter(({ cell }) => cell.scenario.topic.lifetime !== 'trial');
  const passing = cells.filter(({ cell }) => cell.scenario.topic.lifetime === 'trial');
  const stayingBytes = sum(staying.map(ofTrial)) * repeat;
  const atOnce = (one: CellVolume): number => {
    const trialMicros = one.volume.warmupMicros + one.volume.measureMicros + trialOverheadMicros;
    return ofTrial(one) * (1 + Math.ceil(deletedFilesStayMicros / trialMicros));
  };
  const passingBytes = Math.min(Math.max(0, ...passing.map(atOnce)), sum(passing.map(ofTrial)) * repeat);
  return stayingBytes + passingBytes;
}

function replicasOf({ topic }: Scenario): number {
  return topic.lifetime === 'existing' ? assumedReplicas : (topic.replicationFactor ?? assumedReplicas);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
