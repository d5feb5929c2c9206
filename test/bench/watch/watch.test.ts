import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, rename } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { runCommand } from '../../../bench/commands/run.ts';
import { withoutTakenScenario } from '../../../bench/flags.ts';
import { openWatch } from '../../../bench/watch.ts';
import { ReportSoFar } from '../../../bench/watch/report.ts';
import { done, keptTerminal, workIn } from '../in-process.ts';
import { openWorkplace, type Workplace } from '../program.ts';
import { runFlags } from '../run-flags.ts';
import { closedLoop, readBack, scenario } from '../scenarios.ts';
import { type Message, messagesOf, startWatched } from './watching.ts';

const long = { outstanding: 20, warmup: '1s', measure: '1500ms' };

const opened = new AsyncDisposableStack();
let works: Workplace;
before(async () => {
  works = opened.use(
    await openWorkplace({
      'two.yaml': readBack({}, { load: long, repeat: 2 }),
      'short.yaml': scenario(closedLoop),
      'long.yaml': readBack({}, { load: { ...long, measure: '60s' } }),
    }),
  );
  workIn(works.folder);
});
after(() => opened.disposeAsync());

/** The status of an answer to a request with those headers. */
async function statusOf(url: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  const [response] = await once(get(url, { headers }), 'response');
  response.resume();
  return response.statusCode;
}

suite('a run that is watched', () => {
  test('tells how it goes, a late page all of it, and shows what is finished; nobody answers when it is over', async () => {
    const { url, exitCode } = await startWatched('two.yaml');
    const page = await fetch(url);
    assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'; connect-src 'self';/);
    assert.equal(page.headers.get('access-control-allow-origin'), null);
    assert.doesNotMatch(await page.text(), /(?:src|href)="(?:https?:)?\/\//);

    const told: Message[] = [];
    let reportSoFar: Promise<string> | null = null;
    let late: Message | undefined;
    let early: number[] = [];
    const beganMillis = performance.now();
    for await (const message of messagesOf(url)) {
      told.push(message);
      const { seconds, run } = message;
      if (seconds !== undefined) {
        early = seconds.extent === 'all' ? seconds.columns.second : [...early, ...seconds.columns.second];
      }
      if (early.length >= 3 && late === undefined) {
        for await (const first of messagesOf(url)) {
          late = first;
          break;
        }
      }
      if (run !== undefined && run.ended.length > 0)
        reportSoFar ??= fetch(new URL('/report', url)).then(answer => answer.text());
    }
    const tookSeconds = (performance.now() - beganMillis) / 1e3;
    // besides those at a late page's arrival and at the end
    assert.ok(told.length <= 4 * tookSeconds + 4, `${told.length} messages in ${tookSeconds} s`);

    assert.equal(late?.seconds?.extent, 'all');
    assert.deepEqual(late.seconds.columns.second.slice(0, 3), [-1, 0, 1]);
    assert.ok(late.seconds.columns.sentPerSecond.some(rate => (rate ?? 0) > 0));
    assert.ok(Object.keys(late.seconds.columns.lag).includes('readers'));
    assert.match(late.trial?.name ?? '', /^\[1\/2\]/);

    assert.match((await reportSoFar) ?? '', /<title>[^<]+ · short/);
    const { run, over } = told.findLast(one => one.over) ?? assert.fail();
    const last = run ?? told.findLast(one => one.run)?.run;
    const measured = last?.ended.filter(({ validity }) => validity !== null).length ?? 0;
    assert.ok(measured >= 2, 'a trial that a busy machine spoilt is run again');
    assert.ok(existsSync(over?.report ?? ''));
    assert.equal(over?.exitCode, await exitCode);
    await assert.rejects(fetch(url));
  });

  test('answers only whoever asks for this host, by its own page or by hand, and only to look', async () => {
    const { terminal, kept } = keptTerminal();
    await using _ = await openWatch({ quiet: false, progress: 'none', watch: '' }, terminal);
    const url = /http:\S+/.exec(kept.stderr)?.[0] ?? assert.fail(kept.stderr);
    for (const [headers, status] of [
      [{ host: 'rebound.example' }, 421],
      [{ host: 'rebound.example:80' }, 421],
      [{ host: '127.0.0.1.rebound.example' }, 421],
      [{ 'sec-fetch-site': 'cross-site' }, 403],
      [{ 'sec-fetch-site': 'same-origin' }, 200],
      [{ host: 'localhost:8080' }, 200],
      [{}, 200],
    ] as const) {
      assert.equal(await statusOf(url, headers), status, JSON.stringify(headers));
    }
    assert.equal((await fetch(url, { method: 'POST' })).status, 405);
    assert.equal((await fetch(new URL('/etc/passwd', url))).status, 404);
    assert.equal((await fetch(new URL('/report', url))).status, 404, 'nothing is kept yet');
  });

  test('is nobody’s to ask when a signal has stopped it', async () => {
    await using running = works.start(['long.yaml', '--watch', '--progress', 'json']);
    const [, url = ''] = await running.said(/"type":"watch","url":"([^"]+)"/);
    await running.said(/"type":"trial-progress"/);
    running.kill('SIGINT');
    const told: Message[] = [];
    for await (const message of messagesOf(url)) told.push(message);
    assert.equal((await running.ended).exitCode, 130);
    assert.ok(told.some(({ over }) => over?.exitCode === 130));
    await assert.rejects(fetch(url));
  });

  test('may stand before its scenario, which is no port', () => {
    assert.deepEqual(withoutTakenScenario(['--watch', 'acks.yaml']), ['--watch=', 'acks.yaml']);
    assert.deepEqual(withoutTakenScenario(['--watch', '8080', 'acks.yaml']), ['--watch', '8080', 'acks.yaml']);
  });

  test('is so on request alone', async () => {
    const { terminal, kept } = keptTerminal();
    await using _ = await openWatch({ quiet: false, progress: 'none' }, terminal);
    assert.equal(kept.stderr, '');
  });

  test('does not begin where its port is another’s', async () => {
    const { terminal, kept } = keptTerminal();
    await using _ = await openWatch({ quiet: false, progress: 'none', watch: '0' }, terminal);
    const { port } = new URL(/http:\S+/.exec(kept.stderr)?.[0] ?? '');
    const { exitCode, stderr } = await done(runCommand, runFlags('short.yaml', { watch: port, out: 'never' }));
    assert.equal(exitCode, 3);
    assert.match(stderr, new RegExp(`The run cannot be served at port ${port}: .*EADDRINUSE.*\nName another port`));
    assert.ok(!existsSync('never'));
  });

  for (const wrong of ['http', '-1', '65536', '80.5', ' ']) {
    test(`is not so at ${JSON.stringify(wrong)}`, async () => {
      const opening = openWatch({ quiet: true, progress: 'none', watch: wrong }, keptTerminal().terminal);
      await assert.rejects(opening, { reason: 'usage', message: `--watch ${wrong} is no port.` });
    });
  }
});

test('the report of what is finished is rendered again only when more is', async () => {
  const { stdout } = await done(runCommand, runFlags('short.yaml', { json: true, out: 'kept' }));
  const { name, runId } = JSON.parse(stdout) as { name: string; runId: string };
  const folder = join('kept', name, runId);
  await using reports = new ReportSoFar();
  const first = await reports.page(folder);
  assert.match(first, new RegExp(`<title>.*${runId}`));
  await rename(join(folder, 'trials'), join(folder, 'gone'));
  assert.equal(await reports.page(folder), first, 'nothing was read');
  await appendFile(join(folder, 'journal.ndjson'), '\n');
  assert.notEqual(await reports.page(folder).catch(() => null), first);
});
