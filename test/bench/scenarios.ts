/** Writes scenarios for the tests of the program: the simulated broker and short windows. */

type Settings = Readonly<Record<string, unknown>>;

/** A scenario's text, every setting of it plain to see; JSON is YAML. */
export const scenario = (settings: Settings): string =>
  JSON.stringify({ name: 'short', driver: 'simulated', topic: { partitions: 1 }, repeat: 1, ...settings }, null, 2);

/** A closed loop has no schedule that a busy machine could make it miss: its trials are valid whatever else runs. */
export const closedLoop: Settings = {
  load: { outstanding: 10, warmup: '50ms', measure: '200ms' },
  simulated: { serviceTime: '5ms', servers: 'unlimited' },
};

/** A closed loop of many messages, which one group reads back, through a simulated broker with a fault. */
export const readBack = (fault: Settings, settings: Settings = {}): string =>
  scenario({
    load: { outstanding: 100, warmup: '50ms', measure: '200ms' },
    simulated: { serviceTime: '5ms', servers: 'unlimited', ...fault },
    consumers: { readers: {} },
    ...settings,
  });
