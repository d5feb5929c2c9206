/** Renders several runs on one page; what draws charts is loaded here, not with the program. */
import type { ReportSource } from './render.ts';

/** The page of several runs as text. */
export async function renderSideBySide(sources: readonly ReportSource[]): Promise<string> {
  const { sideBySidePage } = await import('./html/side-by-side.ts');
  return sideBySidePage(sources);
}
