/** Reads the text of `sasl.jaas.config`: the name of a login module and its options. */

/** A login module as a client configures it. */
export interface LoginModule {
  /** Its class without the package: `ScramLoginModule`. */
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
}

const token = /\s*(?:"((?:\\[^]|[^"\\])*)"|'((?:\\[^]|[^'\\])*)'|([\w.$-]+)|([=;]))/y;

/** A word, quoted or not, or a sign. */
interface Token {
  readonly kind: 'word' | 'sign';
  readonly text: string;
}

/** The text's parts; undefined where something in it is none. */
function tokensOf(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  token.lastIndex = 0;
  for (let at = 0; at < end; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null) return undefined;
    const [, double, single, word, sign] = match;
    const quoted = double ?? single;
    if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else tokens.push({ kind: 'word', text: quoted?.replaceAll(/\\([^])/g, '$1') ?? word ?? '' });
  }
  return tokens;
}

/** `org…ScramLoginModule required username="u" password="p";` → its parts; undefined where it does not read like that. */
export function parseLoginModule(text: string): LoginModule | undefined {
  const [module, flag, ...rest] = tokensOf(text) ?? [];
  const end = rest.at(-1);
  if (module?.kind !== 'word' || flag?.kind !== 'word' || end?.text !== ';' || rest.length % 3 !== 1) return undefined;
  const options: Record<string, string> = {};
  for (let i = 0; i < rest.length - 1; i += 3) {
    const [name, sign, value] = rest.slice(i, i + 3);
    if (name?.kind !== 'word' || sign?.text !== '=' || value?.kind !== 'word') return undefined;
    options[name.text] = value.text;
  }
  return { name: module.text.slice(module.text.lastIndexOf('.') + 1), options };
}
