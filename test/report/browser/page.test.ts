/** Looks at pages in a real browser: from a file, with and without JavaScript, in print, dark, narrow, by keyboard. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, openPage, whyNoBrowser } from './browser.ts';
import { hostile, type PageName, soundPages, writePages } from './pages.ts';

const opened = new AsyncDisposableStack();
let browser: Browser;
let written: Awaited<ReturnType<typeof writePages>>;

const pageOf = (name: PageName) => written.pages.get(name) ?? assert.fail(name);

suite('a page in a browser', { skip: whyNoBrowser }, () => {
  before(async () => {
    written = opened.use(await writePages());
    browser = await openBrowser();
    opened.defer(() => browser.close());
  });
  after(() => opened.disposeAsync());

  for (const name of soundPages) {
    test(`of ${name}: asks the network for nothing, breaks no policy, and 320 px wide scrolls sideways only in tables`, async () => {
      await using one = await openPage(browser, pageOf(name).url);
      // only where the script ran are there buttons
      assert.equal(await one.page.locator('#theme button').count(), 3);
      assert.deepEqual(one.misdeeds, { requests: [], errors: [], violations: [] });
      await one.page.setViewportSize({ width: 320, height: 640 });
      assert.deepEqual(await one.page.evaluate(tooWide), []);
    });
  }

  test('refuses what the policy forbids, and such a page would not pass here', async () => {
    await using one = await openPage(browser, pageOf('tampered').url);
    const { violations, errors } = one.misdeeds;
    assert.deepEqual(new Set(violations.map(text => text.split(' ')[0])), new Set(['img-src', 'script-src-elem']));
    assert.ok(errors.length > 0);
    assert.equal(await one.page.evaluate('window.hacked'), undefined);
  });

  test('without JavaScript has its banner, and charts with their numbers in every figure', async () => {
    await using one = await openPage(browser, pageOf('usual').url, { javaScriptEnabled: false });
    const { page } = one;
    assert.match(await page.locator('.banner').innerText(), /PASS[^]*What does each acks level cost[^]*is worse than/);
    assert.equal(await page.locator('button:visible').count(), 0, 'a button does nothing here');
    const figures = await page.locator('figure').all();
    assert.ok(figures.length > 0);
    for (const figure of figures) {
      const marks = await figure.locator('svg :is(path, rect, line, circle)').count();
      const rows = await figure.locator('details table tbody tr').count();
      assert.ok(marks > 0 && rows > 0, `${await figure.getAttribute('id')}: ${marks} marks, ${rows} rows`);
    }
  });

  test('prints every section on white, with all details open and no controls, without JavaScript too', async () => {
    await using one = await openPage(browser, pageOf('usual').url, { javaScriptEnabled: false, colorScheme: 'dark' });
    const { page } = one;
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    assert.equal(await backgroundOf(page), 'rgb(255, 255, 255)');
    for (const details of await page.locator('details').all()) {
      const inside = await details.locator(':scope > :not(summary)').first().boundingBox();
      assert.ok((inside?.height ?? 0) > 0, `${await details.locator('summary').innerText()} is shut`);
    }
    assert.equal(await page.locator('nav').isVisible(), false);
    for (const section of await page.locator('main > section').all()) assert.ok(await section.isVisible());
    const pdf = await page.pdf();
    assert.ok(pdf.length > 10_000);
  });

  test('is dark where the system is, unless its reader chooses, and remembers that', async () => {
    await using one = await openPage(browser, pageOf('one').url, { colorScheme: 'dark' });
    const { page } = one;
    assert.equal(await backgroundOf(page), 'rgb(20, 24, 29)');
    await page.getByRole('button', { name: 'Light' }).click();
    assert.equal(await backgroundOf(page), 'rgb(255, 255, 255)');
    await page.reload();
    assert.equal(await page.getByRole('button', { name: 'Light' }).getAttribute('aria-pressed'), 'true');
    assert.equal(await backgroundOf(page), 'rgb(255, 255, 255)');
    await page.getByRole('button', { name: 'System' }).click();
    assert.equal(await backgroundOf(page), 'rgb(20, 24, 29)');
  });

  test('answers with the very numbers of result.json', async () => {
    const { url, result } = pageOf('usual');
    await using one = await openPage(browser, url, { javaScriptEnabled: false });
    const shown = await shownRows(one.page);
    const asked = ['ackedPerSecond', 'ack.p50', 'ack.p99', 'ack.p999'];
    assert.equal(shown.length, result.cells.length);
    for (const { cell, figures } of shown) {
      const { summary = {} } = result.cells.find(({ id }) => id === cell) ?? {};
      for (const [i, metric] of asked.entries()) {
        const micros = metric.startsWith('ack.') ? 1_000 : 1;
        const estimate = summary[metric];
        if (estimate === undefined) assert.equal(figures[i], null, `${cell} ${metric}`);
        const expected = (estimate?.estimate ?? NaN) / micros;
        const isNear = Math.abs((figures[i] ?? NaN) / expected - 1) < 0.006;
        assert.ok(estimate === undefined || isNear, `${cell} ${metric}: ${figures[i]}, not ${expected}`);
      }
    }
  });

  test('sorts its tables by a click on a heading, and by another the other way round', async () => {
    await using one = await openPage(browser, pageOf('usual').url);
    const table = one.page.locator('table.answers');
    const p99 = async (): Promise<number[]> => (await shownRows(one.page)).map(({ figures }) => figures[2] ?? NaN);
    const heading = table.getByRole('button', { name: 'p99', exact: true });
    await heading.click();
    assert.deepEqual(
      await p99(),
      (await p99()).toSorted((a, b) => a - b),
    );
    await heading.click();
    assert.deepEqual(
      await p99(),
      (await p99()).toSorted((a, b) => b - a),
    );
    assert.equal(await table.locator('th[aria-sort]').getAttribute('aria-sort'), 'descending');
  });

  test('looks closer at charts over time, with one zoom for all of them, by keyboard, and back with Esc', async () => {
    await using one = await openPage(browser, pageOf('usual').url);
    const { page, misdeeds } = one;
    const charts = await page.locator('#time figure').count();
    assert.ok(charts > 1);
    for (let i = 0; i < charts; i++) await page.getByRole('button', { name: 'Look closer' }).first().click();
    const ranges = (): Promise<string[]> =>
      page.evaluate(`[...document.querySelectorAll('.closer')].map(one => one.dataset.range)`);
    await page.locator('.closer canvas').nth(charts).waitFor();
    const [whole] = await ranges();
    await page.locator('.closer').last().focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', '+', '+']) await page.keyboard.press(key);
    const zoomed = new Set(await ranges());
    assert.equal(zoomed.size, 1, 'one zoom moves all');
    assert.notEqual([...zoomed][0], whole);
    await page.locator('[role=status]', { hasText: /^second \d+: .*ms/ }).waitFor({ state: 'attached' });
    await page.keyboard.press('Escape');
    assert.deepEqual(new Set(await ranges()), new Set([whole]));
    assert.deepEqual(misdeeds, { requests: [], errors: [], violations: [] });
  });

  test('lets the keyboard reach every control, the way past the banner first', async () => {
    await using one = await openPage(browser, pageOf('one').url);
    const { page } = one;
    const controls = await page.evaluate(
      `[...document.querySelectorAll('a[href], button, summary, [tabindex="0"]')].filter(one => one.checkVisibility()).length`,
    );
    const reached = new Set<string>();
    for (let i = 0; i < Number(controls); i++) {
      await page.keyboard.press('Tab');
      const text = await page.evaluate(
        `(window.numbers ??= new Map(), numbers.has(document.activeElement) || numbers.set(document.activeElement, numbers.size), numbers.get(document.activeElement) + ' ' + document.activeElement.textContent.trim().slice(0, 30))`,
      );
      if (i === 0) assert.equal(text, '0 Skip to the answers');
      reached.add(String(text));
    }
    assert.equal(reached.size, controls);
  });

  for (const [name, colorScheme] of [
    ['hostile', 'light'],
    ['hostile', 'dark'],
    ['partial', 'light'],
  ] as const) {
    test(`of ${name}, ${colorScheme}, has no serious or critical fault of accessibility`, async () => {
      // the page's own policy would refuse the examiner's script
      await using one = await openPage(browser, pageOf(name).url, { bypassCSP: true, colorScheme });
      const examiner = new AxeBuilder({ page: one.page }).options({ resultTypes: ['violations'] });
      const { violations } = await examiner.analyze();
      const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      assert.deepEqual(
        grave.map(({ id, nodes }) => [id, nodes[0]?.html]),
        [],
      );
    });
  }

  test('shows hostile names as text', async () => {
    await using one = await openPage(browser, pageOf('hostile').url);
    const { page } = one;
    assert.equal(await page.evaluate('window.hacked'), undefined);
    assert.equal(await page.locator('.question').innerText(), hostile.question);
    const label = await page.locator('table.answers tbody th').first().innerText();
    assert.equal(label.trim(), hostile.label);
    assert.equal(await page.locator('main img').count(), 0);
  });
});

const backgroundOf = (page: Page): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');

/** Runs in the page: what reaches beyond its right edge, other than within what scrolls of itself. */
const tooWide = `[
  ...(document.scrollingElement.scrollWidth > innerWidth ? ['the page'] : []),
  ...[...document.querySelectorAll('body *')]
    .filter(one => one.checkVisibility() && one.closest('.scroll, svg, .skip') === null)
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
    .map(one => one.tagName + ' ' + one.textContent.slice(0, 40)),
]` as unknown as () => string[];

interface ShownRow {
  readonly cell: string;
  readonly figures: readonly (number | null)[];
}

/** The figures of each row, as the page shows them. */
const shownRows = (page: Page): Promise<ShownRow[]> =>
  page.evaluate(`[...document.querySelectorAll('table.answers tbody tr')].map(row => ({
    cell: row.dataset.cell,
    figures: [...row.querySelectorAll('td.right')].map(one => {
      const text = one.firstElementChild.textContent;
      return text === '–' ? null : Number(/[\\d.,]+/.exec(text)[0].replaceAll(',', ''));
    }),
  }))`);
