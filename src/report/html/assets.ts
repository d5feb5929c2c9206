/** Takes a page apart into files, for servers whose policy refuses styles and scripts within a page, as Jenkins' does. */

/** A page and what it loads from beside itself, by the files' names. */
export type PageFiles = Readonly<Record<'index.html' | 'report.css' | 'report.js', string>>;

const style = /<style>([^]*?)<\/style>/;
/** The page's own, which comes last; names of cells cannot make another, for text is escaped. */
const script = /<script>((?:(?!<script>)[^])*)<\/script>(?=\s*<\/body>)/;

/**
 * The page with its styles and its script in files of their own; its policy allows these and nothing else.
 * @throws Error if the text is no page of a report
 */
export function splitPage(page: string): PageFiles {
  const [, css] = style.exec(page) ?? [];
  const [, code] = script.exec(page) ?? [];
  if (css === undefined || code === undefined) throw new Error('A page has styles and a script.');
  return {
    'index.html': page
      .replace(style, '<link rel="stylesheet" href="report.css" />')
      .replace(script, '<script src="report.js"></script>')
      .replace('style-src &#39;unsafe-inline&#39;', "style-src 'self'")
      .replace(/script-src &#39;sha256-[\w+/=]+&#39;/, "script-src 'self'"),
    'report.css': css,
    'report.js': code,
  };
}
