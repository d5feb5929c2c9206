/** Measures how much Java's compilers still work in brokers of this host: while they do, a broker is getting faster. */
import { readdir, readFile } from 'node:fs/promises';

/** What Linux calls the threads of Java's two just-in-time compilers; it cuts names at 15 characters. */
const compilerThread = /^C[12] CompilerThre/;

/** Linux counts CPU time in hundredths of a second, whatever the processor (USER_HZ). */
const ticksPerSecond = 100;

/** A line of /proc/PID/task/TID/stat → the thread's name and its CPU time; a name may hold anything, so the last bracket ends it. */
export function parseThreadStat(line: string): { readonly name: string; readonly cpuSeconds: number } {
  const end = line.lastIndexOf(')');
  const fields = line.slice(end + 2).split(' ');
  // fields 14 and 15 of proc(5), utime and stime, counted from the third
  return {
    name: line.slice(line.indexOf('(') + 1, end),
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
  };
}

async function compilerSecondsOf(pid: number): Promise<number> {
  const folder = `/proc/${pid}/task`;
  const threads = await readdir(folder);
  const lines = await Promise.all(threads.map(thread => readFile(`${folder}/${thread}/stat`, 'utf8').catch(() => '')));
  return lines
    .map(parseThreadStat)
    .filter(({ name }) => compilerThread.test(name))
    .reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

async function compilerCpuSeconds(pids: readonly number[]): Promise<number | null> {
  if (pids.length === 0 || process.platform !== 'linux') return null;
  try {
    const seconds = await Promise.all(pids.map(compilerSecondsOf));
    return seconds.reduce((sum, one) => sum + one, 0);
  } catch {
    return null; // one of them has just ended
  }
}

/** Begins to watch these Java processes; what it returns tells how many cores their compilers took since, null where nobody knows. */
export async function watchCompilers(pids: readonly number[]): Promise<() => Promise<number | null>> {
  const before = await compilerCpuSeconds(pids);
  const startMillis = performance.now();
  return async () => {
    const after = await compilerCpuSeconds(pids);
    if (before === null || after === null) return null;
    return ((after - before) * 1e3) / (performance.now() - startMillis);
  };
}
