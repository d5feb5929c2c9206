/** Fills a topic with Highwater's stamped messages, for consumers to read. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { type DriverName, driverNames, HarnessError, loadDriver, whole } from '../../src/index.ts';
import { runScenario, type ScenarioRun } from './highwater.ts';
import { maxScenario } from './scenarios.ts';
import { settings } from './settings.ts';
import type { Topics } from './topics.ts';

/** The quickest first. */
const preferred: readonly string[] = ['wire', 'platformatic', 'kafkajs'];

/** The quickest driver whose client is here. */
async function quickestDriver(): Promise<DriverName> {
  for (const name of preferred.flatMap(wanted => driverNames.filter(driver => driver === wanted))) {
    const works = await loadDriver(name).then(
      driver => driver.clientVersion().then(() => true),
      () => false,
    );
    if (works) return name;
  }
  throw new HarnessError('environment', 'No driver can fill a topic.', { hint: 'Run npm run setup.' });
}

/** Makes the topic and produces to it until it holds so many messages; returns how many it holds then. */
export async function fillTopic(
  topic: string,
  wanted: number,
  {
    topics,
    onProgress,
    ...run
  }: ScenarioRun & { readonly topics: Topics; readonly onProgress: (text: string) => void },
): Promise<number> {
  const driver = await quickestDriver();
  const scenario = maxScenario({ driver, seconds: run.seconds, topic: { name: topic }, groupProtocol: null });
  await topics.create(topic, settings.partitions);
  let held = 0;
  for (let before = -1; held < wanted && held > before;) {
    before = held;
    const folder = await mkdtemp(join(run.folder, 'fill-'));
    await runScenario(scenario, { ...run, folder });
    held = await topics.count(topic);
    onProgress(`filling with ${driver}: ${whole(held)} of ${whole(wanted)} messages`);
  }
  if (held < wanted) throw new HarnessError('environment', `The topic holds ${whole(held)} messages and no more come.`);
  return held;
}
