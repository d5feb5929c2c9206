/** Starts the services of a docker compose file as a project of its own, and sees to it that nothing of it is left. */
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type ClientSecurity, plainText } from '../drivers/driver.ts';
import { HarnessError, messageOf } from '../support/errors.ts';
import type { Access } from './admin.ts';
import type { OnProgress } from '../support/cache.ts';
import {
  brokersIn,
  type ComposeBroker,
  type ComposeConfig,
  readComposeConfig,
  sharedResources,
} from './compose-config.ts';
import { type Finished, findCompose, lastLines, runCommand } from './docker.ts';
import { findExternalCluster } from './external.ts';
import { type Guard, openGuard } from './guard.ts';
import { type ClusterMembers, untilServing } from './readiness.ts';

/** How a compose file is started. */
export interface ComposeOptions {
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How clients speak to the brokers; in plain text unless given. */
  readonly security?: ClientSecurity | undefined;
  /** What docker and compose see; this process's unless given. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** Brokers in containers that serve. Disposing removes the project's containers, networks and volumes, and no others. */
export interface ComposeCluster extends AsyncDisposable {
  readonly members: ClusterMembers;
  /** Where clients on this host begin. */
  readonly addresses: readonly string[];
  /** The error of a broker whose container has ended though nobody stopped it; undefined while all is well. */
  failure(): Promise<HarnessError | undefined>;
}

const serveTimeoutMillis = 120_000;
const watchMillis = 1_000;
const tailLines = 15;

/** What an engine says where a published port or a container's name is somebody else's. */
const taken = /port is already allocated|address already in use|ports are not available|in use by container/i;

/** How docker describes a container that does not run, or not for long. */
const notRunning = /^(?:Created|Exited|Dead|Restarting|Removal)/;

/** A compose project that is ours alone. */
interface Project {
  readonly file: string;
  readonly name: string;
  /** `docker compose`, with the project and its file. */
  readonly compose: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Takes it down should the harness die; none while nothing was started. */
  readonly guard?: Guard;
}

/** Runs a command of compose on the project. */
const inProject = (project: Project, args: readonly string[], signal?: AbortSignal): Promise<Finished> =>
  runCommand([...project.compose, ...args], { ...project, signal });

async function requireFile(file: string): Promise<void> {
  if ((await stat(file).catch(() => undefined))?.isFile()) return;
  throw new HarnessError('usage', `There is no compose file ${file}.`, {
    hint: 'Check cluster.compose: its path counts from the folder of the scenario.',
  });
}

/** The file as compose resolves it. Volumes and networks that others use too would go with ours: they are refused. */
async function readConfig(project: Project, signal: AbortSignal | undefined): Promise<ComposeConfig> {
  const { file, name } = project;
  const { exitCode, stdout, stderr } = await inProject(project, ['config'], signal);
  if (exitCode !== 0) {
    throw new HarnessError('usage', `Compose does not take ${file}: ${lastLines(stderr, 5)}`, {
      hint: `Mend it until docker compose -f ${file} config accepts it.`,
    });
  }
  const config = readComposeConfig(stdout);
  const shared = sharedResources(config, name);
  if (shared.length === 0) return config;
  throw new HarnessError('usage', `${file} names ${shared.join(', ')} so that other projects can have it too.`, {
    hint: 'Highwater removes all that it starts, with the data: leave that name out, or mark it as external.',
  });
}

function requireBrokers(
  { file }: Project,
  services: Iterable<string>,
  brokers: readonly ComposeBroker[],
): readonly ComposeBroker[] {
  if (brokers.length > 0) return brokers;
  const all = [...services].join(', ') || 'none';
  throw new HarnessError(
    'usage',
    `${file} starts no service that clients on this host can reach as a broker (services: ${all}).`,
    {
      hint: "Publish the port that a listener advertises for this host (ports: ['9092:9092'], KAFKA_ADVERTISED_LISTENERS: CLIENT://localhost:9092), or choose the profile with COMPOSE_PROFILES.",
    },
  );
}

/** The last that services logged, as a sentence. */
async function logTail(project: Project, services: readonly string[] = []): Promise<string> {
  const { stdout } = await inProject(project, ['logs', '--no-color', '--tail', String(tailLines), ...services]);
  const tail = lastLines(stdout, tailLines);
  return tail === '' ? 'Nothing was logged.' : `The end of the log:\n${tail}`;
}

async function missingImages(project: Project, { services }: ComposeConfig): Promise<string[]> {
  const missing: string[] = [];
  for (const image of new Set(Object.values(services).flatMap(service => service.image ?? []))) {
    const { exitCode } = await runCommand(['docker', 'image', 'inspect', image], project);
    if (exitCode !== 0) missing.push(image);
  }
  return missing;
}

async function notStarted(project: Project, config: ComposeConfig, { stderr }: Finished): Promise<HarnessError> {
  const { file } = project;
  const conflict = stderr.split('\n').findLast(line => taken.test(line));
  if (conflict !== undefined) {
    return new HarnessError('environment', `${file} asks for a port or a name that is taken: ${conflict.trim()}`, {
      hint: 'End what has it (docker ps lists containers); if it is the cluster to measure, name it with --brokers.',
    });
  }
  const missing = await missingImages(project, config);
  if (missing.length > 0) {
    return new HarnessError('environment', `The image ${missing.join(', ')} cannot be had: ${lastLines(stderr, 1)}`, {
      hint: `Check its name and the network: docker pull ${missing[0]} must succeed.`,
    });
  }
  const message = `The services of ${file} did not start: ${lastLines(stderr, 3)}\n${await logTail(project)}`;
  return new HarnessError('environment', message, { hint: `Try docker compose -f ${file} up by hand.` });
}

/** By service: what docker says of its container, like `Exited (1) 5 seconds ago`. */
async function statesOf(project: Project): Promise<Map<string, string>> {
  const ofProject = ['--all', '--filter', `label=com.docker.compose.project=${project.name}`];
  const format = ['--format', '{{.Label "com.docker.compose.service"}}\t{{.Status}}'];
  const { exitCode, stdout, stderr } = await runCommand(['docker', 'ps', ...ofProject, ...format], project);
  if (exitCode !== 0) {
    throw new HarnessError('environment', `Docker does not list its containers: ${lastLines(stderr, 1)}`, {
      hint: 'Check that its engine still runs.',
    });
  }
  const lines = stdout.split('\n').filter(line => line !== '');
  return new Map(lines.map(line => line.split('\t', 2) as [string, string]));
}

async function failureOf(project: Project, brokers: readonly ComposeBroker[]): Promise<HarnessError | undefined> {
  const states = await statesOf(project);
  for (const { service } of brokers) {
    const state = states.get(service) ?? 'its container is gone';
    if (states.has(service) && !notRunning.test(state)) continue;
    const log = states.has(service) ? ` ${await logTail(project, [service])}` : '';
    return new HarnessError('environment', `The broker ${service} ended by itself (${state}).${log}`, {
      hint: `Check its settings in ${project.file}, the free memory and the free disk space.`,
    });
  }
  return undefined;
}

async function untilEnded(project: Project, brokers: readonly ComposeBroker[], signal: AbortSignal): Promise<never> {
  for (;;) {
    await pause(watchMillis, undefined, { signal });
    const failure = await failureOf(project, brokers);
    if (failure !== undefined) throw failure;
  }
}

async function untilMembersServe(project: Project, access: Access, signal: AbortSignal): Promise<ClusterMembers> {
  try {
    await untilServing(access, { timeoutMillis: serveTimeoutMillis, signal });
  } catch (cause) {
    // brokers that serve, and refuse this client, have said why
    if (!(cause instanceof HarnessError) || cause.cause !== undefined) throw cause;
    throw new HarnessError('environment', `${cause.message} ${await logTail(project)}`, {
      hint: `Check the settings in ${project.file}; a busy host needs longer.`,
      cause,
    });
  }
  return findExternalCluster(access, signal);
}

/** Waits until the brokers serve, or until the container of one has ended. */
async function untilServingOrEnded(
  project: Project,
  brokers: readonly ComposeBroker[],
  { signal, security = plainText }: ComposeOptions,
): Promise<ClusterMembers> {
  const waiting = new AbortController();
  const either = signal === undefined ? waiting.signal : AbortSignal.any([waiting.signal, signal]);
  const access: Access = { brokers: brokers.map(({ address }) => address), security };
  const outcomes = [untilMembersServe(project, access, either), untilEnded(project, brokers, either)];
  for (const outcome of outcomes) outcome.catch(() => {}); // one of them loses the race, and stops
  try {
    return await Promise.race(outcomes);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    waiting.abort();
  }
}

/** Without a pause for brokers to put their data in order: it goes away with them. */
const down = ['down', '--volumes', '--remove-orphans', '--timeout', '0'] as const;

/** The guard does it once more, a moment later: an engine may still do what a start that was broken off asked of it. */
async function takeDown(project: Project): Promise<void> {
  const command = [...project.compose, ...down];
  const { exitCode, stderr } = await runCommand(command, project);
  await project.guard?.[Symbol.asyncDispose]();
  if (exitCode === 0) return;
  throw new HarnessError('environment', `Containers of ${project.file} may be left: ${lastLines(stderr, 5)}`, {
    hint: `Remove them with ${command.join(' ')}`,
  });
}

/** What a start needs besides its options. */
interface Parts {
  readonly config: ComposeConfig;
  readonly brokers: readonly ComposeBroker[];
}

async function start(project: Project, parts: Parts, options: ComposeOptions): Promise<ComposeCluster> {
  const up = await inProject(project, ['up', '--detach'], options.signal);
  if (up.exitCode !== 0) throw await notStarted(project, parts.config, up);
  const states = await statesOf(project);
  const started = parts.brokers.filter(({ service }) => states.has(service)); // compose 1 tells of all profiles
  const brokers = requireBrokers(project, states.keys(), started);
  return {
    members: await untilServingOrEnded(project, brokers, options),
    addresses: brokers.map(({ address }) => address),
    failure: () => failureOf(project, brokers),
    [Symbol.asyncDispose]: () => takeDown(project),
  };
}

/**
 * Starts the services of a compose file and waits until its brokers serve. Which services those are is compose's to say: all
 * without a profile, and those of the profiles in COMPOSE_PROFILES, from the environment or a file `.env` beside the compose
 * file. The project's name is new in every start: a project that somebody runs from the same file is left alone, and may be
 * in the way of its ports. Clients reach containers through the engine's proxy, which costs latency.
 * @throws HarnessError 'usage' for a file that is not there or has no broker for this host, 'environment' where docker, its
 * engine, an image or a port cannot be had, or a broker ends
 */
export async function openComposeCluster(file: string, options: ComposeOptions = {}): Promise<ComposeCluster> {
  const { onProgress, signal, environment = process.env } = options;
  await requireFile(file);
  const program = await findCompose({ environment, signal });
  const name = `highwater-${process.pid}-${randomBytes(4).toString('hex')}`;
  const planned: Project = { file, name, environment, compose: [...program, '-p', name, '-f', file] };
  const config = await readConfig(planned, signal);
  const brokers = requireBrokers(planned, Object.keys(config.services), brokersIn(config));
  onProgress?.(`starting the services of ${file}; images that are not here are fetched first`);
  const guard = await openGuard(environment);
  const project: Project = { ...planned, guard };
  guard.run([...project.compose, ...down]);
  try {
    return await start(project, { config, brokers }, options);
  } catch (error) {
    await takeDown(project).catch(failure => onProgress?.(messageOf(failure))); // what went wrong first is thrown
    throw error;
  }
}
