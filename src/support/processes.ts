/** Ends processes and all that they started. */

/** Signals a process group, or on Windows the process; one that is gone already is fine. */
export function killGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Ends this process at once, as the signal does where nobody listens; a shell tells 130 of SIGINT and 143 of SIGTERM. `process.exit` would do it by tearing
 * Node down, in which the main thread and one that compiles can wait for each other for ever (nodejs/node#54918).
 * @param exitCode where there are no signals, on Windows
 */
export function endBySignal(signal: 'SIGINT' | 'SIGTERM', exitCode: number): void {
  if (process.platform === 'win32') process.exit(exitCode);
  // what restores a terminal listens for the exit that does not come
  process.emit('exit', exitCode);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
