/** Fits the Universal Scalability Law to throughput at several levels of load, and says only what the data can carry. Pure. */
import { type Random, seededRandom } from '../support/random.ts';

/**
 * `X(N) = λN / (1 + σ(N − 1) + κN(N − 1))` (Gunther 1993): throughput λ at N = 1, lessened by contention σ (the share that
 * happens one at a time) and by coherency κ (what each pair costs).
 */
export interface UslParameters {
  readonly lambdaPerSecond: number;
  readonly sigma: number;
  readonly kappa: number;
}

/** One trial: throughput at N (producers, threads, messages in flight, …). */
export interface UslTrial {
  readonly n: number;
  readonly perSecond: number;
  /** Standard error of ln(perSecond), where the throughput is itself an estimate that knows its error. */
  readonly logError?: number;
}

/** From the 2.5th to the 97.5th percentile of fits to resampled trials, or to throughputs drawn with their errors. */
export interface UslInterval {
  readonly low: number;
  readonly high: number;
}

export interface UslFit {
  readonly kind: 'fit';
  readonly parameters: UslParameters;
  /**
   * By a bootstrap over each level's trials; where a level has fewer than three of them, by drawing each throughput with its error. Null where
   * neither is known.
   */
  readonly intervals: Readonly<Record<keyof UslParameters, UslInterval>> | null;
  /** N* and the throughput there; null where it lies outside the data, for nothing was measured there. */
  readonly peak: { readonly n: number; readonly perSecond: number; readonly interval: UslInterval | null } | null;
  /** At twice the largest N, which is as far as a prediction goes. */
  readonly reach: { readonly n: number; readonly perSecond: number; readonly interval: UslInterval | null };
  /** λ/σ, which more load comes near and never passes; null where κ > 0 (there is a peak) or σ = 0 (it has no limit). */
  readonly ceilingPerSecond: number | null;
  readonly smallestN: number;
  readonly largestN: number;
  /** Standard deviation of ln(measured / fitted). */
  readonly residual: number;
}

export type UslResult =
  | UslFit
  | { readonly kind: 'refused'; readonly because: 'too-few-levels'; readonly levels: number; readonly atLeast: number }
  | { readonly kind: 'refused'; readonly because: 'no-throughput'; readonly n: number };

const fewestLevels = 6;
const fewestTrialsPerLevel = 3;
/** How far beyond the largest measured N a prediction may go: measured to 8, X(32) was off by −45 to +11 %. */
const reach = 2;

/** Throughput that the law gives at N. */
export const uslThroughput = ({ lambdaPerSecond, sigma, kappa }: UslParameters, n: number): number =>
  (lambdaPerSecond * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));

/** N at which throughput is greatest, `√((1 − σ)/κ)`; null where more load never does harm. */
export const uslPeakN = ({ sigma, kappa }: UslParameters): number | null =>
  kappa === 0 ? null : Math.sqrt(Math.max(0, 1 - sigma) / kappa);

/** The fit's throughput at N; null beyond twice the largest N that was measured, of which the data say nothing. */
export function predictThroughput({ parameters, largestN }: UslFit, n: number): number | null {
  return n > reach * largestN ? null : uslThroughput(parameters, n);
}

/**
 * The law's parameters, none below 0, that come nearest in ln X, with intervals (`UslFit.intervals`). Refused for fewer than six levels of N,
 * or where a trial had no throughput.
 */
export function fitUsl(
  trials: readonly UslTrial[],
  { resamples, seed }: { readonly resamples: number; readonly seed: number } = { resamples: 500, seed: 1 },
): UslResult {
  const levels = [...Map.groupBy(trials, ({ n }) => n).values()];
  if (levels.length < fewestLevels) {
    return { kind: 'refused', because: 'too-few-levels', levels: levels.length, atLeast: fewestLevels };
  }
  const idle = trials.find(({ perSecond }) => !(perSecond > 0));
  if (idle !== undefined) return { kind: 'refused', because: 'no-throughput', n: idle.n };
  const parameters = leastSquares(trials);
  const [smallestN, largestN] = [Math.min(...trials.map(({ n }) => n)), Math.max(...trials.map(({ n }) => n))];
  const again = resampled(levels, parameters, { resamples, random: seededRandom(seed) });
  const { sigma, kappa, lambdaPerSecond } = parameters;
  const farthest = reach * largestN;
  return {
    kind: 'fit',
    parameters,
    intervals: again && {
      lambdaPerSecond: middle95(again.map(one => one.lambdaPerSecond)),
      sigma: middle95(again.map(one => one.sigma)),
      kappa: middle95(again.map(one => one.kappa)),
    },
    peak: peakOf(parameters, again, { smallestN, largestN }),
    reach: {
      n: farthest,
      perSecond: uslThroughput(parameters, farthest),
      interval: again && middle95(again.map(one => uslThroughput(one, farthest))),
    },
    ceilingPerSecond: kappa === 0 && sigma > 0 ? lambdaPerSecond / sigma : null,
    smallestN,
    largestN,
    residual: Math.sqrt(lossOf(trials, parameters) / trials.length),
  };
}

function peakOf(
  parameters: UslParameters,
  again: readonly UslParameters[] | null,
  { smallestN, largestN }: { readonly smallestN: number; readonly largestN: number },
): UslFit['peak'] {
  const n = uslPeakN(parameters);
  if (n === null || n < smallestN || n > largestN) return null;
  const interval = again && middle95(again.map(one => uslPeakN(one) ?? Infinity));
  // an end of the interval that lies beyond the data is no number that the data can give
  const isInside = interval !== null && interval.low >= smallestN && interval.high <= largestN;
  return { n, perSecond: uslThroughput(parameters, n), interval: isInside ? interval : null };
}

/** How often, and by what chance. */
interface Resampling {
  readonly resamples: number;
  readonly random: Random;
}

/** Fits to what might have been measured as well; null where nothing says how far that is off. */
function resampled(
  levels: readonly (readonly UslTrial[])[],
  parameters: UslParameters,
  how: Resampling,
): UslParameters[] | null {
  if (how.resamples === 0) return null;
  if (levels.every(level => level.length >= fewestTrialsPerLevel)) return bootstrap(levels, how);
  const trials = levels.flat();
  const errors = trials.flatMap(({ logError }) => logError ?? []);
  return errors.length < trials.length ? null : parametricBootstrap(trials, { errors, parameters }, how);
}

/**
 * Fits to throughputs that are drawn log-normally about the measured ones, each with its own error (Efron and Tibshirani 1993, chapter 6); or
 * with the scatter about the law, on N − 3 degrees of freedom, where that is more: a law that does not hold is no less off than it shows.
 */
function parametricBootstrap(
  trials: readonly UslTrial[],
  { errors, parameters }: { readonly errors: readonly number[]; readonly parameters: UslParameters },
  { resamples, random }: Resampling,
): UslParameters[] {
  const scatter = Math.sqrt(lossOf(trials, parameters) / (trials.length - 3));
  const draw = (trial: UslTrial, i: number): UslTrial => ({
    ...trial,
    perSecond: trial.perSecond * Math.exp(Math.max(errors[i] as number, scatter) * normalOf(random)),
  });
  return Array.from({ length: resamples }, () => leastSquares(trials.map(draw)));
}

/** A standard normal number (Box and Muller 1958). */
const normalOf = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

/** Fits to samples of the same size, drawn with replacement within each level. */
function bootstrap(levels: readonly (readonly UslTrial[])[], { resamples, random }: Resampling): UslParameters[] {
  const draw = (level: readonly UslTrial[]): UslTrial[] =>
    level.map(() => level[random.below(level.length)] as UslTrial);
  return Array.from({ length: resamples }, () => leastSquares(levels.flatMap(draw)));
}

function middle95(values: readonly number[]): UslInterval {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] as number;
  return { low: at(0.025), high: at(0.975) };
}

const lossOf = (trials: readonly UslTrial[], parameters: UslParameters): number =>
  trials.reduce((sum, { n, perSecond }) => sum + Math.log(perSecond / uslThroughput(parameters, n)) ** 2, 0);

/** N/X of the law is a + b(N − 1) + cN(N − 1): linear in a = 1/λ, b = σ/λ, c = κ/λ. */
type Coefficients = readonly [a: number, b: number, c: number];

const termsOf = (n: number): Coefficients => [1, n - 1, n * (n - 1)];
const valueOf = ([a, b, c]: Coefficients, n: number): number => a + b * (n - 1) + c * n * (n - 1);
const parametersOf = ([a, b, c]: Coefficients): UslParameters => ({
  lambdaPerSecond: 1 / a,
  sigma: b / a,
  kappa: c / a,
});

/**
 * Gauss-Newton on ln(N/X), from the weighted linear fit on. Each step is a linear least-squares problem of three unknowns that may
 * not be negative, solved exactly by trying which of b and c are 0; so a parameter at its bound comes out as 0, which a simplex
 * search or a fit of logarithms of the parameters only comes near.
 */
function leastSquares(trials: readonly UslTrial[]): UslParameters {
  let best = weightedFit(trials.map(({ n, perSecond }) => ({ terms: termsOf(n), weight: perSecond / n, target: 1 })));
  let loss = lossOf(trials, parametersOf(best));
  for (let round = 0; round < 100; round++) {
    const from = best;
    const rows = trials.map(({ n, perSecond }) => {
      const now = valueOf(from, n);
      return { terms: termsOf(n), weight: 1 / now, target: 1 + Math.log(n / perSecond / now) };
    });
    const next = shortened(from, weightedFit(rows), candidate => lossOf(trials, parametersOf(candidate)) < loss);
    if (next === null) return parametersOf(best);
    const nextLoss = lossOf(trials, parametersOf(next));
    const isDone = loss - nextLoss < 1e-15 * (1 + loss);
    [best, loss] = [next, nextLoss];
    if (isDone) break;
  }
  return parametersOf(best);
}

/** The way from one point to another, halved until it is an improvement; null where none is. */
function shortened(
  from: Coefficients,
  to: Coefficients,
  isBetter: (candidate: Coefficients) => boolean,
): Coefficients | null {
  for (let share = 1; share > 1e-6; share /= 2) {
    const part = (i: 0 | 1 | 2): number => (share === 1 ? to[i] : from[i] + share * (to[i] - from[i]));
    const candidate: Coefficients = [part(0), part(1), part(2)];
    if (isBetter(candidate)) return candidate;
  }
  return null;
}

interface Row {
  readonly terms: Coefficients;
  readonly weight: number;
  readonly target: number;
}

/** Least squares of weight·(terms·x) − target with b, c ≥ 0 and a > 0: the best of the solutions in which some of b, c are 0. */
function weightedFit(rows: readonly Row[]): Coefficients {
  const choices: readonly (readonly (0 | 1 | 2)[])[] = [[0, 1, 2], [0, 1], [0, 2], [0]];
  const errorOf = (x: Coefficients): number =>
    rows.reduce((sum, { terms, weight, target }) => {
      const fitted = weight * (terms[0] * x[0] + terms[1] * x[1] + terms[2] * x[2]);
      return sum + (fitted - target) ** 2;
    }, 0);
  const feasible = choices.map(free => solved(rows, free)).filter(([a, b, c]) => a > 0 && b >= 0 && c >= 0);
  return feasible.reduce((a, b) => (errorOf(b) < errorOf(a) ? b : a));
}

/** The normal equations of the free unknowns, scaled to a diagonal of ones, by Gaussian elimination; the others are 0. */
function solved(rows: readonly Row[], free: readonly (0 | 1 | 2)[]): Coefficients {
  const product = (f: (row: Row) => number): number => rows.reduce((sum, row) => sum + f(row), 0);
  const scale = free.map(i => Math.sqrt(product(({ terms, weight }) => (weight * terms[i]) ** 2)));
  const matrix = free.map((i, p) => [
    ...free.map(
      (j, q) =>
        product(({ terms, weight }) => weight ** 2 * terms[i] * terms[j]) /
        ((scale[p] as number) * (scale[q] as number)),
    ),
    product(({ terms, weight, target }) => weight * terms[i] * target) / (scale[p] as number),
  ]);
  // no pivoting: a matrix of normal equations is positive definite
  for (const [p, pivot] of matrix.entries()) {
    for (const other of matrix.slice(p + 1)) {
      const factor = (other[p] as number) / (pivot[p] as number);
      for (let q = p; q < other.length; q++) other[q] = (other[q] as number) - factor * (pivot[q] as number);
    }
  }
  const found = free.map(() => 0);
  for (let p = free.length - 1; p >= 0; p--) {
    const row = matrix[p] as number[];
    const known = found.reduce((sum, value, q) => (q > p ? sum + (row[q] as number) * value : sum), 0);
    found[p] = ((row[free.length] as number) - known) / (row[p] as number);
  }
  const of = (i: 0 | 1 | 2): number =>
    free.includes(i) ? (found[free.indexOf(i)] as number) / (scale[free.indexOf(i)] as number) : 0;
  return [of(0), of(1), of(2)];
}
