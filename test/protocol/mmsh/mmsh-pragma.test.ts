import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientIdIn, readPragmas, switchedOffStreams } from '../../../src/protocol/mmsh/mmsh-pragma.ts';

describe('tokens', () => {
  test.each<[form: string, lines: string[], pragmas: Record<string, string>]>([
    ['none', [], {}],
    ['an empty line', [''], {}],
    ['one without a value', ['no-cache'], { 'no-cache': '' }],
    ['one with an empty value', ['rate='], { rate: '' }],
    [
      'many on a line',
      ['no-cache,rate=1.000000, xPlayStrm=1'],
      { 'no-cache': '', rate: '1.000000', xplaystrm: '1' },
    ],
    [
      'one on each line',
      ['xPlayStrm=1', 'stream-switch-count=2'],
      { xplaystrm: '1', 'stream-switch-count': '2' },
    ],
    ['names in any case', ['XPLAYSTRM=1, Client-ID=7'], { xplaystrm: '1', 'client-id': '7' }],
    [
      'a value with spaces',
      ['stream-switch-entry=ffff:1:0 ffff:2:2 '],
      { 'stream-switch-entry': 'ffff:1:0 ffff:2:2' },
    ],
    ['a value with an equals sign', ['a=b=c,d=1'], { a: 'b=c', d: '1' }],
    [
      'commas in quotes',
      ['features="broadcast,playlist",timeout=60000'],
      { features: 'broadcast,playlist', timeout: '60000' },
    ],
    ['a quote that is not closed', ['a="b, c=1'], { a: '"b', c: '1' }],
    ['something behind a quote', ['a="b"c, d=1'], { a: 'b', d: '1' }],
    ['commas without anything between', [',, a=1, ,,b=2,'], { a: '1', b: '2' }],
    ['a value without a name', ['=1,a=2'], { '1': '', a: '2' }],
    ['a name twice', ['client-id=1', 'client-id=2'], { 'client-id': '1' }],
    [
      'the last line of ffmpeg, which has no end',
      ['no-cache,rate=1.000000,stream-time=0Connection: Close'],
      { 'no-cache': '', rate: '1.000000', 'stream-time': '0Connection: Close' },
    ],
  ])('are read: %s', (_, lines, pragmas) => {
    expect(Object.fromEntries(readPragmas(lines))).toEqual(pragmas);
  });

  test('beyond 64 are not looked at', () => {
    const many = Array.from({ length: 100 }, (_, i) => `a${i}=1`);
    expect([...readPragmas([many.join()]).keys()]).toEqual(
      many.slice(0, 64).map((token) => token.slice(0, -2)),
    );
    expect(readPragmas(many).size).toBe(64);
  });

  test('of unlikely length are left out', () => {
    const tokens = [
      `${'n'.repeat(65)}=1`,
      `long=${'v'.repeat(2049)}`,
      `${'m'.repeat(64)}=1`,
      `longest=${'v'.repeat(2048)}`,
    ];
    expect([...readPragmas([tokens.join()]).keys()]).toEqual(['m'.repeat(64), 'longest']);
  });

  test('are read in a time that is linear in their length', () => {
    for (const piece of ['a="', 'a=', '"', ',', ' ', 'a="b",', '= ']) {
      const line = piece.repeat(500_000 / piece.length);
      const start = process.cpuUsage();
      readPragmas([line]);
      expect(process.cpuUsage(start).user).toBeLessThan(1_000_000);
    }
  });

  test('come out whatever comes in', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'B', '=', ',', '"', ' ', '\t', ':', '\xff') });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
        for (const [name, value] of readPragmas(lines)) {
          expect(name).toMatch(/^[^\s=,"]([^=,"]*[^\s=,"])?$/);
          expect(value).toBe(value.trim() === value ? value : readPragmas([`a="${value}"`]).get('a'));
        }
      }),
    );
  });
});

test.each([
  ['client-id=1', 1],
  ['client-id=4294967295', 2 ** 32 - 1],
  ['client-id=4294967296', undefined],
  ['client-id=0', undefined],
  ['client-id=-1', undefined],
  ['client-id=0x10', undefined],
  ['client-id=', undefined],
  ['no-cache', undefined],
])('of %s the client-id is %s', (line, id) => {
  expect(clientIdIn(readPragmas([line]))).toBe(id);
});

describe('streams that a client switches off', () => {
  const off = (entries: string, inHeader: readonly number[]): number[] => [
    ...switchedOffStreams(readPragmas([`stream-switch-entry=${entries}`]), (stream) =>
      inHeader.includes(stream),
    ),
  ];

  test.each([
    ['none, as ffmpeg asks', 'ffff:1:0 ffff:2:0', [1, 2], []],
    ['the second', 'ffff:1:0 ffff:2:2', [1, 2], [2]],
    ['none, with a level of 1, key frames alone', 'ffff:1:1', [1], []],
    ['one in hexadecimal, as MPlayer prints it', 'ffff:a:2', [1, 10], [10]],
    ['one in decimal, as VLC prints it', 'ffff:10:2', [1, 10], [10]],
    ['the hexadecimal one, where both are there', 'ffff:10:2', [10, 16], [16]],
    ['one in capital letters', 'FFFF:1F:2', [31], [31]],
    ['one that was switched from another', '1:2:2', [1, 2], [2]],
    ['none that is not in the header', 'ffff:3:2 ffff:0:2 ffff:ffff:2', [1], []],
    ['none by malformed entries', 'ffff:1 :1:2 1:2 ffff:x:2 ffff:1:22 ffff:00001:2 ffff:-1:2', [1], []],
    ['one between spaces', '  ffff:1:2   ffff:2:2 ', [1, 2], [1, 2]],
  ])('are %s', (_, entries, inHeader, expected) => {
    expect(off(entries, inHeader)).toEqual(expected);
  });

  test('are none without an entry', () => {
    expect(switchedOffStreams(readPragmas(['xPlayStrm=1']), () => true).size).toBe(0);
  });
});
