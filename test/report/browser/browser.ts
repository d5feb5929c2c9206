/** Opens the browser in which pages are looked at: Debian's chromium, or the one that CHROMIUM names. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why there is no browser; false where there is one. In CI it must be there: a test that is skipped there is never run. */
export const whyNoBrowser: string | false =
  existsSync(executablePath) || process.env['CI'] === 'true'
    ? false
    : `no browser at ${executablePath}: \`sudo apt-get install -y chromium\`, or CHROMIUM=path`;

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

/** What a page did that it must not do. */
export interface Misdeeds {
  readonly requests: string[];
  readonly errors: string[];
  readonly violations: string[];
}

/** Opens a page of its own context, and watches it. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<AsyncDisposable & { readonly page: Page; readonly misdeeds: Misdeeds }> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 }, ...options });
  const page = await context.newPage();
  const misdeeds: Misdeeds = { requests: [], errors: [], violations: [] };
  page.on('request', request => {
    if (!/^(?:file|data):/.test(request.url())) misdeeds.requests.push(request.url());
  });
  page.on('pageerror', error => misdeeds.errors.push(error.message));
  page.on('console', message => {
    if (message.type() === 'error') misdeeds.errors.push(message.text());
  });
  await page.exposeFunction('noteViolation', (what: string) => misdeeds.violations.push(what));
  await page.addInitScript(
    `document.addEventListener('securitypolicyviolation', event => noteViolation(event.violatedDirective + ' ' + event.blockedURI));`,
  );
  await page.goto(url);
  return { page, misdeeds, [Symbol.asyncDispose]: () => context.close() };
}
