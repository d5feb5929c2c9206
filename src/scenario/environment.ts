/** Puts the environment's values in place of `${NAME}` and `${NAME:-default}`. */

/** The environment, as `process.env` is. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What came of a text, or why nothing did. */
export type Interpolated =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string; readonly hint: string };

const reference = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?/g;

/** Whether a text is exactly one reference without a default: the only form in which a secret may be written. */
export const isReference = (text: string): boolean => /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(text);

/** Whether a text refers to the environment (or escapes that). */
export const hasReference = (text: string): boolean => text.includes('${');

/** Replaces every reference; `$${` stands for `${`. A default takes the place of a variable that is empty, too. */
export function interpolate(text: string, environment: Environment): Interpolated {
  const problems: { message: string; hint: string }[] = [];
  const replaced = text.replaceAll(reference, (match: string, name?: string, byDefault?: string) => {
    if (match === '$${') return '${';
    if (name === undefined) {
      problems.push({
        message: '"${" begins no reference',
        hint: 'write ${NAME}, ${NAME:-default}, or $${ for the text itself',
      });
      return '';
    }
    const value = environment[name];
    if (byDefault !== undefined) return value === undefined || value === '' ? byDefault : value;
    if (value === undefined) problems.push({ message: `the environment has no ${name}`, hint: `set ${name}` });
    return value ?? '';
  });
  const [problem] = problems;
  return problem ? { ok: false, ...problem } : { ok: true, text: replaced };
}
