import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkedBody } from '../../../load-tester/protocols/chunked-body.ts';
import { BrokenResponse } from '../../../load-tester/protocols/player-protocol.ts';
import { everySplit } from '../../support/every-split.ts';

function decode(parts: readonly Buffer[]): { body: string; isDone: boolean } {
  const coding = new ChunkedBody();
  const body = parts.flatMap((part) => [...coding.decode(part)]);
  return { body: Buffer.concat(body).toString('latin1'), isDone: coding.isDone };
}

test.each([
  { what: 'two chunks', wire: '3\r\nFLV\r\n2\r\n\r\n\r\n', body: 'FLV\r\n', isDone: false },
  { what: 'hex digits of either case', wire: 'a\r\n0123456789\r\n0A\r\n', body: '0123456789', isDone: false },
  { what: 'an extension', wire: '1 ;name="value"\r\nx\r\n', body: 'x', isDone: false },
  { what: 'the end', wire: '1\r\nx\r\n0\r\n\r\n', body: 'x', isDone: true },
  { what: 'a trailer', wire: '1\r\nx\r\n0\r\nName: value\r\n\r\nmore', body: 'x', isDone: true },
  { what: 'bare line feeds', wire: '1\nx\n0\n\n', body: 'x', isDone: true },
])('decodes $what at every split', ({ wire, body, isDone }) => {
  for (const parts of everySplit(Buffer.from(wire, 'latin1')))
    expect(decode(parts)).toEqual({ body, isDone });
});

test.each([
  ['no size', '\r\n'],
  ['a size that is no number', 'x\r\n'],
  ['a size beyond everything', 'fffffffffffff\r\n'],
  ['a chunk longer than its size', '1\r\nxy\r\n'],
  ['an endless size line', '1'.repeat(5000)],
  ['an endless trailer line', `0\r\n${'x'.repeat(5000)}`],
])('refuses %s', (_, wire) => {
  expect(() => decode([Buffer.from(wire, 'latin1')])).toThrow(BrokenResponse);
});

test('any bytes give a body or a BrokenResponse, nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (parts) => {
      try {
        decode(parts.map((part) => Buffer.from(part)));
      } catch (error) {
        expect(error).toBeInstanceOf(BrokenResponse);
      }
    }),
  );
});
