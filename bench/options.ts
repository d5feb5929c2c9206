/** The options of the command line, in groups; `bench/commands/` says which command has which. */

const manyTimes = { type: 'string', array: true, default: [] as string[] } as const;

/** Of every command. */
export const commonOptions = {
  out: { type: 'string', default: 'reports', describe: 'folder of the results' },
  json: { type: 'boolean', default: false, describe: 'print one JSON document on stdout' },
  quiet: { type: 'boolean', default: false, describe: 'no progress' },
  verbose: { type: 'count', describe: 'more lines of progress' },
  color: { choices: ['auto', 'always', 'never'] as const, default: 'auto' as const, describe: 'colours' },
  unicode: { type: 'boolean', default: true, describe: 'signs beyond ASCII (--no-unicode for none)' },
  cwd: { type: 'string', describe: 'work in this folder' },
  config: {
    type: 'string',
    describe: 'a YAML file of flags: what is given otherwise, and the scenario, come before it',
  },
} as const;

/** Of whatever reads a scenario. */
export const scenarioOptions = {
  set: { ...manyTimes, describe: 'path=value: a setting in place of the file’s' },
  repeat: { type: 'string', describe: 'blocks: trials of each cell' },
  duration: { type: 'string', describe: 'load.measure' },
  warmup: { type: 'string', describe: 'load.warmup' },
  rate: { type: 'string', describe: 'load.rate' },
  driver: { type: 'string', describe: 'the client library' },
  seed: { type: 'string', describe: 'of order, payloads, keys' },
  cells: { ...manyTimes, describe: 'only cells like acks=all,linger=0ms' },
  skip: { ...manyTimes, describe: 'not cells like acks=0' },
  brokers: { type: 'string', describe: 'host:port,… of an existing cluster' },
  cluster: { type: 'string', describe: 'a file that takes the place of the scenario’s cluster' },
} as const;

/** Of whatever runs trials. */
export const measuringOptions = {
  progress: {
    choices: ['auto', 'live', 'plain', 'json', 'none'] as const,
    default: 'auto' as const,
    describe: 'progress on stderr: a frame, lines, or JSON documents',
  },
  'drain-timeout': { type: 'string', default: '5s', describe: 'how long messages in flight may take after the load' },
  'keep-topics': { type: 'boolean', default: false, describe: 'do not delete the topics of the trials' },
  'metrics-port': { type: 'string', describe: 'serve Prometheus metrics at this port of 127.0.0.1 meanwhile (0: any)' },
} as const;

/** Of `run`: what it is called, how it goes on, what it leaves. */
export const runOptions = {
  name: { type: 'string', describe: 'what the run is called, in reports and lists' },
  label: { ...manyTimes, describe: 'key=value: kept with the run, and shown with its name' },
  resume: {
    type: 'string',
    // its value may be left out
    nargs: undefined,
    describe: 'go on with an interrupted run: RUN, or the latest of the scenario that is not finished',
  },
  watch: {
    type: 'string',
    // its value may be left out
    nargs: undefined,
    describe: 'serve a page with live charts of the run at this port of 127.0.0.1 meanwhile (left out: any)',
  },
  'retry-failed': { type: 'string', describe: 'run a trial that fails again, so many times (default: 0)' },
  'fail-fast': { type: 'boolean', default: false, describe: 'stop after the first cell that fails' },
  report: { type: 'string', describe: 'list of formats: html, md, json, junit (default: all of them)' },
  open: {
    type: 'boolean',
    default: false,
    describe: 'open the report in a browser; never in CI or without a terminal',
  },
} as const;

/** Of what tells of many runs. */
export const historyOptions = {
  metric: { ...manyTimes, describe: 'a metric like ack.p99 (default: the primary ones of the newest run)' },
  cells: scenarioOptions.cells,
} as const;

/** Of whatever compares. */
const comparingOptions = {
  delta: { type: 'string', describe: 'change that matters: 5%, or 5%,ack.p999=10% (default: the scenario’s)' },
  metric: { ...manyTimes, describe: 'a metric like ack.p99 (default: the scenario’s primary ones)' },
  confidence: { type: 'string', describe: 'of the intervals (default: 0.95)' },
  strict: {
    type: 'boolean',
    default: false,
    describe: 'better and worse only where the whole interval lies beyond delta',
  },
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

/** A positional: a stored run, a baseline or a cell of one. */
export const reference = {
  type: 'string',
  demandOption: true,
  describe: 'a path, a run id or its beginning, latest, latest~1, baseline:NAME; with @cell one cell of it',
} as const;

/** A positional: a stored run. */
export const storedRun = {
  type: 'string',
  demandOption: true,
  describe: 'a path, a run id or its beginning, a scenario, latest, latest~1',
} as const;

/** A positional: a code of anything that has one. */
export const explainedCode = {
  type: 'string',
  describe: 'like W-SHORT, E104, schedule-not-held, 10; none: list all',
} as const;

/** A positional: one scenario. */
export const scenarioFile = { type: 'string', demandOption: true, describe: 'a scenario file' } as const;

/** A positional: one scenario or more. */
export const scenarioFiles = { type: 'string', array: true, demandOption: true, describe: 'scenario files' } as const;
