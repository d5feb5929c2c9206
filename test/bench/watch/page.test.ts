/** Looks at the page of a run that goes on in a real browser. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { openBrowser, openPage, whyNoBrowser } from '../../report/browser/browser.ts';
import { openWorkplace, type Workplace } from '../program.ts';
import { readBack } from '../scenarios.ts';
import { startWatched } from './watching.ts';

const opened = new AsyncDisposableStack();
let browser: Browser;
let works: Workplace;

suite('the page of a run in a browser', { skip: whyNoBrowser }, () => {
  before(async () => {
    const load = { outstanding: 20, warmup: '1s', measure: '4s' };
    const settings = { load, question: '<b>Does it</b> hold?' };
    works = opened.use(await openWorkplace({ 'looked-at.yaml': readBack({}, settings) }));
    browser = await openBrowser();
    opened.defer(() => browser.close());
  });
  after(() => opened.disposeAsync());

  test('draws charts that grow, then the report, and asks nobody but the run', async () => {
    const { url, exitCode } = await startWatched(join(works.folder, 'looked-at.yaml'), {
      out: join(works.folder, 'reports'),
    });
    await using one = await openPage(browser, url);
    const { page, misdeeds } = one;
    /** Waits until no chart has one of these numbers of points. */
    const pastPoints = async (...numbers: readonly number[]): Promise<number> => {
      const others = numbers.map(number => `:not([data-points="${number}"])`).join('');
      await page.locator(`.place[data-points]${others}`).nth(2).waitFor();
      return Number(await page.locator('.place').first().getAttribute('data-points'));
    };
    const early = await pastPoints(0, 1);
    assert.ok((await pastPoints(0, early)) > early, 'they grow');
    assert.equal(await page.locator('.place canvas').count(), 3);
    assert.equal(await page.locator('#question').innerText(), '<b>Does it</b> hold?');
    assert.ok((await page.locator('#figures tr').count()) > 0);

    const report = page.frameLocator('iframe');
    await report.locator('.banner').waitFor();
    assert.ok((await page.locator('#rows tr').count()) > 0);
    await exitCode;
    assert.ok(await report.locator('section#answers').isVisible(), 'it stays when the run is over');
    assert.deepEqual(
      { ...misdeeds, requests: [...new Set(misdeeds.requests.map(text => new URL(text).origin))] },
      {
        requests: [new URL(url).origin],
        errors: [],
        violations: [],
      },
    );
    assert.deepEqual(
      misdeeds.requests.map(text => new URL(text).pathname),
      ['/', '/events', '/report'],
    );
  });
});
