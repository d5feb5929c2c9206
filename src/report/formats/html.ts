/** The report as one HTML page, which is complete offline, in print and without JavaScript. */
import { reportPage } from '../html/report.ts';
import type { ReportFormat } from '../render.ts';

export default {
  file: 'report.html',
  written: 'by every run',
  render: source => reportPage(source),
} satisfies ReportFormat;
