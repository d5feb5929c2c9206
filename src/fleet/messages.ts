/** What the orchestrator of a fleet and its agents say to each other: two unions of plain data around the worker protocol. */
import type { HostFigures } from '../run/host-watch.ts';
import type { WorkerPlace } from '../run/load-hosts.ts';
import type { FromWorker, ToWorker } from '../run/protocol.ts';
import type { SerializedError } from '../support/errors.ts';

/** Who an agent is. */
export interface AgentIdentity {
  /** Its number in the fleet, from 0. */
  readonly agent: number;
  /** Of this start of it: an agent that is started again is another one. */
  readonly session: string;
  readonly host: string;
  readonly highwaterVersion: string | null;
  readonly nodeVersion: string;
  readonly cores: number;
  /** Of the kernel that it runs on: those who have the same have one clock. Null where the system does not say. */
  readonly bootId: string | null;
}

export type ToAgent =
  /** The agent of that session is one of this run's; it listens to nobody else from then on. After so many beats without a word it is lost. */
  | { readonly type: 'welcome'; readonly session: string; readonly silentBeats: number }
  | { readonly type: 'refused'; readonly session: string; readonly error: SerializedError }
  /** Answered at once: it shows each side that the other one lives, and how far their clocks are apart. */
  | { readonly type: 'ping'; readonly sentMicros: number }
  | { readonly type: 'open'; readonly channel: number; readonly place: WorkerPlace }
  | { readonly type: 'post'; readonly channel: number; readonly message: ToWorker }
  /** Ends the worker, whatever it does. */
  | { readonly type: 'close'; readonly channel: number }
  /** Watch the host through the measured window of a trial; `startMicros` by the agent's clock. */
  | {
      readonly type: 'watch';
      readonly startMicros: number;
      readonly warmupMicros: number;
      readonly measureMicros: number;
    }
  /** Say what was seen since `watch`; the answer is `seen`. */
  | { readonly type: 'tell-seen' }
  /** The run is over. */
  | { readonly type: 'end' };

/** What an agent says, and to which run. */
export interface SaidByAgent {
  /** The stream in which that run speaks to it; null until it is welcome. */
  readonly to: string | null;
  readonly message: FromAgent;
}

export type FromAgent =
  /** Said every second until somebody answers. */
  | { readonly type: 'hello'; readonly identity: AgentIdentity }
  | {
      readonly type: 'pong';
      readonly sentMicros: number;
      readonly receivedMicros: number;
      readonly repliedMicros: number;
    }
  | { readonly type: 'said'; readonly channel: number; readonly message: FromWorker }
  /** The worker has ended. */
  | { readonly type: 'closed'; readonly channel: number; readonly error: SerializedError | null }
  | { readonly type: 'seen'; readonly figures: HostFigures }
  /** The last that it says, whatever it ends for. */
  | { readonly type: 'bye'; readonly because: string };

/** The topics of a fleet on its control cluster. */
export const topicToAgent = (prefix: string, fleet: string, agent: number): string =>
  `${prefix}hw-fleet.${fleet}.to-agent-${agent}`;
export const topicFromAgents = (prefix: string, fleet: string): string => `${prefix}hw-fleet.${fleet}.from-agents`;

/** How often each side shows that it lives. */
export const beatMillis = 1_000;

/** Beats without a word after which an agent is lost, unless the run says otherwise. */
export const mostSilentBeats = 5;
