/** Highwater itself, with each of its drivers, driven by scenarios through its program. */
import { type DriverName, driverNames, loadDriver, messageOf } from '../../../src/index.ts';
import { groupProtocolOf } from '../group-protocol.ts';
import { figuresOf, runScenario } from '../highwater.ts';
import { maxScenario } from '../scenarios.ts';
import { settings } from '../settings.ts';
import { readTopic } from './consume-loop.ts';
import { type Figures, type Job, nothingElse, NotFound, type ReadyTool, type Tool } from './tool.ts';

/** Those with a real broker behind them. */
const names = driverNames.filter(name => name !== 'simulated');

/** @throws NotFound where the driver's client is not there */
async function versionOf(name: DriverName): Promise<string> {
  try {
    return await (await loadDriver(name)).clientVersion();
  } catch (error) {
    throw new NotFound(`the client of ${name} cannot be loaded: ${messageOf(error)}`);
  }
}

async function produce(driver: string, { seconds, ...job }: Job): Promise<Figures> {
  const choice = { driver, seconds, topic: { partitions: settings.partitions }, groupProtocol: null };
  const { result, cpuSeconds } = await runScenario(maxScenario(choice), { ...job, seconds });
  const figures = figuresOf(result);
  return {
    ...nothingElse,
    messagesPerSecond: figures.ackedPerSecond,
    cpuMicrosPerMessage: (cpuSeconds * 1e6) / figures.ackedInAll,
    workerCpuMicrosPerMessage: figures.workerCpuMicrosPerMessage,
    p99Micros: figures.serviceP99Micros,
    faults: figures.faults,
  };
}

/** One producer, and one consumer that reads at once what it sends. */
async function atOnce(driver: DriverName, partitions: number, { seconds, ...job }: Job): Promise<Figures> {
  const groupProtocol = groupProtocolOf(await loadDriver(driver));
  const choice = { driver, seconds, topic: { partitions }, groupProtocol };
  const { result, cpuSeconds } = await runScenario(maxScenario(choice), { ...job, seconds });
  const figures = figuresOf(result);
  return {
    ...nothingElse,
    messagesPerSecond: figures.ackedPerSecond,
    consumedPerSecond: figures.consumedPerSecond,
    cpuMicrosPerMessage: (cpuSeconds * 1e6) / figures.ackedInAll,
    workerCpuMicrosPerMessage: figures.workerCpuMicrosPerMessage,
    p99Micros: figures.serviceP99Micros,
    faults: figures.faults,
  };
}

/** What a consumer reads while a producer of the same worker count fills its topic: bounded by the producer too. */
async function consumeWhileProducing(driver: DriverName, job: Job): Promise<Figures> {
  const { consumedPerSecond, ...figures } = await atOnce(driver, settings.partitions, job);
  return { ...figures, messagesPerSecond: consumedPerSecond ?? 0, consumedPerSecond: null, p99Micros: null };
}

/** A tool whose driver is looked for when it is prepared. */
function withDriver(name: DriverName, tool: Omit<Tool, 'verifies' | 'prepare'>, run: ReadyTool['run']): Tool {
  return { ...tool, verifies: true, prepare: async () => ({ version: await versionOf(name), run }) };
}

const toolsOf = (name: DriverName): Tool[] => {
  const [id, title, own] = [`highwater-${name}`, `Highwater, ${name}`, 'highwater.'];
  const filling = { id, title: `${title}, while producing`, ownTopics: own };
  return [
    withDriver(name, { id, title, comparison: 'produce', ownTopics: own }, job => produce(name, job)),
    withDriver(name, { id, title, comparison: 'consume', ownTopics: null }, job => readTopic(name, job)),
    withDriver(name, { ...filling, comparison: 'consume' }, job => consumeWhileProducing(name, job)),
    withDriver(name, { id, title, comparison: 'both', ownTopics: own }, job =>
      atOnce(name, settings.partitionsOfBoth, job),
    ),
  ];
};

export const highwaterTools: readonly Tool[] = names.flatMap(toolsOf);
