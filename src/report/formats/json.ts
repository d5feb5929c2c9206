/** The result document itself, as a file. */
import type { ReportFormat } from '../render.ts';

export default {
  file: 'result.json',
  written: 'by every run',
  render: ({ result }) => `${JSON.stringify(result, null, 2)}\n`,
} satisfies ReportFormat;
