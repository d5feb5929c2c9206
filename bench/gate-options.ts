/** The flags by which runs are compared, gated and kept as baselines. */

const manyTimes = { type: 'string', array: true, default: [] as string[] } as const;

/** Of whatever compares. */
const comparingOptions = {
  delta: { type: 'string', describe: 'change that matters: 5%, or 5%,ack.p999=10% (default: the scenario’s)' },
  metric: { ...manyTimes, describe: 'a metric like ack.p99 (default: the scenario’s primary ones)' },
  confidence: { type: 'string', describe: 'of the intervals (default: 0.95)' },
  'allow-env-mismatch': {
    type: 'boolean',
    default: false,
    describe: 'compare all the same where scenario or host class differ',
  },
  'fail-on': {
    type: 'string',
    describe: 'list of worse, check, lost, invalid, inconclusive, no-baseline (gate: the first four)',
  },
  'warn-only': { type: 'boolean', default: false, describe: 'tell all, and end with 0' },
  format: {
    choices: ['text', 'markdown', 'json'] as const,
    default: 'text' as const,
    describe: 'of what is printed',
  },
  all: { type: 'boolean', default: false, describe: 'rows that are the same, and exploratory ones, too' },
} as const;

const baseline = {
  baseline: { type: 'string', describe: 'a baseline’s name, or any run, to be held against (default: main)' },
} as const;

export const compareOptions = comparingOptions;
export const gateOptions = { ...comparingOptions, ...baseline } as const;

/** Of `run`, which shows all else anyway. */
export const gateOptionsOfRun = {
  gate: { type: 'boolean', default: false, describe: 'then hold it against a baseline, and end as `gate` does' },
  ...baseline,
  against: {
    type: 'string',
    describe: 'a git ref, or a scenario file, to be run alternately with this one, and compared with',
  },
  extend: {
    type: 'boolean',
    default: false,
    describe:
      'as many blocks again, once, where a primary comparison is inconclusive; the level of both looks is lowered',
  },
  'warn-only': comparingOptions['warn-only'],
} as const;

export const baselineOptions = {
  name: { type: 'string', default: 'main', describe: 'of the baseline' },
  force: { type: 'boolean', default: false, describe: 'save it all the same, marked with what is wrong with it' },
} as const;
