/** Servers whose capacity is known by arithmetic, and searches for it in virtual time. */
import {
  type Found,
  halvesOf,
  latencyOf,
  latencySharesOf,
  missedBy,
  type Probe,
  type ProbeRequest,
  runVirtualTrial,
  searchCapacity,
  type SearchSettings,
  seededRandom,
} from '../../src/index.ts';

/** One server, and how messages come to it. */
export interface KnownServer {
  readonly name: string;
  readonly arrivals: 'uniform' | 'poisson';
  readonly service: 'fixed' | 'exponential';
}

export const servers: readonly KnownServer[] = [
  { name: 'fixed service, even arrivals (D/D/1)', arrivals: 'uniform', service: 'fixed' },
  { name: 'fixed service, Poisson arrivals (M/D/1)', arrivals: 'poisson', service: 'fixed' },
  { name: 'exponential service, even arrivals (D/M/1)', arrivals: 'uniform', service: 'exponential' },
  { name: 'exponential service, Poisson arrivals (M/M/1)', arrivals: 'poisson', service: 'exponential' },
];

/** A server's own rate, and the p99 that it may have. */
export interface Ground {
  readonly serverPerSecond: number;
  readonly limitMicros: number;
}

const tail = Math.log(100);

/** The highest arrival rate at which the 99th percentile of the response time is within the limit. */
export function knownCapacity({ arrivals, service }: KnownServer, { serverPerSecond, limitMicros }: Ground): number {
  const limitSeconds = limitMicros / 1e6;
  if (service === 'fixed') {
    return arrivals === 'uniform' ? serverPerSecond : capacityOfFixed(serverPerSecond, limitSeconds);
  }
  // M/M/1: the response is exponential of rate μ − r
  if (arrivals === 'poisson') return serverPerSecond - tail / limitSeconds;
  // D/M/1: it is exponential of rate μ(1 − σ), with σ = exp(−μ(1 − σ)/r)
  const sigma = 1 - tail / limitSeconds / serverPerSecond;
  return (-serverPerSecond * (1 - sigma)) / Math.log(sigma);
}

/** M/D/1 by the exact decay of its waiting time and its constant (Cramér and Lundberg), which hold so far out in the tail. */
function capacityOfFixed(serverPerSecond: number, limitSeconds: number): number {
  const serviceSeconds = 1 / serverPerSecond;
  const beyond = (rate: number): number => {
    const decay = halved(
      1e-9 * serverPerSecond,
      50 * serverPerSecond,
      at => Math.log1p(at / rate) - at * serviceSeconds,
    );
    const constant = (1 - rate * serviceSeconds) / (rate * serviceSeconds * Math.exp(decay * serviceSeconds) - 1);
    return constant * Math.exp(-decay * (limitSeconds - serviceSeconds));
  };
  return halved(serverPerSecond * 0.5, serverPerSecond * (1 - 1e-9), rate => 0.01 - beyond(rate));
}

/** Where a function that is above zero first and below it later passes zero. */
function halved(from: number, to: number, valueAt: (at: number) => number): number {
  let [low, high] = [from, to];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (valueAt(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const warmupMicros = 2e6;

/** Runs one trial of a search in virtual time; it takes its window and its warm-up. */
function probeOf(server: KnownServer, ground: Ground, seed: number) {
  const random = seededRandom(seed).fork('trials');
  return async (request: ProbeRequest): Promise<Probe> => {
    const trial = runVirtualTrial({
      ...server,
      ratePerSecond: request.ratePerSecond,
      serviceMeanMicros: 1e6 / ground.serverPerSecond,
      servers: 1,
      warmupMicros,
      measureMicros: request.measureMicros,
      seed: random.below(2 ** 32),
    });
    const metric = 'ack.p99';
    const halves = halvesOf(trial.ackBySecond, metric, request.measureMicros);
    const value = latencyOf(trial.ack)?.p99 ?? null;
    const demands = [{ metric, group: null, min: null, max: ground.limitMicros, value, halves }];
    const missed =
      missedBy({
        windowMicros: request.measureMicros,
        scheduled: trial.scheduled,
        ackedInWindow: trial.ackedInWindow,
        withoutAck: trial.scheduled - trial.acked,
        backlogs: [{ of: 'producers', samples: trial.backlog }],
        undrained: [],
        demands,
      }) ?? [];
    return {
      ...request,
      verdict: missed.length === 0 ? 'sustained' : 'exceeded',
      missed,
      limitedBy: null,
      ...latencySharesOf(demands),
      ackedPerSecond: (trial.ackedInWindow * 1e6) / request.measureMicros,
      tookMicros: warmupMicros + request.measureMicros,
    };
  };
}

/** Searches for the server's capacity; all trials are kept in `probes`. */
export async function searchKnown(
  server: KnownServer,
  ground: Ground,
  { probes = [], ...settings }: Partial<SearchSettings> & { readonly seed: number; readonly probes?: Probe[] },
): Promise<Found> {
  return searchCapacity(
    {
      fromPerSecond: ground.serverPerSecond / 10,
      resolution: 0.02,
      budgetMicros: 20 * 60e6,
      soakMicros: 60e6,
      bracketMicros: 12e6,
      measureMicros: 20e6,
      overheadMicros: warmupMicros,
      ...settings,
    },
    probeOf(server, ground, settings.seed),
    probes,
  );
}
