/** Puts what a run found into sentences that answer its question, what decides first. */
import type { Cell, Comparison, Result } from '../../results/schema.ts';
import { searchesLine, soakLines } from '../capacity.ts';
import { signOfVerdict } from '../comparisons.ts';
import { durabilityAnswers } from '../durability.ts';
import { metricEstimate } from '../figures/findings.ts';
import { labelOf, type Line } from '../model.ts';
import { metricText, percent } from '../numbers.ts';
import { checkSentence } from '../sentences.ts';
import { effectText, verdictText } from '../words.ts';
import { headlineLatency } from './headline.ts';
import { standingOf } from './standing.ts';

/** So many comparisons are put into words; the rest is counted. */
const mostTold = 3;

/** The answer, line by line: the first is the one that heads the report. Never empty. */
export function answerLines(result: Result): readonly [Line, ...Line[]] {
  const { kind } = standingOf(result);
  if (result.capacity !== null) return [searchSentence(searchesLine(result, result.capacity)), ...soakLines(result)];
  const compared = comparisonSentences(result);
  const checked = checkSentences(result);
  // that all is well is the verdict's to say, where there is more to tell
  const told = [
    ...faultSentences(result),
    ...compared,
    ...checked.filter(({ sign }) => sign !== 'good' || compared.length === 0),
  ];
  const found = told.length > 0 ? told : cellSentences(result);
  if (kind === 'invalid') {
    return [
      { sign: 'bad', text: 'No answer: the generator or its host was the limit, not the brokers alone.' },
      ...found,
    ];
  }
  const [first, ...rest] = found;
  if (first === undefined) return [{ sign: 'open', text: 'No answer: nothing was measured.' }];
  return [kind === 'partial' ? { ...first, text: soFar(first.text) } : first, ...rest];
}

const searchSentence = ({ sign, text }: Line): Line => ({
  sign,
  text: `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`,
});

const soFar = (text: string): string =>
  text.startsWith('Not decided') ? `So far not decided${text.slice('Not decided'.length)}` : `So far: ${text}`;

const urgency: Readonly<Record<Comparison['verdict'], number>> = { worse: 0, better: 0, same: 1, inconclusive: 2 };

function comparisonSentences(result: Result): Line[] {
  const primary = result.comparisons
    .filter(({ role }) => role === 'primary')
    .toSorted((one, other) => urgency[one.verdict] - urgency[other.verdict] || effectOf(other) - effectOf(one));
  const rest = primary.slice(mostTold);
  const counts = (['worse', 'better', 'same', 'inconclusive'] as const).flatMap(verdict => {
    const count = rest.filter(one => one.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  return [
    ...primary.slice(0, mostTold).map(comparison => comparisonSentence(result, comparison)),
    ...(counts.length === 0 ? [] : [{ sign: 'equal', text: `More comparisons: ${counts.join(', ')}.` } as const]),
  ];
}

const effectOf = ({ ratio }: Comparison): number => Math.abs(Math.log(ratio ?? 1));

/** `acks=all is worse than acks=1: ack.p99 11.4 ms against 9.8 ms, +16.3 % [+9.2 %, +23.8 %].` */
function comparisonSentence(result: Result, comparison: Comparison): Line {
  const { metric, verdict, delta, because } = comparison;
  const a = result.against?.name ?? labelOf(result, comparison.a);
  const b = labelOf(result, comparison.b);
  if (because === 'no-data') return { sign: 'open', text: `Not decided: ${b} against ${a}: no data for ${metric}.` };
  const figures = [
    `${metric} ${figuresText(result, comparison)}`,
    ...(comparison.ratio === null ? [] : [effectText(comparison)]),
  ].join(', ');
  const words = {
    better: `${b} is better than ${a}: ${figures}.`,
    worse: `${b} is worse than ${a}: ${figures}.`,
    same: `${b} is the same as ${a}${delta === null ? '' : ` within ${percent(delta)}`}: ${figures}.`,
    inconclusive: `Not decided: ${b} against ${a}, ${figures}: ${verdictText(comparison)}.`,
  } as const;
  return { sign: signOfVerdict[verdict], text: words[verdict] };
}

function figuresText(result: Result, { metric, a, b }: Comparison): string {
  const [ofB, ofA] = [b, a].map(id => metricEstimate(result, id, metric) ?? '–');
  return `${ofB} against ${ofA}`;
}

function checkSentences(result: Result): Line[] {
  const { checks } = result;
  const missed = checks.filter(({ verdict }) => verdict !== 'pass');
  const tally = checks.length === 1 ? 'Its check holds.' : `All ${checks.length} checks hold.`;
  if (checks.length > 0 && missed.length === 0) return [{ sign: 'good', text: tally }];
  const more = missed.length - mostTold;
  return [
    ...missed
      .slice(0, mostTold)
      .map(check => ({ sign: 'bad', text: `${checkSentence(result, check).slice(result.name.length + 2)}.` }) as const),
    ...(more > 0 ? [{ sign: 'bad', text: `${more} more of ${checks.length} checks do not hold.` } as const] : []),
  ];
}

/** Where brokers were broken on purpose, what that did is the answer. */
function faultSentences(result: Result): Line[] {
  const lines = durabilityAnswers(result);
  const rest = lines.length - mostTold;
  return [
    ...lines.slice(0, mostTold),
    ...(rest > 0 ? [{ sign: 'equal', text: `${rest} more cells under Faults.` } as const] : []),
  ];
}

/** Of a run that compares and checks nothing: its figures. */
function cellSentences(result: Result): Line[] {
  const latency = headlineLatency(result);
  const known = result.cells.filter(cell => Object.keys(cell.summary).length > 0);
  return known.slice(0, mostTold).map(cell => ({ sign: 'equal', text: cellSentence(cell, latency) }));
}

function cellSentence({ label, id, summary }: Cell, latency: string): string {
  const figures = [`${latency}.p50`, `${latency}.p99`, 'ackedPerSecond', 'consumedPerSecond'].flatMap(metric => {
    const estimate = summary[metric];
    const isNothing = estimate === undefined || (metric.endsWith('PerSecond') && estimate.estimate === 0);
    return isNothing ? [] : [`${metric} ${estimate.censored ? '≥ ' : ''}${metricText(metric, estimate.estimate)}`];
  });
  return `${label || id}: ${figures.join(', ') || 'no figures'}.`;
}
