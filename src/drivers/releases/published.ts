/** Says what is wrong with a release that npm could not install: that there is none, with those next to it, or what npm says. */
import { tmpdir } from 'node:os';
import { HarnessError } from '../../support/errors.ts';
import type { Ended, Npm } from './npm.ts';
import { clientPackages, type Release, titleOf } from './packages.ts';

/** npm's codes for a version, or a package, that its registry does not have. */
const notThere = new Set(['ETARGET', 'E404']);

/** npm's codes for a registry that it does not reach. */
const outOfReach =
  /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|.*TIMEDOUT|.*TIMEOUT|ENOTCACHED)$/;

const mostComplaints = 3;

/** What npm's own words come to: `usage` where there is no such release, else `environment`. */
export async function installFailure(release: Release, { code, stderr }: Ended, npm: Npm): Promise<HarnessError> {
  const said = errorLines(stderr);
  const reason = /^code (\S+)$/m.exec(said.join('\n'))?.[1] ?? `exit code ${code}`;
  if (notThere.has(reason)) return noSuchRelease(release, await publishedVersions(release, npm));
  const words = said.filter(line => !/^(?:code|syscall|errno) /.test(line)).slice(0, mostComplaints);
  const hint = outOfReach.test(reason)
    ? `Check the network, the proxy and npm's registry (npm ping), or leave the version away: then the installed client is used.`
    : `Mend what npm says (npm install ${clientPackages[release.driver]}@${release.version} anywhere shows all of it), then start again.`;
  return new HarnessError(
    'environment',
    `${titleOf(release)} could not be fetched: npm ended with ${reason}${words.length > 0 ? ` (${words.join('; ')})` : ''}.`,
    { hint },
  );
}

const errorLines = (stderr: string): string[] =>
  stderr.split('\n').flatMap(line => /^npm (?:error|ERR!) (.+)$/.exec(line)?.[1]?.trim() ?? []);

/** The exact releases that are published; none where npm does not tell. */
async function publishedVersions({ driver }: Release, npm: Npm): Promise<string[]> {
  try {
    const { code, stdout } = await npm(['view', clientPackages[driver], 'versions', '--json'], { cwd: tmpdir() });
    const versions: unknown = code === 0 ? JSON.parse(stdout) : [];
    return [versions].flat().filter(version => typeof version === 'string');
  } catch {
    return [];
  }
}

function noSuchRelease(release: Release, published: readonly string[]): HarnessError {
  const near = nearestVersions(release.version, published);
  const hint =
    near.length === 0
      ? `npm view ${clientPackages[release.driver]} versions lists what there is.`
      : `Published are, next to it: ${near.join(', ')}.`;
  return new HarnessError('usage', `There is no release ${titleOf(release)}.`, { hint });
}

/** Up to two published releases below and two above a version. Those before a release (`-rc1`) only where one is asked for. */
export function nearestVersions(version: string, published: readonly string[]): string[] {
  const wanted = isBeforeRelease(version) ? published : published.filter(one => !isBeforeRelease(one));
  const sorted = wanted.toSorted(compareVersions);
  const at = sorted.findIndex(one => compareVersions(one, version) > 0);
  const place = at === -1 ? sorted.length : at;
  return sorted.slice(Math.max(0, place - 2), place + 2);
}

const isBeforeRelease = (version: string): boolean => version.includes('-');

/** In their order: number by number, and what comes before a release below it. */
function compareVersions(a: string, b: string): number {
  const [ours, theirs] = [a, b].map(partsOf) as [Parts, Parts];
  for (const [i, number] of ours.numbers.entries()) {
    const difference = number - (theirs.numbers[i] ?? 0);
    if (difference !== 0) return difference;
  }
  if (ours.tag === theirs.tag) return 0;
  if (ours.tag === '' || theirs.tag === '') return ours.tag === '' ? 1 : -1;
  return ours.tag.localeCompare(theirs.tag, 'en', { numeric: true });
}

interface Parts {
  readonly numbers: readonly number[];
  readonly tag: string;
}

function partsOf(version: string): Parts {
  const [numbers = '', ...tag] = version.split('-');
  return { numbers: numbers.split('.').map(Number), tag: tag.join('-') };
}
