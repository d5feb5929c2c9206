/** Reads what a run is to be called: `--name`, and `--label key=value` as often as there are labels. */
import { HarnessError } from '../src/index.ts';

export interface NameFlags {
  readonly name?: string | undefined;
  readonly label?: readonly string[] | undefined;
}

/** What a run's header keeps of them. */
export interface RunName {
  readonly title?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** @throws HarnessError `usage` for an empty name, or a label that is none */
export function nameOf({ name, label = [] }: NameFlags): RunName {
  if (name?.trim() === '')
    throw new HarnessError('usage', '--name is empty.', { hint: 'Write it like --name "new disks".' });
  const labels = labelsOf(label);
  return {
    ...(name === undefined ? {} : { title: name }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
}

function labelsOf(written: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const label of written) {
    const [, key, value] = /^([\w.-]+)=(.+)$/.exec(label) ?? [];
    if (key === undefined || value === undefined) {
      throw new HarnessError('usage', `--label ${label} is no label.`, { hint: 'Write it like --label ticket=42.' });
    }
    if (labels[key] !== undefined && labels[key] !== value) {
      throw new HarnessError('usage', `--label ${key} is given twice: ${labels[key]}, ${value}.`, {
        hint: 'Give it once.',
      });
    }
    labels[key] = value;
  }
  return labels;
}
