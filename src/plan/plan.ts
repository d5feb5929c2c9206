/** The plan: what will be run, in which order, and what it will take. Plain data. */
import type { Scenario } from '../scenario/schema.ts';

export type LevelValue = string | number | boolean;

/** One combination of levels, with everything that its trials need. */
export interface Cell {
  /** Stable and fit for a folder's name: `acks-all.linger-5ms`. */
  readonly id: string;
  /** For people: `acks=all, linger=5ms`. */
  readonly label: string;
  /** Factor → level, as the scenario writes both. */
  readonly factors: Readonly<Record<string, LevelValue>>;
  /** The scenario with this cell's levels in place. */
  readonly scenario: Scenario;
  /** Of which setting it is, where a run has two that are held against each other. */
  readonly side?: CellSide;
}

/** `this` is judged, `against` is what it is held against. */
export type CellSide = 'this' | 'against';

/** Two cells of a run, by their ids, of which b is held against a block by block. */
export interface CellPair {
  readonly a: string;
  readonly b: string;
}

/** The other setting of a run that has two. */
export interface Against {
  /** A git ref, or a scenario's file. */
  readonly name: string;
  /** Ids of cells that have no counterpart in the other setting, … */
  readonly newCells: readonly string[];
  /** … and of the other setting's that have none in this one. */
  readonly goneCells: readonly string[];
}

/** One trial's place in the run's order. */
export interface TrialSlot {
  /** 1-based. */
  readonly block: number;
  /** The cell's id. */
  readonly cell: string;
}

export interface Estimate {
  /** Wall time of all trials with their set-up and drain, and of the cluster's start. */
  readonly durationMicros: number;
  readonly trialMicros: number;
  readonly messages: number;
  /** What the brokers' disks take at most at one time, all replicas. */
  readonly diskBytes: number;
  /** It takes so much at least: with `warmup: auto` warm-ups and their pilots may become longer. Missing where no cell has one. */
  readonly isLeast?: true;
}

export interface PlanWarning {
  readonly code: string;
  readonly message: string;
}

export interface Plan {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly repeat: number;
  /** In the matrix's order; the reference cell is named, not first. */
  readonly cells: readonly Cell[];
  readonly referenceCell: string;
  /** Blocks one after the other, each in its own random order. */
  readonly order: readonly TrialSlot[];
  /** As many blocks again, which are run if the first look at the results decides too little; missing where there is one look. */
  readonly extension?: readonly TrialSlot[];
  /** What is compared in place of every cell with the reference. */
  readonly pairs?: readonly CellPair[];
  readonly against?: Against;
  readonly estimate: Estimate;
  readonly warnings: readonly PlanWarning[];
}
