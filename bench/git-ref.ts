/** Takes a repository's files as they are at a git ref into a temporary folder, which goes however the program ends. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { HarnessError, messageOf, openGuard } from '../src/index.ts';

/** Files of a ref. */
export interface CheckedOut extends AsyncDisposable {
  /** The repository's own folder, and … */
  readonly repository: string;
  /** … its files at that ref. */
  readonly tree: string;
  /** Short. */
  readonly commit: string;
}

/**
 * Checks a ref of the repository that a folder lies in out into a temporary folder. The repository, its index and its list of
 * worktrees stay as they are.
 * @throws HarnessError `usage` for a folder in no repository, or a ref that it does not have
 */
export async function checkOut(ref: string, folder: string): Promise<CheckedOut> {
  const repository = await repositoryOf(ref, folder);
  const commit = await commitOf(ref, repository);
  await using opened = new AsyncDisposableStack();
  const guard = opened.use(await openGuard());
  const temporary = await realpath(await mkdtemp(join(tmpdir(), 'highwater-against-')));
  guard.remove(temporary);
  const tree = join(temporary, 'tree');
  await mkdir(tree);
  // an index of its own leaves the repository's as it is
  const environment = { GIT_INDEX_FILE: join(temporary, 'index') };
  await git(['read-tree', commit], repository, environment);
  await git(['checkout-index', '--all', `--prefix=${tree.split(sep).join('/')}/`], repository, environment);
  // modules of the scenario's find the packages of today there
  await symlink(join(repository, 'node_modules'), join(tree, 'node_modules'), 'junction').catch(() => undefined);
  const rest = opened.move();
  return { repository, tree, commit, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** @throws HarnessError `environment` where there is no git; whatever git itself says else */
async function git(args: readonly string[], folder: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const env = { ...process.env, ...environment };
  try {
    const { stdout } = await promisify(execFile)('git', [...args], { cwd: folder, env, maxBuffer: 2 ** 26 });
    return stdout.trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new HarnessError('environment', `git could not be started: ${messageOf(cause)}.`, {
      hint: 'Install git, or name a scenario file.',
      cause,
    });
  }
}

/** What git wrote, in one line. */
const reasonOf = (error: unknown): string =>
  ((error as { readonly stderr?: string }).stderr ?? '').trim().split('\n')[0] ?? '';

async function repositoryOf(ref: string, folder: string): Promise<string> {
  try {
    return await realpath(await git(['rev-parse', '--show-toplevel'], folder));
  } catch (cause) {
    if (cause instanceof HarnessError) throw cause;
    const message = `--against ${ref}: there is no such file, and ${folder} lies in no git repository that can be read (${reasonOf(cause)}).`;
    throw new HarnessError('usage', message, {
      hint: 'Name a scenario file, or a ref of the repository that the scenario lies in.',
      cause,
    });
  }
}

async function commitOf(ref: string, repository: string): Promise<string> {
  const unknown = (cause?: unknown): HarnessError =>
    new HarnessError('usage', `--against ${ref}: there is neither such a file nor such a ref.`, {
      hint: 'A shallow clone has no other branches: `git fetch` the ref first (GitHub: actions/checkout with fetch-depth: 0, and origin/main).',
      cause,
    });
  // git would take it for an option
  if (ref === '' || ref.startsWith('-')) throw unknown();
  try {
    return await git(['rev-parse', '--short', '--verify', '--quiet', `${ref}^{commit}`], repository);
  } catch (cause) {
    throw cause instanceof HarnessError ? cause : unknown(cause);
  }
}
