/** Says what came of a check in one sentence, for those who see nothing else of the report. */
import type { CheckResult, Result } from '../results/schema.ts';
import { metricText } from './numbers.ts';
import { demandText, spanPlace, spanTally } from './words.ts';

/** `acks: endToEnd.p999 ≤ 20 ms missed in acks=all, linger=0ms and 2 more cells, worst 22.7 ms`. */
export function checkSentence({ name, cells }: Result, check: CheckResult): string {
  const labels = check.failed.map(id => cells.find(cell => cell.id === id)?.label || id);
  const rest = labels.length - 1;
  const more = rest > 0 ? ` and ${rest} more ${rest === 1 ? 'cell' : 'cells'}` : '';
  const where = labels[0] === undefined ? '' : ` in ${labels[0]}${more}`;
  const demand = `${name}: ${demandText(check)}`;
  switch (check.verdict) {
    case 'pass':
      return `${demand} holds`;
    case 'no-data':
      return `${demand} found no data${where}`;
    case 'fail':
      return [
        `${demand} missed${where}`,
        ...(spanTally(check) === '' ? [] : [spanTally(check)]),
        ...(check.worst === null ? [] : [`worst ${metricText(check.metric, check.worst.value)}${spanPlace(check)}`]),
      ].join(', ');
  }
}
