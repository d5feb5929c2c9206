/** Reads the flags by which runs are compared, and opens what is compared. */
import {
  type ComparingOptions,
  didYouMean,
  findBaselineFor,
  type GateFailure,
  gateFailures,
  HarnessError,
  isBaselineReference,
  type Likeness,
  likenessOf,
  listBaselines,
  metricNames,
  openReference,
  type Referred,
  usualFailures,
} from '../src/index.ts';

/** Where baselines are kept: beside the scenarios, to be committed. */
export const baselinesFolder = 'baselines';

export interface ComparingFlags {
  readonly out: string;
  readonly delta?: string | undefined;
  readonly metric?: readonly string[] | undefined;
  readonly confidence?: string | undefined;
  readonly strict?: boolean | undefined;
  readonly allowEnvMismatch?: boolean | undefined;
}

/** @throws HarnessError `usage` with what is wrong with a flag */
export function comparingOptions({
  delta,
  metric = [],
  confidence,
  strict,
  allowEnvMismatch,
}: ComparingFlags): ComparingOptions {
  const metrics = metric.flatMap(text => text.split(','));
  for (const name of metrics) requireMetric('--metric', name);
  return {
    metrics,
    delta: delta === undefined ? {} : deltasOf(delta),
    confidence: confidence === undefined ? 0.95 : confidenceOf(confidence),
    onMismatch: allowEnvMismatch === true ? 'compare' : 'refuse',
    ...(strict === true ? { isStrict: true } : {}),
  };
}

function requireMetric(flag: string, name: string): void {
  if ((metricNames as readonly string[]).includes(name)) return;
  const meant = didYouMean(name, metricNames);
  throw new HarnessError('usage', `${flag}: there is no metric "${name}".`, {
    hint: meant === undefined ? 'Metrics read like ack.p99 or ackedPerSecond.' : `Did you mean "${meant}"?`,
  });
}

/** `5%`, or `5%,ack.p999=10%`. */
function deltasOf(text: string): Record<string, number> {
  const entries = text.split(',').map((part): [string, number] => {
    const [name, share] = part.includes('=') ? (part.split('=', 2) as [string, string]) : ['default', part];
    if (name !== 'default') requireMetric('--delta', name);
    const percent = /^(\d+(?:\.\d+)?)%$/.exec(share.trim())?.[1];
    if (percent === undefined || Number(percent) <= 0) {
      throw new HarnessError('usage', `--delta ${text}: "${share}" is not a share.`, {
        hint: 'Write it like 5% or 5%,ack.p999=10%.',
      });
    }
    return [name, Number(percent) / 100];
  });
  return Object.fromEntries(entries);
}

function confidenceOf(text: string): number {
  const value = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (value >= 0.5 && value < 1) return value;
  throw new HarnessError('usage', `--confidence ${text} is not a confidence.`, { hint: 'Write it like 0.95.' });
}

/** @throws HarnessError `usage` for what nothing fails on */
export function failuresOf(text: string | undefined): readonly GateFailure[] {
  if (text === undefined) return usualFailures;
  return text.split(',').map(word => {
    const known = gateFailures.find(failure => failure === word.trim());
    if (known !== undefined) return known;
    const meant = didYouMean(word, gateFailures);
    throw new HarnessError('usage', `--fail-on: there is no "${word}".`, {
      hint: meant === undefined ? `It takes a list of ${gateFailures.join(', ')}.` : `Did you mean "${meant}"?`,
    });
  });
}

/** Opens both; a baseline's name is looked up beside what it is compared with. */
export async function openBoth(a: string, b: string, { out }: ComparingFlags): Promise<[Referred, Referred]> {
  const open = (reference: string, like: Likeness | null): Promise<Referred> =>
    openReference(reference, { reports: out, baselines: baselinesFolder }, like);
  if (isBaselineReference(a.split('@')[0] ?? a)) {
    const ofB = await open(b, null);
    return [await open(a, likenessOf(ofB)), ofB];
  }
  const ofA = await open(a, null);
  return [ofA, await open(b, likenessOf(ofA))];
}

/** A baseline that was found, or the sentence that says which one there is not. */
export type FoundBaseline =
  | { readonly referred: Referred; readonly missing: null }
  | { readonly referred: null; readonly missing: string };

const usualBaseline = 'main';
const places = (out: string) => ({ reports: out, baselines: baselinesFolder });
const nameOf = (written: string): string => written.replace(/^baseline:/, '');

/**
 * What a run is to be held against where that is another run: opened before the run starts, so that a slip costs no time and
 * `latest` is the one before. Null for a baseline's name, which is looked up when the host class is known.
 * @throws HarnessError `usage` where a path or a run is meant that does not exist
 */
export async function openOtherRun(written: string | undefined, out: string): Promise<Referred | null> {
  if (written === undefined || written.startsWith('baseline:')) return null;
  if ((await listBaselines(baselinesFolder)).some(({ name }) => name === written)) return null;
  try {
    return await openReference(written, places(out));
  } catch (error) {
    // a path that leads nowhere is bad input; a name that nobody has saved yet is a baseline that is missing
    if (/[/\\@]/.test(written) || !(error instanceof HarnessError) || error.reason !== 'usage') throw error;
    return null;
  }
}

/**
 * What a run is to be held against: a baseline by its name (`main` unless said), or any other reference.
 * @throws HarnessError `usage` where a path or a run is meant that does not exist
 */
export async function openBaselineFor(run: Referred, written: string | undefined, out: string): Promise<FoundBaseline> {
  const like = likenessOf(run);
  const name = nameOf(written ?? usualBaseline);
  const found = await findBaselineFor(name, baselinesFolder, like);
  if (found !== null) {
    const referred = await openReference(found.path, places(out));
    return { referred: { ...referred, reference: `baseline:${name}` }, missing: null };
  }
  const referred = await openOtherRun(written, out);
  if (referred !== null) return { referred, missing: null };
  const remedy = `\`highwater baseline save RUN --name ${name}\` saves one`;
  return { referred: null, missing: `none is called "${name}" for ${like.scenario}; ${remedy}` };
}
