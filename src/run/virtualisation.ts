/** Says whether this host is a machine of its own: figures of a container or a virtual machine compare with those of its like alone. */
import { access, readFile } from 'node:fs/promises';

/** `none`, `vm`, `container`, `vm+container`; null where the system does not tell. */
export async function virtualisation(): Promise<string | null> {
  const processors = await readFile('/proc/cpuinfo', 'utf8').catch(() => null);
  if (processors === null) return null;
  const marks = await Promise.all(['/.dockerenv', '/run/.containerenv'].map(isThere));
  const layers = [
    ...(/^flags\s*:.*\bhypervisor\b/m.test(processors) ? ['vm'] : []),
    ...(marks.includes(true) ? ['container'] : []),
  ];
  return layers.length === 0 ? 'none' : layers.join('+');
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
