import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../src/support/errors.ts';
import { clientCertificate, clientKey } from './cluster/secured.ts';
import { problemsOf } from './plan/planning.ts';

const root = resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const documents = ['README.md', ...globSync('docs/*.md', { cwd: root })];

/** What scenarios in documents name, and whoever runs them has. */
const certificates = { 'ca.pem': clientCertificate, 'client.pem': clientCertificate, 'client.key': clientKey };
const variables = { KAFKA_USER: 'somebody', KAFKA_PASSWORD: 'something' };

/** What stands between backticks. */
const codeOf = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(match => match[1] ?? '');

test('the README explains every exit code', () => {
  const rows = read('README.md').matchAll(/^\| (\d+(?:, \d+)*) \|/gm);
  const explained = [...rows].flatMap(row => (row[1] ?? '').split(', ').map(Number));
  assert.deepEqual(explained, Object.values(exitCodes));
});

test('docs/architecture.md knows every folder of src/', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter(entry => entry.isDirectory());
  const named = codeOf(read('docs/architecture.md'));
  assert.deepEqual(
    folders.map(({ name }) => `src/${name}/`).filter(folder => !named.includes(folder)),
    [],
  );
});

for (const document of documents) {
  test(`${document} names only files that exist`, () => {
    const paths = codeOf(read(document)).filter(code =>
      /^(?:src|bench|test|docs|scenarios|\.ci)\/[\w./-]*$/.test(code),
    );
    assert.deepEqual(
      paths.filter(path => !existsSync(join(root, path))),
      [],
    );
  });

  const scenarios = [...read(document).matchAll(/^```yaml\n([^]*?)^```$/gm)].map(match => match[1] ?? '');
  for (const [i, text] of scenarios.entries()) {
    test(`scenario ${i + 1} of ${document} can be run as it stands`, async () => {
      const inPlace = text.replaceAll('./partitioners/', `${join(root, 'scenarios/partitioners')}/`);
      assert.deepEqual(await problemsOf(inPlace, certificates, variables), []);
    });
  }

  test(`${document} names only npm scripts that exist`, () => {
    const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);
    const named = [...read(document).matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(test)\b)/g)].map(
      match => match[1] ?? match[2] ?? '',
    );
    assert.deepEqual(
      named.filter(name => !scripts.includes(name)),
      [],
    );
  });
}
