/**
 * Lists the commands, in the order of `--help`. To add one: a file beside this one that exports what `defineCommand` makes of its
 * usage, description, positionals, options and handler (`schema.ts` is the shortest), and one entry here. Help, environment
 * forms, suggestions and shell completion follow.
 */
import type { Command } from '../command.ts';
import { agent } from './agent.ts';
import { baseline } from './baseline.ts';
import { calibrate } from './calibrate.ts';
import { capacity } from './capacity.ts';
import { cluster } from './cluster.ts';
import { compare } from './compare.ts';
import { completion } from './completion.ts';
import { doctor } from './doctor.ts';
import { explain } from './explain.ts';
import { gate } from './gate.ts';
import { history } from './history.ts';
import { init } from './init.ts';
import { list } from './list.ts';
import { plan } from './plan.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import { schema } from './schema.ts';
import { show } from './show.ts';
import { validate } from './validate.ts';

export const commands: readonly Command[] = [
  run,
  validate,
  plan,
  show,
  compare,
  gate,
  report,
  baseline,
  calibrate,
  capacity,
  history,
  init,
  doctor,
  list,
  cluster,
  agent,
  explain,
  schema,
  completion,
];
