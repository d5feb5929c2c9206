/** Specifies `report`: which files it writes, that it writes over none, and what it prints. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { reportCommand } from '../../bench/commands/report.ts';
import { storeRun } from '../builders/stored.ts';
import { done, type Done, workIn } from './in-process.ts';

const folder = await mkdtemp(join(tmpdir(), 'highwater-test-report-'));
after(() => rm(folder, { recursive: true }));
workIn(folder);

const ids = ['2026-01-01T00-00-00Z-aaaa', '2026-01-02T00-00-00Z-bbbb'] as const;
for (const runId of ids) await storeRun({ under: 'reports', runId, cells: { 1: [5_000, 5_100], all: [9_000, 9_100] } });

const placeOf = (id: string): string => join('reports', 'acks', id);
const report = (run: readonly string[], over: object = {}): Promise<Done> =>
  done(reportCommand, { run, out: 'reports', json: false, format: 'html', extract: false, assets: 'inline', ...over });

test('a run is rendered into its own folder, and rendering it again writes nothing', async () => {
  const first = await report([ids[0]]);
  assert.deepEqual([first.exitCode, first.stdout], [0, `  ${join(placeOf(ids[0]), 'report.html')}\n`]);
  const again = await report([ids[0]]);
  assert.match(again.stdout, /report\.html {2}\(as it was\)\n$/);
  const byPath = await report([placeOf(ids[0])]);
  assert.match(byPath.stdout, /report\.html {2}\(as it was\)\n$/);
});

test('a file that differs is left as it is: the new one stands beside it', async () => {
  const result = join(placeOf(ids[1]), 'result.json');
  await writeFile(result, 'of another release');
  const { stdout } = await report([ids[1]], { format: 'json' });
  assert.match(stdout, /result-2\.json\n$/);
  assert.equal(await readFile(result, 'utf8'), 'of another release');
});

test('all formats go where they are asked to', async () => {
  const { exitCode } = await report(['latest'], { format: 'html,md,csv,junit,json', outDir: 'elsewhere' });
  assert.equal(exitCode, 0);
  const files = ['junit.xml', 'report.html', 'report.md', 'result.json', 'trials.csv'];
  assert.deepEqual((await readdir('elsewhere')).toSorted(), files);
});

test('several runs share one page, with the cells of the same name together, and keep other files apart', async () => {
  const { stdout } = await report(ids, { format: 'html,csv', outDir: 'both' });
  assert.equal(stdout.trim().split('\n').length, 3);
  const files = [`${ids[0]}.trials.csv`, `${ids[1]}.trials.csv`, 'runs.html'];
  assert.deepEqual((await readdir('both')).toSorted(), files);
  const page = await readFile(join('both', 'runs.html'), 'utf8');
  const table = page.slice(page.indexOf('Cells of the same name'), page.indexOf('</table>'));
  assert.deepEqual(
    [...table.matchAll(/acks=\w+|href="#run-\d"/g)].map(([text]) => text),
    ['acks=1', 'href="#run-1"', 'acks=1', 'href="#run-2"', 'acks=all', 'href="#run-1"', 'acks=all', 'href="#run-2"'],
  );
});

test('charts are pictures that need nothing beside them, and drawing them again writes nothing', async () => {
  const drawn = await report([ids[0]], { format: 'svg', outDir: 'pictures' });
  assert.match(drawn.stdout, /charts\/latency-ack\.svg$/m);
  const svg = await readFile(join('pictures', 'charts', 'latency-ack.svg'), 'utf8');
  assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.doesNotMatch(svg, /var\(/);
  const again = await report([ids[0]], { format: 'svg', outDir: 'pictures' });
  assert.doesNotMatch(again.stdout, /svg$/m);
});

test('charts of several runs lie apart, and a PNG shows its words or is refused', async () => {
  const { exitCode, stderr } = await report(ids, { format: 'png', outDir: 'pixels' });
  if (exitCode === 3) return assert.match(stderr, /This host has no font[^]*--format svg/);
  assert.equal(exitCode, 0, stderr);
  const png = await readFile(join('pixels', 'charts', ids[1], 'latency-ack.png'));
  assert.deepEqual([...png.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
});

test('a page can have its styles and its script beside it, and allows nothing else then', async () => {
  await report([ids[0]], { assets: 'folder', outDir: 'apart' });
  const folder = join('apart', 'report');
  assert.deepEqual((await readdir(folder)).toSorted(), ['index.html', 'report.css', 'report.js']);
  const page = await readFile(join(folder, 'index.html'), 'utf8');
  assert.doesNotMatch(page, /<style|unsafe-inline|sha256-/);
  assert.match(page, /style-src 'self'; script-src 'self'/);
  const whole = await readFile(join(placeOf(ids[0]), 'report.html'), 'utf8');
  for (const file of ['report.css', 'report.js']) {
    const text = await readFile(join(folder, file), 'utf8');
    assert.ok(text.length > 1_000 && whole.includes(text), file);
  }
});

test('the numbers of a page can be had of the run, and of its file, and are the same', async () => {
  await report([ids[0]]);
  const ofRun = await report([ids[0]], { extract: true });
  const ofFile = await report([join(placeOf(ids[0]), 'report.html')], { extract: true });
  assert.equal(ofRun.stdout, ofFile.stdout);
  const data = JSON.parse(ofRun.stdout) as { runId: string; cells: { label: string }[] };
  assert.deepEqual([data.runId, data.cells.map(({ label }) => label)], [ids[0], ['acks=1', 'acks=all']]);
});

for (const [what, run, over, said] of [
  ['a run that is not there', ['nosuch'], {}, /There is no run "nosuch" under reports/],
  ['a format that is none', [ids[0]], { format: 'html,xls' }, /--format: there is no format "xls"/],
  ['a page that is not there', ['no.html'], { extract: true }, /There is no page no\.html/],
] as const) {
  test(`${what} ends with 2`, async () => {
    const { exitCode, stdout, stderr } = await report(run, over);
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, said);
  });
}
