/** Turns the SASL settings of a client properties file into who the client is. */
import type { ClientSasl } from '../../drivers/driver.ts';
import type { Place } from '../source.ts';
import type { FileSetting } from './draft.ts';
import { type LoginModule, parseLoginModule } from './jaas.ts';
import type { Report } from './pem.ts';

const modules = {
  PLAIN: { mechanism: 'plain', module: 'PlainLoginModule' },
  'SCRAM-SHA-256': { mechanism: 'scram-sha-256', module: 'ScramLoginModule' },
  'SCRAM-SHA-512': { mechanism: 'scram-sha-512', module: 'ScramLoginModule' },
  OAUTHBEARER: { mechanism: 'oauthbearer', module: 'OAuthBearerLoginModule' },
} as const;

/** Java renews such a token before it ends; here it is made once, and must outlast a run. */
const usualLifetimeSeconds = 86_400;

const claim = /^unsecuredLogin(String|Number|List)Claim_(.+)$/;

/** A claim as Java's own module for tests makes it: a list's first character separates its items. */
function claimValue(kind: string, text: string): string | number | string[] {
  if (kind === 'Number') return Number(text);
  return kind === 'List' ? text.slice(1).split(text.charAt(0)) : text;
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A token that nobody has signed, with the claims of the module's options: for brokers that take those, which test ones do. */
function unsecuredToken({ options }: LoginModule): string {
  const lifetimeSeconds = Number(options['unsecuredLoginLifetimeSeconds'] ?? usualLifetimeSeconds);
  const nowSeconds = Math.floor(Date.now() / 1e3);
  const claims = Object.entries(options).flatMap(([name, text]) => {
    const [, kind = '', key = ''] = claim.exec(name) ?? [];
    return key === '' ? [] : [[key, claimValue(kind, text)] as const];
  });
  const all = { iat: nowSeconds, exp: nowSeconds + lifetimeSeconds, ...Object.fromEntries(claims) };
  return `${encoded({ alg: 'none' })}.${encoded(all)}.`;
}

function userOf(mechanism: ClientSasl['mechanism'], module: LoginModule): ClientSasl | undefined {
  const { options } = module;
  if (mechanism === 'oauthbearer') {
    const hasClaims = Object.keys(options).some(name => claim.test(name));
    return hasClaims ? { mechanism, token: unsecuredToken(module) } : undefined;
  }
  const { username, password } = options;
  return username === undefined || password === undefined ? undefined : { mechanism, username, password };
}

/** The client's user; undefined, with an issue, where the settings name none. `protocol` is where SASL is asked for. */
export function saslOf(
  settings: ReadonlyMap<string, FileSetting>,
  protocol: Place,
  report: Report,
): ClientSasl | undefined {
  const refuse = (place: Place, code: 'E103' | 'E105' | 'E106' | 'E107', message: string, hint: string): undefined => {
    report({ place, code, message, hint });
    return undefined;
  };
  const named = settings.get('sasl.mechanism');
  const config = settings.get('sasl.jaas.config');
  const names = Object.keys(modules).join(', ');
  if (named === undefined) return refuse(protocol, 'E106', 'sasl.mechanism is missing', `write one of ${names}`);
  const name = named.value.toUpperCase();
  if (!Object.hasOwn(modules, name)) {
    return refuse(named.place, 'E103', 'sasl.mechanism: the value is none that is supported', `write one of ${names}`);
  }
  const { mechanism, module } = modules[name as keyof typeof modules];
  if (config === undefined) {
    return refuse(protocol, 'E106', 'sasl.jaas.config is missing', `write the options of ${module} into it`);
  }
  const login = parseLoginModule(config.value);
  if (login === undefined) {
    const hint = `write …${module} required name="value" …; on one line, or with a backslash at the end of each`;
    return refuse(config.place, 'E105', 'sasl.jaas.config: it does not read like a login module', hint);
  }
  if (login.name !== module) {
    return refuse(
      config.place,
      'E107',
      `sasl.jaas.config: ${name} needs ${module}`,
      'write that, or another mechanism',
    );
  }
  const user = userOf(mechanism, login);
  if (user !== undefined) return user;
  return mechanism === 'oauthbearer'
    ? refuse(
        config.place,
        'E107',
        'sasl.jaas.config: a token is taken from options like unsecuredLoginStringClaim_sub alone',
        "write the token into cluster.security.sasl: { mechanism: oauthbearer, token: '${TOKEN}' }",
      )
    : refuse(
        config.place,
        'E106',
        'sasl.jaas.config: username or password is missing',
        'add username="…" password="…"',
      );
}
