/** Turns combinations of levels into cells: each is parsed with its levels in place and judged as if it were a scenario of its own. */
import type { PayloadLine } from '../load/payloads.ts';
import { type Issue, messageOfIssue } from '../scenario/issues.ts';
import { issueAt } from '../scenario/matrix.ts';
import { parseDocument } from '../scenario/parse.ts';
import { withValues } from '../scenario/paths.ts';
import type { Scenario } from '../scenario/schema.ts';
import { cellIssues } from '../scenario/semantics.ts';
import { unsupportedIn } from '../scenario/supported.ts';
import type { Candidate } from './candidates.ts';
import type { CellVolume } from './estimate.ts';
import type { PlanSource } from './expand.ts';
import { fileIssues, openFiles, payloadLines, withAbsolutePaths } from './files.ts';
import { fitIssues, loadCapabilities, replicasOf } from './fit.ts';
import { atLevel, isAmong, valuesOf } from './matrix.ts';
import { volumeOf } from './volume.ts';

/** A candidate that has been parsed. */
interface Parsed {
  readonly candidate: Candidate;
  readonly scenario: Scenario;
}

/** What is wrong with one candidate. */
interface Judged {
  readonly candidate: Candidate;
  readonly issues: readonly Issue[];
}

/**
 * The cells, each with what a trial of it sends.
 * @throws ScenarioError with all problems of all cells, each once, at the level that brings it about
 */
export async function openCells(source: PlanSource, candidates: readonly Candidate[]): Promise<CellVolume[]> {
  const refuse = (judged: readonly Judged[]): void => {
    const issues = collected(judged);
    if (issues.length > 0) throw source.errorFor(issues);
  };
  const parsed = candidates.map(candidate => parseCandidate(source, candidate));
  refuse(parsed.map(({ candidate, issues }) => ({ candidate, issues })));
  const opened = parsed.flatMap(({ candidate, scenario }) => (scenario ? [{ candidate, scenario }] : []));
  const scenarios = opened.map(({ scenario }) => scenario);
  const [capabilities, files] = await Promise.all([loadCapabilities(scenarios), openFiles(scenarios)]);
  refuse(
    opened.map(({ candidate, scenario }) => ({
      candidate,
      issues: [...fitIssues(scenario, capabilities), ...fileIssues(scenario, files)],
    })),
  );
  return opened.map(one => toCell(one, payloadLines(one.scenario, files)));
}

function toCell({ candidate, scenario }: Parsed, lines: readonly PayloadLine[]): CellVolume {
  const { id, label, factors } = candidate;
  return { cell: { id, label, factors, scenario }, volume: volumeOf(scenario, lines) };
}

function parseCandidate(
  { raw, folder }: PlanSource,
  candidate: Candidate,
): Judged & { readonly scenario: Scenario | null } {
  const document = withValues(raw, valuesOf(candidate.combination));
  if (document === undefined) {
    const sentence = 'the levels cannot stand together: one leads through a setting that is no map';
    const issue = issueAt('E112', ['matrix'], 'value', sentence, 'vary the whole setting, or write it as a map');
    return { candidate, issues: [issue], scenario: null };
  }
  const parsed = parseDocument(document);
  if (!parsed.ok) return { candidate, issues: parsed.issues, scenario: null };
  const scenario = settled(withAbsolutePaths(parsed.scenario, folder));
  const checks = scenario.checks.filter(({ where }) => isAmong(candidate.factors, where));
  return { candidate, issues: [...unsupportedIn(scenario), ...cellIssues(scenario, checks)], scenario };
}

/** The scenario with the number of replicas in place where it is known before there is a cluster. */
function settled(scenario: Scenario): Scenario {
  const { topic } = scenario;
  return topic.lifetime === 'existing'
    ? scenario
    : { ...scenario, topic: { ...topic, replicationFactor: replicasOf(scenario) } };
}

/** All cells' issues, those that several have once, with the cells named where not all have them. */
function collected(judged: readonly Judged[]): Issue[] {
  const found = new Map<string, { readonly issue: Issue; readonly labels: Set<string> }>();
  for (const { candidate, issues } of judged) {
    for (const issue of issues.map(one => atLevel(candidate.combination, one))) {
      const key = JSON.stringify([issue.path, issue.at, messageOfIssue(issue)]);
      const known = found.get(key);
      if (known) known.labels.add(candidate.label);
      else found.set(key, { issue, labels: new Set([candidate.label]) });
    }
  }
  return [...found.values()].map(({ issue, labels }) =>
    labels.size === judged.length ? issue : { ...issue, sentence: `${issue.sentence}, ${inCells([...labels])}` },
  );
}

function inCells(labels: readonly string[]): string {
  const others = labels.length - 1;
  const more = others === 0 ? '' : ` and ${others} other ${others === 1 ? 'cell' : 'cells'}`;
  return `in ${labels[0]}${more}`;
}
