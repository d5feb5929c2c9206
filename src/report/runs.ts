/** Says what a run is called, and where it was interrupted. */
import type { Resumption } from '../results/design.ts';
import type { Result } from '../results/schema.ts';
import type { Line } from './model.ts';
import { duration } from './numbers.ts';

/** `new disks · ticket=42, rack=b`: of --name and --label; null where neither was given. */
export function calledText({ title, labels = {} }: Pick<Result, 'title' | 'labels'>): string | null {
  const written = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const parts = [...(title === undefined ? [] : [title]), ...(written.length === 0 ? [] : [written.join(', ')])];
  return parts.length === 0 ? null : parts.join(' · ');
}

/** A line for each time the run was resumed; a warning where its surroundings had changed. */
export const resumedLines = ({ resumed = [] }: Result): Line[] => resumed.map(resumedLine);

function resumedLine({ at, afterSeconds, trialsBefore, changes }: Resumption): Line {
  const trials = `${trialsBefore} ${trialsBefore === 1 ? 'trial' : 'trials'}`;
  const text = `interrupted after ${trials}, and resumed ${duration(afterSeconds * 1e6)} later (${at})`;
  if (changes.length === 0) return { sign: 'equal', text };
  const shown = changes
    .slice(0, mostChanges)
    .map(({ fact, before, after }) => `${fact} ${before ?? '–'} → ${after ?? '–'}`);
  const more = changes.length > mostChanges ? `, and ${changes.length - mostChanges} more` : '';
  const pairs = 'no trial is paired with one of before';
  return { sign: 'warning', text: `${text}; changed since: ${shown.join(', ')}${more}; ${pairs}` };
}

const mostChanges = 5;
