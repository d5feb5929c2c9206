/** Carries the instants in workers' messages from one host's clock to another's. All other times in them count from the trial's start. */
import type { FromWorker, ToWorker } from '../run/protocol.ts';

/** An order as the agent's clock has it; `offsetMicros` is what must be added to the orchestrator's time. */
export function toAgentsClock(message: ToWorker, offsetMicros: number): ToWorker {
  switch (message.type) {
    case 'prepare':
      return message.startMicros === null ? message : { ...message, startMicros: message.startMicros + offsetMicros };
    case 'start':
      return { ...message, startMicros: message.startMicros + offsetMicros };
    case 'measure-headroom':
    case 'stop':
    case 'finish':
    case 'crash':
      return message;
  }
}

/** Figures to watch, without how long messages took that another host's clock had stamped. */
export function withoutEndToEnd(message: FromWorker): FromWorker {
  if (message.type !== 'progress') return message;
  const { judged } = message.progress;
  const progress = {
    ...message.progress,
    latency: [],
    judged: judged?.role === 'consume' ? { ...judged, endToEnd: [] } : judged,
  };
  return { ...message, progress };
}

/** What a worker says, as the orchestrator's clock has it. */
export function toOwnClock(message: FromWorker, offsetMicros: number): FromWorker {
  switch (message.type) {
    case 'progress': {
      const { progress } = message;
      if (progress.judged === null) return message;
      const judged = { ...progress.judged, atMicros: progress.judged.atMicros - offsetMicros };
      return { ...message, progress: { ...progress, judged } };
    }
    case 'ownership':
      return { ...message, change: { ...message.change, atMicros: message.change.atMicros - offsetMicros } };
    case 'headroom':
    case 'ready':
    case 'window-resolved':
    case 'stopped':
    case 'positions':
    case 'report':
    case 'failed':
      return message;
  }
}
