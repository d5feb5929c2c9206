/** Renders the page of one run. */
import type { ReportSource } from '../render.ts';
import { renderPage } from './page.ts';
import { runMarkup } from './run-page.ts';
import type { Standing } from './standing.ts';

/** The page of a run as text. */
export function reportPage(source: ReportSource): string {
  const { standing, banner, sections } = runMarkup(source);
  const { model, result } = source;
  return renderPage({
    title: `${standing.word} · ${model.title} · ${result.runId}`,
    ribbon: ribbonOf(standing),
    banner,
    sections,
    script: sections.some(({ id }) => id === 'time') ? 'zoom' : 'plain',
  });
}

/** What must not be mistaken for a result says so wherever the page is scrolled to. */
function ribbonOf({ kind, word }: Standing): string | null {
  return kind === 'invalid' || kind === 'partial' ? `${word} run: not the result that was asked for` : null;
}
