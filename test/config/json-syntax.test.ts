import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJsonSyntaxFault } from '../../src/config/json-syntax.ts';

test.each([
  { text: '', line: 1, column: 1, expected: 'a value' },
  { text: '{\n  "a": 1,\n}', line: 3, column: 1, expected: 'a name in double quotes' },
  { text: '{\n  "a": 1\n  "b": 2\n}', line: 3, column: 3, expected: 'a comma or }' },
  { text: '{"a" 1}', line: 1, column: 6, expected: 'a colon' },
  { text: '{"a": tru}', line: 1, column: 7, expected: 'a value' },
  { text: '{"a": 01}', line: 1, column: 7, expected: 'a value' },
  { text: '{"a": "b}', line: 1, column: 7, expected: 'a value' },
  { text: '[1, 2', line: 1, column: 6, expected: 'a comma or ]' },
  { text: '[1,]', line: 1, column: 4, expected: 'a value' },
  { text: '// name\n{}', line: 1, column: 1, expected: 'a value' },
  { text: "{'a': 1}", line: 1, column: 2, expected: 'a name in double quotes' },
  { text: '{}\r\n}', line: 2, column: 1, expected: 'the end of the file' },
])('places the fault of $text', ({ text, ...fault }) => {
  expect(findJsonSyntaxFault(text)).toEqual(fault);
});

test('finds no fault in what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 2, '\t'), (text, indent) => {
      expect(findJsonSyntaxFault(JSON.stringify(JSON.parse(text), null, indent))).toBeUndefined();
    }),
  );
});

test('agrees with JSON.parse on what is JSON', () => {
  const token = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '\\u00e9',
      '0',
      '1',
      '-',
      '.',
      'e',
      '+',
      'true',
      'null',
      ' ',
      '\n',
    ],
    '\u0001',
    '\u00a0',
  );
  const nearlyJson = fc
    .tuple(fc.json(), fc.nat(), fc.nat({ max: 2 }), fc.array(token, { maxLength: 2 }))
    .map(([json, at, gone, tokens]) => {
      const start = at % (json.length + 1);
      return json.slice(0, start) + tokens.join('') + json.slice(start + gone);
    });
  const anyText = fc.oneof(
    nearlyJson,
    fc.array(token, { maxLength: 8 }).map((tokens) => tokens.join('')),
  );
  fc.assert(
    fc.property(anyText, (text) => {
      expect(findJsonSyntaxFault(text) === undefined).toBe(isJson(text));
    }),
    { numRuns: 5_000 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
