/** Runs a program whose output nobody wants to see unless it fails. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/**
 * Runs a program to its end, with its output at the end of a log file.
 * @param {string} program
 * @param {string[]} args
 * @param {object} options
 * @param {string} options.cwd
 * @param {NodeJS.ProcessEnv} options.env
 * @param {string} options.log
 * @param {(pid: number) => void} options.started is told its process number
 * @param {number} [options.mostMillis] it is ended after so long
 * @returns {Promise<string>} `done`, or how it ended, to follow the program's name
 */
export async function run(program, args, { cwd, env, log, started, mostMillis }) {
  const output = openSync(log, 'a');
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: ['ignore', output, output],
    ...(mostMillis === undefined ? {} : { timeout: mostMillis }),
  });
  closeSync(output);
  if (child.pid !== undefined) started(child.pid);
  return new Promise(resolve => {
    child.once('error', error => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(code === 0 ? 'done' : `ended with ${signal ?? `exit code ${code}`}`));
  });
}
