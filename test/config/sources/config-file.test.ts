import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readConfigFile } from '../../../src/config/sources/config-file.ts';
import { placeText } from '../../../src/config/sources/jsonc.ts';

const folder = mkdtempSync(join(tmpdir(), 'streampump-config-file-'));
const file = join(folder, 'relay.config.json');
afterAll(() => rmSync(folder, { recursive: true }));

function read(bytes: string | Uint8Array) {
  writeFileSync(file, bytes);
  return outcome(file);
}

function outcome(path: string) {
  const { value, faults } = readConfigFile(path);
  return { value, faults: faults.map(({ place, problem }) => [placeText(place), problem]) };
}

const text = (latin1: string) => Buffer.from(latin1, 'latin1');

test('a byte order mark is no part of the text', () => {
  expect(read('\ufeff{"a": 1}')).toEqual({ value: { a: 1 }, faults: [] });
  expect(read('\ufeff{"a" 1}').faults).toEqual([['line 1, column 6', 'expected a colon, got 1']]);
});

test.each(['', ' \r\n\t\n', '\ufeff'])('%j is empty', (content) => {
  expect(read(content)).toEqual({ value: undefined, faults: [['', 'empty, expected at least {}']] });
});

test.each([
  { bytes: text('{\n  "name": "caf\xe9"\n}'), place: 'line 2, column 15', byte: '0xe9' },
  { bytes: text('\xef\xbb\xbf{"\xff": 1}'), place: 'line 1, column 3', byte: '0xff' },
  { bytes: text('{"a": "\xc3\xa9\xe2\x82'), place: 'line 1, column 9', byte: '0xe2' },
  { bytes: text('{"\xef\xbf\xbd": "\xef\xbf\xbd\xef\xbf"}'), place: 'line 1, column 9', byte: '0xef' },
  { bytes: Buffer.from('\ufeff{}', 'utf16le'), place: 'line 1, column 1', byte: '0xff' },
])('the byte $byte on $place is not UTF-8', ({ bytes, place, byte }) => {
  const problem = `expected text in UTF-8, got the byte ${byte}`;
  expect(read(bytes)).toEqual({ value: undefined, faults: [[place, problem]] });
});

test('U+FFFD itself is a character like any other', () => {
  expect(read('{"a": "\ufffd"}')).toEqual({ value: { a: '\ufffd' }, faults: [] });
});

test('a file that is too large is not read to its end', () => {
  const tooLarge = { value: undefined, faults: [['', 'expected a config of at most 4 MiB']] };
  expect(outcome('/dev/zero')).toEqual(tooLarge);
  expect(read(`{}${' '.repeat(4 * 2 ** 20)}`)).toEqual(tooLarge);
  expect(read(`{}${' '.repeat(4 * 2 ** 20 - 2)}`)).toEqual({ value: {}, faults: [] });
});

test('a short file takes little memory, however often it is read', () => {
  writeFileSync(file, '{}');
  const before = process.memoryUsage().arrayBuffers;
  for (let times = 0; times < 4; times++) outcome(file);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});

test.each([
  { path: folder, problem: 'cannot be read: it is a folder' },
  { path: join(folder, 'missing.json'), problem: 'cannot be read: no such file or directory' },
  { path: join(folder, 'a', 'b'), problem: 'cannot be read: no such file or directory' },
  { path: '/dev/null', problem: 'empty, expected at least {}' },
  { path: '', problem: 'empty, expected the name of a file' },
  { path: 'a\0b', problem: expect.stringContaining('cannot be read: ') },
])('$path: $problem', ({ path, problem }) => {
  expect(outcome(path)).toEqual({ value: undefined, faults: [['', problem]] });
});

test('names of files become absolute', () => {
  expect(read('{"tls": {"caFile": "ca.pem"}}').value).toEqual({ tls: { caFile: join(folder, 'ca.pem') } });
});
