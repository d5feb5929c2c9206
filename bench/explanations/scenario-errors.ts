/** What the errors of scenario files mean. */
import { type ErrorCode, errorCodes } from '../../src/index.ts';
import type { Explanation } from './explanation.ts';

const schema =
  'Editors complete keys and mark errors with the schema in the first line of the file; `highwater schema` prints it.';

const texts: Readonly<Record<ErrorCode, Omit<Explanation, 'title'>>> = {
  E100: {
    meaning: 'The path leads to no file, to a folder, to a file that this user may not read, or one that is no text.',
    remedy: 'Check the path: it is taken from the working folder (--cwd).',
  },
  E101: {
    meaning:
      'YAML 1.2 cannot be read at that place: often indentation, a tab, a missing quote, or a colon without a space. In YAML 1.2 `on` and `yes` are texts and `1_000` is one, too.',
    remedy: 'The frame points at the first place that makes no sense; the slip may be in the line before.',
  },
  E102: {
    meaning: 'Unknown keys are refused, not ignored: a misspelt setting would be measured as its default.',
    remedy: schema,
  },
  E103: {
    meaning: 'The key takes one of a few words, and this is none of them.',
    remedy: 'The message lists them, or the one that was meant.',
  },
  E104: {
    meaning:
      'Times, sizes and rates bear their unit, so that nobody can read them wrongly: 5ms, 30s, 2m; 100B, 1kB, 1KiB; 5000/s, 1MB/s.',
    remedy: 'Write the unit. kB and MB are powers of 1,000, KiB and MiB of 1,024.',
  },
  E105: {
    meaning: 'A text stands where a number or a map belongs, or a number is too small or too large.',
    remedy: 'The message says what the key takes.',
  },
  E106: {
    meaning: 'Without that key the rest has no meaning, and there is no default that could be right.',
    remedy: 'Add it; the message names the map.',
  },
  E107: {
    meaning:
      'Each of two settings is right by itself, and together they cannot be: the client has no such setting, the replicas are more than the brokers, a level stands twice, the matrix is too large.',
    remedy: 'The message names both, and the nearest change that resolves it.',
  },
  E108: {
    meaning: '`${NAME}` stands in the file, and the environment has no such variable, or an empty one.',
    remedy: 'Set it, or write a default: ${NAME:-value}.',
  },
  E109: {
    meaning:
      'A file that the scenario names (payloads, a partitioner, certificates, a file that it extends) is missing, or does not hold what it should.',
    remedy: 'Paths are taken from the folder of the file that names them.',
  },
  E110: {
    meaning:
      'A password, a token or a key stands in the file in the clear. Scenario files are committed, and copied into every run’s folder.',
    remedy: 'Name an environment variable in its place: password: ${KAFKA_PASSWORD}.',
    more: 'docs/security.md',
  },
  E111: { meaning: 'YAML would keep the last of the two, and nobody would notice.', remedy: 'Keep one of them.' },
  E112: {
    meaning:
      'A factor of the matrix, --set or `where` is a path into the scenario, like producers.linger, and this one leads nowhere.',
    remedy: 'Check it against the schema; the message has the nearest path.',
  },
  E113: {
    meaning: 'A group of consumers or a level of a factor is named that the scenario does not have.',
    remedy: 'The message lists those that it has.',
  },
  E120: {
    meaning:
      'The format has the setting, and this version of Highwater does not do it yet. It is refused, for a run without it would answer another question.',
    remedy: 'The message says what to write meanwhile.',
  },
};

export const scenarioErrorTexts = Object.fromEntries(
  Object.entries(texts).map(([code, text]) => [code, { title: errorCodes[code as ErrorCode], ...text }]),
) as Readonly<Record<ErrorCode, Explanation>>;
