/** The report as JUnit XML, which CI systems show: a suite for each cell, a case for each thing that was judged. */
import library, { type Builder } from 'junit-report-builder';
import { matches } from '../../analysis/checks.ts';
import type { Cell, CheckResult, Comparison, Result } from '../../results/schema.ts';
import type { ReportFormat, ReportSource } from '../render.ts';
import { metricText } from '../numbers.ts';
import { countingTrials } from '../table.ts';
import { demandText, effectText, findingText, verdictText } from '../words.ts';

/** The library's types say `default.newBuilder`; what Node imports of it is the builder itself. */
const junit = library as unknown as Builder;

/** One thing that was judged. What could not be decided is skipped, not passed. */
interface Case {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly message: string;
}

function render(result: Result): string {
  const builder = junit.newBuilder();
  for (const cell of result.cells) {
    const suite = builder
      .testSuite()
      .name(plain(`${result.name}: ${labelOf(cell)}`))
      .timestamp(result.startedAt);
    suite.property('run', plain(result.runId)).property('cell', plain(cell.id));
    for (const one of casesOf(cell, result)) addCase(suite.testCase(), `${result.name}.${cell.id}`, one);
  }
  const ofNoCell = result.checks.filter(check => !result.cells.some(cell => isAbout(check, cell)));
  if (ofNoCell.length > 0) {
    const suite = builder
      .testSuite()
      .name(plain(`${result.name}: checks of no cell`))
      .timestamp(result.startedAt);
    for (const check of ofNoCell) {
      const message = 'no cell has these levels';
      addCase(suite.testCase(), `${result.name}.checks`, { name: demandText(check), outcome: 'failed', message });
    }
  }
  return `${builder.build()}\n`;
}

type CaseBuilder = ReturnType<Builder['testCase']>;

function addCase(built: CaseBuilder, className: string, { name, outcome, message }: Case): void {
  built.className(plain(className)).name(plain(name));
  if (outcome === 'failed') built.failure(plain(message));
  if (outcome === 'skipped') built.skipped();
  if (outcome !== 'failed' && message !== '') built.standardOutput(plain(message));
}

/** XML 1.0 knows no control characters but tab and the ends of lines, and no halves of surrogate pairs. */
const plain = (text: string): string => text.toWellFormed().replaceAll(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu, '');

const labelOf = ({ id, label }: Cell): string => label || id;

function casesOf(cell: Cell, result: Result): Case[] {
  const { checks, gate } = result;
  const comparisons = (gate?.comparisons ?? []).filter(({ b }) => b === cell.id);
  return [
    ranCase(cell, result),
    ...deliveryCases(cell),
    ...checks.filter(check => isAbout(check, cell)).map(check => checkCase(check, cell)),
    ...comparisons.map(comparison => gatedCase(comparison, result.against?.name ?? 'the baseline')),
  ];
}

const isAbout = ({ where }: CheckResult, { factors, side }: Cell): boolean =>
  side !== 'against' && matches(where, factors);

function ranCase({ trials, failures, ...cell }: Cell, { repeat }: Result): Case {
  const counting = new Set(countingTrials({ trials, failures, ...cell }).map(({ block }) => block)).size;
  const tally = `${counting} of ${repeat} trials count`;
  const findings = trials.flatMap(trial => trial.findings.filter(finding => finding['validity'] === 'invalid'));
  const because = [...new Set([...failures.map(({ message }) => message), ...findings.map(findingText)])];
  const message = [tally, ...because].join('\n');
  return { name: 'ran', outcome: counting >= repeat ? 'passed' : 'failed', message };
}

/** Only where something was wrong: what nobody read back was not shown to be right. */
function deliveryCases({ trials }: Cell): Case[] {
  const broken = trials.flatMap(trial => trial.findings.filter(({ code }) => code === 'delivery-broken'));
  if (broken.length === 0) return [];
  return [{ name: 'delivery', outcome: 'failed', message: [...new Set(broken.map(findingText))].join('\n') }];
}

function checkCase(check: CheckResult, { id, summary }: Cell): Case {
  const name = demandText(check);
  const estimate = summary[check.metric];
  const worst = check.worst?.cell === id ? check.worst.value : null;
  const value = worst ?? estimate?.estimate ?? null;
  const figure = value === null ? '' : metricText(check.metric, value);
  const isNamed = check.failed.includes(id);
  switch (check.verdict) {
    case 'no-data':
      return isNamed
        ? { name, outcome: 'failed', message: 'no data' }
        : { name, outcome: 'skipped', message: `not judged, for other cells have no data: ${figure}` };
    case 'pass':
    case 'fail':
      return { name, outcome: isNamed ? 'failed' : 'passed', message: figure };
  }
}

const outcomeOf = { worse: 'failed', inconclusive: 'skipped', same: 'passed', better: 'passed' } as const;

function gatedCase(comparison: Comparison, heldAgainst: string): Case {
  return {
    name: `${comparison.metric} against ${heldAgainst}`,
    outcome: outcomeOf[comparison.verdict],
    message: `${effectText(comparison)} ${verdictText(comparison)}`,
  };
}

export default {
  file: 'junit.xml',
  written: 'by every run',
  render: ({ result }: Pick<ReportSource, 'result'>) => render(result),
} satisfies ReportFormat;
