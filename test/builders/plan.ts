/** Builds plans for tests. */
import type { Plan } from '../../src/plan/plan.ts';
import { parseDocument } from '../../src/scenario/parse.ts';

/** A plan of cells `acks=…` with so many blocks. */
export function aPlan({ cells = ['1', 'all'], repeat = 2 } = {}): Plan {
  const parsed = parseDocument({ name: 'acks', question: 'What does each acks level cost?' });
  if (!parsed.ok) throw new Error('The smallest scenario does not parse.');
  const { scenario } = parsed;
  return {
    scenario,
    seed: 42,
    repeat,
    cells: cells.map(acks => ({
      id: `acks-${acks}`,
      label: `acks=${acks}`,
      factors: { 'producers.acks': acks },
      scenario,
    })),
    referenceCell: `acks-${cells[0]}`,
    order: Array.from({ length: repeat }, (_, i) => cells.map(acks => ({ block: i + 1, cell: `acks-${acks}` }))).flat(),
    estimate: { durationMicros: 60e6, trialMicros: 10e6, messages: 1_000, diskBytes: 1e6 },
    warnings: [],
  };
}
