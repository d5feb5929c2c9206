/** Runs tools against each other: round by round, each round in a new order, the first one thrown away. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, whole } from '../../src/index.ts';
import { shuffled } from './stats.ts';
import type { Comparison, Figures, ReadyTool, Tool } from './tools/tool.ts';
import type { Topics } from './topics.ts';

/** A tool with what it takes to run it. */
export interface Entrant extends ReadyTool {
  readonly tool: Tool;
}

/** What a tool did in all rounds that count. */
export interface Row {
  readonly title: string;
  readonly id: string;
  readonly version: string;
  readonly verifies: boolean;
  readonly rounds: readonly Figures[];
  /** Why a round has no figures. */
  readonly failures: readonly string[];
}

export interface Contest {
  readonly comparison: Comparison;
  readonly entrants: readonly Entrant[];
  readonly rounds: number;
  readonly seconds: number;
  readonly brokers: string;
  readonly topics: Topics;
  readonly partitions: number;
  /** The topic to read, and what it holds; null where messages are produced. */
  readonly filled: { readonly topic: string; readonly messages: number } | null;
  /** For what the tools need while they run. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** Messages of a tool's first round, by seconds: what it does in it says how many fill the time. */
const firstMessagesPerSecond = 100_000;

/** How fast a tool was at best, so that the next round takes as long as it should. */
class Pace {
  readonly #best = new Map<Tool, number>();

  messagesOf(tool: Tool, { seconds, filled }: Contest): number {
    const messages = Math.round(seconds * (this.#best.get(tool) ?? firstMessagesPerSecond));
    return Math.min(messages, filled?.messages ?? Infinity);
  }

  saw(tool: Tool, perSecond: number): void {
    this.#best.set(tool, Math.max(perSecond, this.#best.get(tool) ?? 0));
  }
}

/** Round 0 warms tools, broker and disk, and does not count. */
export async function holdContest(contest: Contest): Promise<Row[]> {
  const { entrants, rounds, signal, onProgress, comparison } = contest;
  const pace = new Pace();
  const results = new Map(entrants.map(entrant => [entrant, { figures: [] as Figures[], failures: [] as string[] }]));
  for (let round = 0; round <= rounds; round++) {
    for (const entrant of shuffled(entrants)) {
      const name = `${comparison} ${round === 0 ? 'warm-up' : `round ${round}`}, ${entrant.tool.title}`;
      const result = results.get(entrant);
      try {
        const figures = await runOnce(entrant, contest, pace.messagesOf(entrant.tool, contest));
        pace.saw(entrant.tool, figures.messagesPerSecond);
        onProgress(
          `${name}: ${whole(figures.messagesPerSecond)}/s${figures.faults.map(fault => `; ${fault}`).join('')}`,
        );
        if (round > 0) result?.figures.push(figures);
      } catch (error) {
        signal.throwIfAborted();
        onProgress(`${name}: failed: ${messageOf(error)}`);
        if (round > 0) result?.failures.push(messageOf(error));
      }
    }
  }
  return [...results].map(([{ tool, version }, { figures, failures }]) => ({
    title: tool.title,
    id: tool.id,
    version: version ?? figures.find(of => of.version !== null)?.version ?? 'unknown',
    verifies: tool.verifies,
    rounds: figures,
    failures,
  }));
}

let jobs = 0;

async function runOnce(entrant: Entrant, contest: Contest, messages: number): Promise<Figures> {
  const { brokers, topics, seconds, filled, signal } = contest;
  const { tool } = entrant;
  const topic = filled?.topic ?? `peers-${++jobs}`;
  const isFresh = filled === null && tool.ownTopics === null;
  await mkdir(contest.folder, { recursive: true });
  const folder = await mkdtemp(join(contest.folder, 'run-'));
  try {
    if (isFresh) await topics.create(topic, contest.partitions);
    return await entrant.run({ brokers, topic, messages, filled: filled?.messages ?? 0, seconds, folder, signal });
  } finally {
    if (isFresh) await topics.remove(topic);
    if (tool.ownTopics !== null) await topics.removeAll(tool.ownTopics);
    await rm(folder, { recursive: true, force: true });
  }
}
