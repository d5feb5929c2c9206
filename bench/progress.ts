/** Shows on stderr how a run goes: a frame on a terminal, lines elsewhere, JSON for programs. */
import type { Plan, RunEvent } from '../src/index.ts';
import { Course } from './progress/course.ts';
import { jsonProgress } from './progress/json.ts';
import { liveProgress } from './progress/live.ts';
import { plainProgress } from './progress/plain.ts';
import { gitHubSections, gitLabSections, type Sections } from './progress/sections.ts';
import type { Terminal } from './terminal.ts';

export type ProgressMode = 'auto' | 'live' | 'plain' | 'json' | 'none';

export interface ProgressFlags {
  readonly quiet: boolean;
  /** How often it was said; not at all unless given. */
  readonly verbose?: number | undefined;
  readonly progress: ProgressMode;
}

export interface Progress extends Disposable {
  note(text: string): void;
  show(event: RunEvent): void;
  /** Removes the frame, and ends what was begun; more than once does nothing. */
  end(): void;
}

const silence: Progress = { note: nothing, show: nothing, end: nothing, [Symbol.dispose]: nothing };

/** Opens the progress that the flags ask for; `auto` looks at what stderr is and at who runs the program. */
export function openProgress(
  { quiet, verbose = 0, progress: mode }: ProgressFlags,
  plan: Plan,
  { terminal, environment = process.env }: { readonly terminal: Terminal; readonly environment?: NodeJS.ProcessEnv },
): Progress {
  const course = new Course(plan);
  const sections = mode === 'auto' ? sectionsOf(environment) : null;
  if (quiet || mode === 'none') return silence;
  if (mode === 'json') return jsonProgress(course, terminal);
  if (mode === 'live' || (mode === 'auto' && terminal.isLive)) return liveProgress(course, terminal);
  return plainProgress(course, { terminal, isVerbose: verbose > 0, sections });
}

/** How the log of the CI system is divided; null where it is not. */
function sectionsOf(environment: NodeJS.ProcessEnv): Sections | null {
  if (environment['GITHUB_ACTIONS'] === 'true') return gitHubSections;
  return (environment['GITLAB_CI'] ?? '') === '' ? null : gitLabSections;
}

function nothing(): void {}
