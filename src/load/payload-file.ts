/** Reads messages from a file: one JSON object `{ key?, value, headers? }` a line. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { HarnessError, messageOf } from '../support/errors.ts';
import type { PayloadLine } from './payloads.ts';

const Line = z.strictObject({
  key: z.string().optional(),
  value: z.union([z.string(), z.record(z.string(), z.unknown())]),
  headers: z.record(z.string(), z.string()).default({}),
});

/**
 * The file's messages in order; an object as value becomes its JSON text. Empty lines are passed over.
 * @throws HarnessError `usage` if the file cannot be read, holds no message, or has a line of another form
 */
export async function readPayloadFile(path: string): Promise<PayloadLine[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HarnessError('usage', `The payload file ${path} cannot be read: ${messageOf(cause)}`, { cause });
  });
  const lines = text
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' ? [] : [parseLine(line, `${path}:${i + 1}`)]));
  if (lines.length === 0) throw new HarnessError('usage', `The payload file ${path} holds no messages.`);
  return lines;
}

function parseLine(line: string, place: string): PayloadLine {
  const hint = 'A line reads like {"key": "a", "value": {"amount": 3}, "headers": {"source": "web"}}.';
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (cause) {
    throw new HarnessError('usage', `${place}: ${messageOf(cause)}`, { hint, cause });
  }
  const checked = Line.safeParse(parsed);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw new HarnessError(
      'usage',
      `${place}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not a message'}`,
      { hint },
    );
  }
  const { key = null, value, headers } = checked.data;
  return { key, value: typeof value === 'string' ? value : JSON.stringify(value), headers };
}
