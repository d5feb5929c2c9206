/** What `import … from 'highwater'` gives: a run in one call, and every verb that the command line uses. */
export * from '../src/index.ts';
export { runScenario, type RunScenarioOptions } from './library/run-scenario.ts';
