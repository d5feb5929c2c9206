/** Compiles the program and the library into `dist/`, which a packed release holds: Node strips no types under `node_modules`. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, rmSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const into = join(root, 'dist');
const code = new Set(['.ts', '.js']);

const twins = globSync('{bench,src}/**/*.js', { cwd: root }).filter(file =>
  existsSync(join(root, file.replace(/js$/, 'ts'))),
);
if (twins.length > 0) throw new Error(`What is compiled beside ${twins.join(', ')} would take its place: rename it.`);
rmSync(into, { recursive: true, force: true });
const { status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (status !== 0) process.exit(1);
for (const file of globSync('{bench,src}/**/*.*', { cwd: root })) {
  if (!code.has(extname(file)) && isOfProgram(dirname(file))) cpSync(join(root, file), join(into, file));
}

/** Whether files of that folder are read by what was compiled: a folder whose code was left out is the repository's alone. */
function isOfProgram(folder: string): boolean {
  const hasCode = globSync('*.{ts,js}', { cwd: join(root, folder) }).length > 0;
  return existsSync(join(into, folder)) || (!hasCode && isOfProgram(dirname(folder)));
}
