import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import { decodeForwarded, decodeForwardedFor } from '../../../src/session/http/forwarded-hops.ts';

const hidden = { address: undefined, port: undefined };

const nodes = [
  { written: '192.0.2.43', node: { address: '192.0.2.43', port: undefined } },
  { written: '192.0.2.43:47011', node: { address: '192.0.2.43', port: 47_011 } },
  { written: '[2001:DB8:cafe::17]', node: { address: '2001:db8:cafe::17', port: undefined } },
  { written: '[2001:db8:cafe::17]:4711', node: { address: '2001:db8:cafe::17', port: 4711 } },
  { written: '2001:db8:0:0::17', node: { address: '2001:db8::17', port: undefined } },
  { written: '::ffff:192.0.2.43', node: { address: '192.0.2.43', port: undefined } },
  { written: '[::ffff:192.0.2.43]:5', node: { address: '192.0.2.43', port: 5 } },
  { written: 'unknown', node: hidden },
  { written: '_hidden', node: hidden },
  { written: '_SEVKISEK', node: hidden },
  { written: '192.0.2.43:_port', node: hidden },
  { written: '192.0.2.256', node: hidden },
  { written: '192.0.2', node: hidden },
  { written: '[192.0.2.43]', node: hidden },
  { written: '[2001:db8::17', node: hidden },
  { written: '192.0.2.43:', node: hidden },
  { written: 'example.com', node: hidden },
];

test.each(nodes)('$written in both headers', ({ written, node }) => {
  expect(decodeForwardedFor(written)).toEqual([{ ...node, scheme: undefined }]);
  expect(decodeForwarded(`for="${written}"`)).toEqual([{ ...node, scheme: undefined }]);
});

const a = { address: '192.0.2.1', port: undefined };
const b = { address: '192.0.2.2', port: undefined };

test.each([
  { addresses: '192.0.2.1, 192.0.2.2', schemes: undefined, hops: [a, b], scheme: undefined },
  { addresses: ' 192.0.2.1,192.0.2.2 ', schemes: 'https', hops: [a, b], scheme: 'https' },
  { addresses: '192.0.2.1,, ,192.0.2.2,', schemes: 'http, HTTPS', hops: [a, b], scheme: 'https' },
  { addresses: '', schemes: 'https', hops: [], scheme: undefined },
])('X-Forwarded-For: $addresses', ({ addresses, schemes, hops, scheme }) => {
  expect(decodeForwardedFor(addresses, schemes)).toEqual(hops.map((hop) => ({ ...hop, scheme })));
});

describe('Forwarded', () => {
  test.each([
    { value: '', hops: [] },
    { value: 'for=192.0.2.1', hops: [a] },
    { value: 'For=192.0.2.1;Proto=HTTPS;by=203.0.113.43', hops: [{ ...a, scheme: 'https' }] },
    { value: 'for=192.0.2.1, for=192.0.2.2;proto=http', hops: [a, { ...b, scheme: 'http' }] },
    { value: ' for=192.0.2.1 ; proto=https ,\tfor=192.0.2.2', hops: [{ ...a, scheme: 'https' }, b] },
    { value: 'for=192.0.2.1,,for=192.0.2.2,', hops: [a, b] },
    { value: 'for=192.0.2.1;', hops: [a] },
    { value: 'by=_secret;host="a,b;for=x"', hops: [{ ...hidden, host: 'a,b;for=x' }] },
    { value: 'for="192.0.\\2.1";host="\\"x\\\\"', hops: [{ ...a, host: '"x\\' }] },
    { value: 'for=192.0.2.1:80', hops: [{ ...a, port: 80 }] },
  ])('$value', ({ value, hops }) => {
    expect(decodeForwarded(value)).toEqual(hops.map((hop) => ({ scheme: undefined, ...hop })));
  });

  test.each([
    { value: 'for' },
    { value: 'for=' },
    { value: '=x' },
    { value: 'for="192.0.2.1' },
    { value: 'for=", for="[2001:db8::1]"' },
    { value: 'for="x"y' },
    { value: 'for=192.0.2.1 proto=https' },
    { value: 'for = 192.0.2.1' },
    { value: 'for=192.0.2.1;FOR=192.0.2.2' },
    { value: '192.0.2.1' },
    { value: 'for=ä' },
  ])('malformed: $value', ({ value }) => {
    expect(() => decodeForwarded(value)).toThrow(expect.objectContaining({ code: 'HTTP_FORWARDED_INVALID' }));
  });
});

test('a header that is too long is refused', () => {
  const long = '192.0.2.1,'.repeat(205);
  const fault = expect.objectContaining({ code: 'HTTP_FORWARDED_INVALID' });
  expect(() => decodeForwardedFor(long)).toThrow(fault);
  expect(() => decodeForwardedFor('192.0.2.1', long)).toThrow(fault);
  expect(() => decodeForwarded(`for=${'x'.repeat(2045)}`)).toThrow(fault);
});

test('whatever a header says, it is decoded or refused, and soon', () => {
  const part = fc.constantFrom(
    'for',
    '=',
    '"',
    '\\',
    ',',
    ';',
    ' ',
    '\t',
    '192.0.2.1',
    '[',
    ']',
    '::1',
    'proto',
    'é',
    '',
  );
  const text = fc.array(part, { maxLength: 400 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (value) => {
      for (const decode of [decodeForwarded, decodeForwardedFor]) {
        const start = performance.now();
        try {
          decode(value);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
        expect(performance.now() - start).toBeLessThan(50);
      }
    }),
    { numRuns: 1000 },
  );
});
