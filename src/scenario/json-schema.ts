/** Turns the schema into JSON Schema (draft-07, which editors read), and answers questions about the format's keys from it. */
import { z } from 'zod';
import { foreignMaps } from './paths.ts';
import type { Path } from './paths.ts';
import { Scenario } from './schema.ts';

/** The part of JSON Schema that the format uses. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly default?: unknown;
}

const freeKeys = { '^x-': {} };

/** Two keys are settled by the reader before anything is parsed: a file to extend, and a cluster that is a file of its own. */
function withReadersKeys(schema: Record<string, unknown>): Record<string, unknown> {
  const { cluster, ...properties } = schema['properties'] as Record<string, Record<string, unknown>>;
  const { default: byDefault, description, ...clusterKeys } = cluster as Record<string, unknown>;
  const clusterFile = { type: 'string', pattern: '^[^\\n]+$', description: 'a file that holds the keys of cluster' };
  const { required, ...rest } = schema;
  return {
    ...rest,
    // A scenario that extends another may have its name from there.
    anyOf: [{ required }, { required: ['extends'] }],
    properties: {
      ...properties,
      extends: {
        type: 'string',
        pattern: '^[^\\n]+$',
        description: 'a scenario file that this one changes: maps merge, lists replace',
      },
      cluster: { description, default: byDefault, anyOf: [clusterKeys, clusterFile] },
    },
  };
}

/** The JSON Schema of scenario files, as it is committed. */
export function scenarioJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(Scenario, {
    target: 'draft-07',
    io: 'input',
    override: ({ zodSchema, jsonSchema, path }) => {
      // The library drops these where a value is transformed, lest they be of the output; ours are of the input.
      const { examples, default: byDefault } = z.globalRegistry.get(zodSchema) ?? {};
      if (examples !== undefined) jsonSchema.examples ??= examples as never;
      if (byDefault !== undefined) jsonSchema.default ??= byDefault as never;
      const isOurMap = jsonSchema.type === 'object' && !path.some(segment => foreignMaps.includes(String(segment)));
      if (isOurMap) jsonSchema.patternProperties = { ...jsonSchema.patternProperties, ...freeKeys };
    },
  });
  return withReadersKeys({ title: 'Highwater scenario', ...schema }) as JsonSchema;
}

let cached: JsonSchema | undefined;
const theSchema = (): JsonSchema => (cached ??= scenarioJsonSchema());

/** The alternatives of a schema, flat; the schema itself where it has none. */
export const branchesOf = (schema: JsonSchema): readonly JsonSchema[] =>
  schema.properties === undefined && schema.anyOf ? schema.anyOf.flatMap(branchesOf) : [schema];

function below(schema: JsonSchema, segment: string | number): JsonSchema[] {
  return branchesOf(schema).flatMap(branch => {
    if (typeof segment === 'number') return branch.items ? [branch.items] : [];
    const property =
      branch.properties && Object.hasOwn(branch.properties, segment) ? branch.properties[segment] : undefined;
    if (property) return [property];
    return typeof branch.additionalProperties === 'object' ? [branch.additionalProperties] : [];
  });
}

/** The schemas that hold at a path; none where the format knows no such path. */
export const schemasAt = (path: Path): readonly JsonSchema[] =>
  path.reduce<readonly JsonSchema[]>(
    (schemas, segment) => schemas.flatMap(schema => below(schema, segment)),
    [theSchema()],
  );

/** The keys that the format knows in the map at a path. */
export const knownKeys = (path: Path): string[] => [
  ...new Set(
    schemasAt(path)
      .flatMap(branchesOf)
      .flatMap(schema => Object.keys(schema.properties ?? {})),
  ),
];

/** Every path of the format down to two keys, with `*` for a group's name. */
export function everyPath(): string[][] {
  const paths: string[][] = [];
  for (const block of knownKeys([])) {
    paths.push([block]);
    const inner = block === 'consumers' ? [block, '*'] : [block];
    paths.push(...knownKeys(inner).map(key => [...inner, key]));
  }
  return paths;
}
