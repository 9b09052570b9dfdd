import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readJsonc } from '../../src/config/jsonc.ts';

test.each([
  { text: '', fault: 'line 1, column 1: expected a value' },
  { text: '{\n  "a": 1,,\n}', fault: 'line 2, column 10: expected a name in double quotes' },
  { text: '{\n  "a": 1\n  "b": 2\n}', fault: 'line 3, column 3: expected a comma or }' },
  { text: '{"a" 1}', fault: 'line 1, column 6: expected a colon' },
  { text: '{"a": tru}', fault: 'line 1, column 7: expected a value' },
  { text: '{"a": }', fault: 'line 1, column 7: expected a value' },
  { text: '{"a": 01}', fault: 'line 1, column 8: expected a comma or }' },
  { text: '{"a": "b}', fault: 'line 1, column 7: expected a value' },
  { text: '{"a": "\\x"}', fault: 'line 1, column 7: expected a value' },
  { text: '[1, 2', fault: 'line 1, column 6: expected a comma or ]' },
  { text: '[', fault: 'line 1, column 2: expected a value' },
  { text: '{"a": {"b"', fault: 'line 1, column 11: expected a colon' },
  { text: '{"a": {"b": 1', fault: 'line 1, column 14: expected a comma or }' },
  { text: '{"a": {"b": 1]', fault: 'line 1, column 14: expected a comma or }' },
  { text: '[{}, [] true]', fault: 'line 1, column 9: expected a comma or ]' },
  { text: '[1,,]', fault: 'line 1, column 4: expected a value' },
  { text: "{'a': 1}", fault: 'line 1, column 2: expected a name in double quotes' },
  { text: '{}\r\n}', fault: 'line 2, column 1: expected the end of the file' },
  { text: '// name\n# name\n{}', fault: 'line 2, column 1: expected a value' },
  { text: '{}\n /* name', fault: 'line 2, column 2: expected */ at the end of this comment' },
  {
    text: '{"a": {"b": 1},\n  "b": 2,\n  "a": {}\n}',
    fault: 'line 3, column 3: expected each name once, got "a" again',
  },
])('places the first fault of $text', ({ text, fault }) => {
  expect(readJsonc(text)).toEqual({ fault });
});

test('comments and trailing commas say nothing', () => {
  const text = '// a\n{ /* b */ "a" /**/ : [1, "/* c */", ], // d\n "b": {"c": null,},\n}\n// "e"';
  expect(readJsonc(text)).toEqual({ value: { a: [1, '/* c */'], b: { c: null } } });
});

test('__proto__ is a name like any other', () => {
  const value: unknown = JSON.parse('{"__proto__": {"a": 1}}');
  expect(readJsonc('{"__proto__": {"a": 1}}')).toEqual({ value });
  expect(Object.keys(value as object)).toEqual(['__proto__']);
});

test('reads what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 2, '\t'), (text, indent) => {
      const value: unknown = JSON.parse(text);
      expect(readJsonc(JSON.stringify(value, null, indent))).toStrictEqual({ value });
    }),
  );
});

test('agrees with JSON.parse on what is JSON, trailing commas and names that stand twice apart', () => {
  const token = fc.constantFrom(
    ...['{', '}', '[', ']', ',', ':', '"a"', '"', '\\', '\\u00e9', '0', '1', '-', '.', 'e', '+', 'true'],
    ...['null', ' ', '\n', '\u0001', '\u00a0'],
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
      const read = readJsonc(text);
      if ('fault' in read && read.fault.includes('each name once')) return;
      expect('value' in read, text).toBe(isJson(withoutTrailingCommas(text)));
    }),
    { numRuns: 5_000 },
  );
});

function withoutTrailingCommas(text: string): string {
  return text.replace(
    /("(?:[^"\\]|\\.)*")|(?<![[{,:]\s*),(\s*[}\]])/g,
    (_, string?: string, end?: string) => string ?? end ?? '',
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
