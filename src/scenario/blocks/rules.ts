/** Rules over several keys of one map, each said twice from one source: as a check of the parser and as JSON Schema. */
import { z } from 'zod';

/** What a rule says about what it refuses; `issues.ts` turns it into an issue with a place. */
export interface Complaint {
  /** Where, below the map that the rule stands on. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint: string;
  /** Whether the place is the key itself or its value. */
  readonly at: 'key' | 'value';
  /** Where it is no contradiction (E107): an error code of `issues.ts`. */
  readonly code?: 'E106';
}

/** What a rule over one map is: what it finds wrong in a parsed map, and the same as JSON Schema. */
export interface Rule {
  readonly complaints: (map: Readonly<Record<string, unknown>>) => Complaint[];
  readonly jsonSchema: Readonly<Record<string, unknown>>;
}

const given = (map: Readonly<Record<string, unknown>>, keys: readonly string[]): string[] =>
  keys.filter(key => map[key] !== undefined);

const quoted = (keys: readonly string[]): string => keys.map(key => `"${key}"`).join(', ');

/** No two of these keys stand together. */
export function atMostOneOf(...keys: readonly string[]): Rule {
  return {
    complaints: map => {
      const [first, ...others] = given(map, keys);
      return others.map(other => ({
        path: [other],
        message: `"${other}" cannot stand beside "${first}"`,
        hint: `keep one of ${keys.join(', ')}`,
        at: 'key',
      }));
    },
    jsonSchema: {
      allOf: keys.flatMap((a, i) => keys.slice(i + 1).map(b => ({ not: { required: [a, b] } }))),
    },
  };
}

/** Exactly one of these keys is there. */
export function exactlyOneOf(...keys: readonly string[]): Rule {
  const atMostOne = atMostOneOf(...keys);
  return {
    complaints: map =>
      given(map, keys).length > 0
        ? atMostOne.complaints(map)
        : [
            {
              path: [],
              message: `one of ${quoted(keys)} is missing`,
              hint: `add one of ${keys.join(', ')}`,
              at: 'key',
            },
          ],
    jsonSchema: { oneOf: keys.map(key => ({ required: [key] })) },
  };
}

/** At least one of these keys is there. */
export function anyOf(...keys: readonly string[]): Rule {
  return {
    complaints: map =>
      given(map, keys).length > 0
        ? []
        : [
            {
              path: [],
              message: `one of ${quoted(keys)} is missing`,
              hint: `add ${keys.join(' or ')}`,
              at: 'key',
              code: 'E106',
            },
          ],
    jsonSchema: { anyOf: keys.map(key => ({ required: [key] })) },
  };
}

/** Beside this key, these have no meaning. */
export function excludes(key: string, others: readonly string[], because: string): Rule {
  return {
    complaints: map =>
      map[key] === undefined
        ? []
        : given(map, others).map(other => ({
            path: [other],
            message: `"${other}" has no meaning beside "${key}": ${because}`,
            hint: `remove ${other}, or ${key}`,
            at: 'key',
          })),
    jsonSchema: { allOf: others.map(other => ({ not: { required: [key, other] } })) },
  };
}

/** Holds a map to its rules. Rules are looked at even where a value of the map is wrong, so that all problems come at once. */
export function withRules<T extends z.ZodObject>(schema: T, ...rules: readonly Rule[]): T {
  const check = z.check<z.output<T>>(payload => {
    for (const rule of rules) {
      for (const { path, message, ...params } of rule.complaints(payload.value)) {
        payload.issues.push({
          code: 'custom',
          message,
          path: [...path],
          params,
          input: payload.value,
          continue: true,
        });
      }
    }
  });
  check._zod.def.when = payload => typeof payload.value === 'object' && payload.value !== null;
  const allOf = rules.map(rule => rule.jsonSchema);
  return schema.check(check).meta({ allOf });
}
