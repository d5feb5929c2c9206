import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatProperties } from '../../../src/cluster/server-properties.ts';
import { parseLoginModule } from '../../../src/scenario/security/jaas.ts';
import { parseProperties } from '../../../src/scenario/security/properties.ts';

for (const [text, expected] of [
  ['a=1', [['a', '1']]],
  [
    'a = 1\r\nb:2\nc 3\n',
    [
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ],
  ],
  ['  # comment\n! another\n\na=1', [['a', '1']]],
  ['a=b\\\n   c', [['a', 'bc']]],
  ['a=b \\\r\n   # no comment', [['a', 'b # no comment']]],
  ['a\\=b\\ c=d', [['a=b c', 'd']]],
  ['a=\\u00e9\\t\\\\', [['a', 'é\t\\']]],
  ['a', [['a', '']]],
  ['a==b', [['a', '=b']]],
  ['a=x # kept', [['a', 'x # kept']]],
  [
    'a=1\na=2',
    [
      ['a', '1'],
      ['a', '2'],
    ],
  ],
] as const) {
  test(`${JSON.stringify(text)} are the settings that Java reads`, () => {
    assert.deepEqual(
      parseProperties(text).map(({ name, value }) => [name, value]),
      expected,
    );
  });
}

test('every setting knows its place', () => {
  const text = '# first\n  key = va\\\n  lue\n';
  const [{ nameSpan, valueSpan } = assert.fail('none')] = parseProperties(text);
  assert.equal(text.slice(...nameSpan), 'key');
  assert.equal(text.slice(...valueSpan), 'va\\\n  lue');
});

test('what is written as a properties file is read as it was', () => {
  const name = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 10 });
  const value = fc.string({ unit: 'binary', maxLength: 20 });
  fc.assert(
    fc.property(fc.dictionary(name, value), settings => {
      const read = parseProperties(formatProperties(settings)).map(({ name: key, value: text }) => [key, text]);
      assert.deepEqual(read, Object.entries(settings));
    }),
  );
});

for (const [text, name, options] of [
  ['a.b.PlainLoginModule required username="u" password="p";', 'PlainLoginModule', { username: 'u', password: 'p' }],
  [`ScramLoginModule required\n  username='it''s' ;`, undefined, {}],
  [
    `ScramLoginModule required username='a"b' password="c\\"d\\\\e";`,
    'ScramLoginModule',
    { username: 'a"b', password: 'c"d\\e' },
  ],
  ['X required a=b;', 'X', { a: 'b' }],
  ['X required;', 'X', {}],
  ['X required a="b"', undefined, {}],
  ['X a="b";', undefined, {}],
  ['X required a="b;', undefined, {}],
  ['X required a "b";', undefined, {}],
  ['', undefined, {}],
] as const) {
  test(`${JSON.stringify(text)} is ${name === undefined ? 'no login module' : `${name} with its options`}`, () => {
    const module = parseLoginModule(text);
    assert.equal(module?.name, name);
    assert.deepEqual(module?.options ?? {}, options);
  });
}
