import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsoncText, placeText, readJsonc } from '../../../src/config/sources/jsonc.ts';

/** What a fault is told as. */
function faultLines({ faults }: JsoncText): readonly string[] {
  return faults.map(({ place, path, problem }) => [placeText(place), ...path, problem].join(': '));
}

test.each([
  { text: '', fault: 'line 1, column 1: expected a value, but the text ends here' },
  { text: '// none\n', fault: 'line 2, column 1: expected a value, but the text ends here' },
  { text: 'listen:\n  rtmp: null', fault: 'line 1, column 1: expected a value, got listen' },
  { text: '{\n  "a": 1,,\n}', fault: 'line 2, column 10: expected a name in double quotes, got ,' },
  { text: '{\n  "a": 1\n  "b": 2\n}', fault: 'line 3, column 3: expected a comma or }, got "b"' },
  { text: '{"a" 1}', fault: 'line 1, column 6: expected a colon, got 1' },
  { text: '{"a": tru}', fault: 'line 1, column 7: expected a value, got tru' },
  { text: '{"a": }', fault: 'line 1, column 7: expected a value, got }' },
  { text: '{"a": 01}', fault: 'line 1, column 8: expected a comma or }, got 1' },
  { text: '{"a": 1.}', fault: 'line 1, column 7: expected a digit at the end of this number' },
  { text: '{"a": "b}', fault: 'line 1, column 7: expected a closing " for the text that begins here' },
  { text: '{"a": "b\n"}', fault: 'line 1, column 7: expected a closing " for the text that begins here' },
  { text: '{"a": "\\x"}', fault: 'line 1, column 7: expected \\\\ for each backslash in this text' },
  {
    text: '{"a": "\\u12"}',
    fault: 'line 1, column 7: expected four hexadecimal digits after \\u in this text',
  },
  { text: '{"a": "\t"}', fault: 'line 1, column 7: expected no control characters in this text' },
  { text: '[1, 2', fault: 'line 1, column 6: expected a comma or ], but the text ends here' },
  { text: '[', fault: 'line 1, column 2: expected a value, but the text ends here' },
  { text: '{"a": {"b"', fault: 'line 1, column 11: expected a colon, but the text ends here' },
  { text: '{"a": {"b": 1', fault: 'line 1, column 14: expected a comma or }, but the text ends here' },
  { text: '{"a": {"b": 1]', fault: 'line 1, column 14: expected a comma or }, got ]' },
  { text: '[{}, [] true]', fault: 'line 1, column 9: expected a comma or ], got true' },
  { text: '[1,,]', fault: 'line 1, column 4: expected a value, got ,' },
  { text: "{'a': 1}", fault: "line 1, column 2: expected a name in double quotes, got 'a'" },
  { text: '{a: 1}', fault: 'line 1, column 2: expected a name in double quotes, got a' },
  { text: '{}\r\n}', fault: 'line 2, column 1: expected nothing more, got }' },
  { text: '{\r"a": 1\r\n"b"', fault: 'line 3, column 1: expected a comma or }, got "b"' },
  { text: '// name\n# name\n{}', fault: 'line 2, column 1: expected a value, got #' },
  { text: '{}\n /* name', fault: 'line 2, column 2: expected */ at the end of this comment' },
  { text: '\u00a0{}', fault: 'line 1, column 1: expected a value, got \\u00a0' },
  {
    text: `{"a" "${'x'.repeat(50)}"}`,
    fault: `line 1, column 6: expected a colon, got "${'x'.repeat(36)}...`,
  },
  {
    text: '["a" "rtmp://u:p@h/a/key?k=1"]',
    fault: 'line 1, column 6: expected a comma or ], got "rtmp://h/a/***"',
  },
  { text: '['.repeat(100_000), fault: 'line 1, column 65: expected at most 64 levels' },
  { text: '{"a":'.repeat(100_000), fault: 'line 1, column 321: expected at most 64 levels' },
])('places the first fault of $text', ({ text, fault }) => {
  const read = readJsonc(text);
  expect(faultLines(read)).toEqual([fault]);
  expect(read.value).toBeUndefined();
});

describe('a name that stands twice in an object', () => {
  test.each([
    {
      text: '{"a": {"b": 1},\n  "b": 2,\n  "a": {}\n}',
      faults: ['line 3, column 3: a: given twice, first on line 1, column 2'],
    },
    {
      text: '{"a": 1, "a": 2, "a": [{"b": 1, "b": 2}]}',
      faults: [
        'line 1, column 10: a: given twice, first on line 1, column 2',
        'line 1, column 18: a: given twice, first on line 1, column 2',
        'line 1, column 33: a: 0: b: given twice, first on line 1, column 25',
      ],
    },
    { text: '{"a": {}, "b": {"a": 1}, "A": 1}', faults: [] },
    {
      text: '{"__proto__": 1, "\\u005f_proto__": 2}',
      faults: ['line 1, column 18: __proto__: given twice, first on line 1, column 2'],
    },
  ])('is told each time: $text', ({ text, faults }) => {
    const read = readJsonc(text);
    expect(faultLines(read)).toEqual(faults);
    expect(read.value).toEqual(JSON.parse(text));
  });
});

test.each([
  { path: [], place: 'line 2, column 1' },
  { path: ['a'], place: 'line 2, column 3' },
  { path: ['a', 'b'], place: 'line 3, column 5' },
  { path: ['a', 'b', 1], place: 'line 3, column 14' },
  { path: ['a', 'b', 1, 'x'], place: 'line 3, column 14' },
  { path: ['a', 'c'], place: 'line 2, column 3' },
  { path: ['a', 'toString'], place: 'line 2, column 3' },
  { path: ['x', 'y', 0], place: 'line 2, column 1' },
])('$path stands on $place, or what lacks it does', ({ path, place }) => {
  const text = '// a comment\n{ "a": { // of a\n    "b": [1, {}],\n    "d": null } }';
  expect(placeText(readJsonc(text).placeOf(path))).toBe(place);
});

test('comments and trailing commas say nothing', () => {
  const text = '// a\n{ /* b */ "a" /**/ : [1, "/* c */", ], // d\n "b": {"c": null,},\n}\n// "e"';
  expect(readJsonc(text)).toMatchObject({ value: { a: [1, '/* c */'], b: { c: null } }, faults: [] });
});

test('__proto__ is a name like any other', () => {
  const value: unknown = JSON.parse('{"__proto__": {"a": 1}}');
  const read = readJsonc('{"__proto__": {"a": 1}}');
  expect(read.value).toEqual(value);
  expect(Object.keys(read.value as object)).toEqual(['__proto__']);
});

test('reads what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 2, '\t'), (text, indent) => {
      const value: unknown = JSON.parse(text);
      const read = readJsonc(JSON.stringify(value, null, indent));
      expect(read.value).toStrictEqual(value);
      expect(read.faults).toEqual([]);
    }),
  );
});

test('agrees with JSON.parse on what is JSON, trailing commas and comments apart', () => {
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
  const anyText = fc
    .oneof(
      nearlyJson,
      fc.array(token, { maxLength: 8 }).map((tokens) => tokens.join('')),
    )
    .filter((text) => !text.includes('/'));
  fc.assert(
    fc.property(anyText, (text) => {
      expect(readJsonc(text).value !== undefined, text).toBe(isJson(withoutTrailingCommas(text)));
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
