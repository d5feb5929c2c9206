/** `schema`: the JSON Schema of what people write and of what programs read. */
import { resultJsonSchema, scenarioSchemaText } from '../../src/index.ts';
import { defineCommand } from '../command.ts';
import { commonOptions } from '../options.ts';

export const schema = defineCommand({
  usage: 'schema [of]',
  describe: 'print the JSON Schema of scenarios or results',
  positionals: { of: { choices: ['scenario', 'result'], default: 'scenario' } },
  options: commonOptions,
  run: async ({ of }, terminal) => {
    terminal.print(of === 'scenario' ? scenarioSchemaText().trimEnd() : JSON.stringify(resultJsonSchema(), null, 2));
    return 0;
  },
});
