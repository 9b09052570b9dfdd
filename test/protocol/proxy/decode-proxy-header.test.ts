import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import { decodeProxyHeader } from '../../../src/protocol/proxy/decode-proxy-header.ts';
import type { ProxyHeader } from '../../../src/protocol/proxy/proxy-header.ts';
import { everySplit } from '../../support/every-split.ts';

const signature = '0d0a0d0a000d0a515549540a';
/** From 192.0.2.1 port 51000 to 192.0.2.2 port 1935. */
const ipv4 = 'c0000201 c0000202 c738 078f';
const ipv6 = '20010db8000000000000000000000001 20010db8000000000000000000000002 c738 078f';

/** A header of version 2 whose length is that of what follows. @param place - family and transport */
function binary(command: string, place: string, ...rest: readonly string[]): Buffer {
  const block = Buffer.from(rest.join('').replaceAll(' ', ''), 'hex');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(block.length);
  return Buffer.concat([Buffer.from(`${signature}${command}${place}`, 'hex'), length, block]);
}

function text(line: string): Buffer {
  return Buffer.from(`${line}\r\n`, 'latin1');
}

const plain = { isTls: false, authority: undefined };
const clientV4 = { source: { address: '192.0.2.1', port: 51_000 }, ...plain };
const clientV6 = { source: { address: '2001:0db8:0000:0000:0000:0000:0000:0001', port: 51_000 }, ...plain };
const nobody = { source: undefined, ...plain };

const headers: readonly { form: string; wire: Buffer; found: Omit<ProxyHeader, 'bytes'> }[] = [
  { form: 'v1 TCP4', wire: text('PROXY TCP4 192.0.2.1 192.0.2.2 51000 1935'), found: clientV4 },
  {
    form: 'v1 TCP6',
    wire: text('PROXY TCP6 2001:db8::1 2001:DB8::2 51000 1935'),
    found: { source: { address: '2001:db8::1', port: 51_000 }, ...plain },
  },
  {
    form: 'v1 TCP6, the longest',
    wire: text(`PROXY TCP6 ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535`),
    found: { source: { address: `${'ffff:'.repeat(7)}ffff`, port: 65_535 }, ...plain },
  },
  { form: 'v1 UNKNOWN', wire: text('PROXY UNKNOWN'), found: nobody },
  {
    form: 'v1 UNKNOWN, the longest',
    wire: text(`PROXY UNKNOWN ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535`),
    found: nobody,
  },
  { form: 'v2 TCP over IPv4', wire: binary('21', '11', ipv4), found: clientV4 },
  { form: 'v2 TCP over IPv6', wire: binary('21', '21', ipv6), found: clientV6 },
  { form: 'v2 LOCAL', wire: binary('20', '00'), found: nobody },
  { form: 'v2 LOCAL with addresses and rubbish', wire: binary('20', '11', ipv4, '0300ff'), found: nobody },
  { form: 'v2 unspecified', wire: binary('21', '00', 'abcdef'), found: nobody },
  { form: 'v2 UDP over IPv4', wire: binary('21', '12', ipv4), found: nobody },
  { form: 'v2 a local socket', wire: binary('21', '31', '00'.repeat(216)), found: nobody },
  {
    form: 'v2 with values that are not known, and empty ones',
    wire: binary('21', '11', ipv4, '04 0003 000000', 'e0 0000', '30 0001 61', '05 0000'),
    found: clientV4,
  },
  {
    form: 'v2 with TLS, its version, and a server name',
    wire: binary(
      '21',
      '11',
      ipv4,
      '20 000f 01 00000000 21 0007 544c5376312e33',
      '02 0009 612e6578616d706c65',
    ),
    found: { ...clientV4, isTls: true, authority: 'a.example' },
  },
  {
    form: 'v2 with a client that does not speak TLS',
    wire: binary('21', '11', ipv4, '20 0005 00 00000001'),
    found: clientV4,
  },
  {
    form: 'v2 with its checksum',
    wire: binary('21', '11', ipv4, '03 0004 f6a81506'),
    found: clientV4,
  },
  {
    form: 'v2 of 4,096 bytes',
    wire: binary('21', '11', ipv4, `04 0fe1 ${'00'.repeat(4065)}`),
    found: clientV4,
  },
];

test.each(headers)('reads $form at every cut, and leaves what comes behind it', ({ wire, found }) => {
  for (const parts of wire.length > 1000 ? [[wire]] : everySplit(wire)) {
    let bytes = Buffer.alloc(0);
    for (const [index, part] of parts.entries()) {
      bytes = Buffer.concat([bytes, part]);
      const expected = index === parts.length - 1 ? { bytes: wire.length, ...found } : undefined;
      expect(decodeProxyHeader(bytes)).toEqual(expected);
    }
    const behind = Buffer.concat([bytes, wire]);
    expect(decodeProxyHeader(behind)).toEqual({ bytes: wire.length, ...found });
  }
});

test.each([
  { fault: 'something else', wire: Buffer.from('GET / HTTP/1.1\r\n'), at: 1 },
  { fault: 'C0 of RTMP', wire: Buffer.from('03', 'hex'), at: 1 },
  { fault: 'v1: another word', wire: Buffer.from('POST / HTTP/1.1\r\n'), at: 2 },
  { fault: 'v1: in small letters', wire: Buffer.from('Proxy TCP4'), at: 2 },
  { fault: 'v1: an unknown protocol', wire: text('PROXY TCP5 192.0.2.1 192.0.2.2 1 2') },
  { fault: 'v1: no protocol', wire: text('PROXY ') },
  { fault: 'v1: the family of the other address', wire: text('PROXY TCP4 2001:db8::1 2001:db8::2 1 2') },
  { fault: 'v1: two families', wire: text('PROXY TCP4 192.0.2.1 2001:db8::2 1 2') },
  { fault: 'v1: a name', wire: text('PROXY TCP4 localhost 192.0.2.2 1 2') },
  { fault: 'v1: zeros before a number', wire: text('PROXY TCP4 192.0.2.01 192.0.2.2 1 2') },
  { fault: 'v1: a number too many', wire: text('PROXY TCP4 192.0.2.256 192.0.2.2 1 2') },
  { fault: 'v1: a zone', wire: text('PROXY TCP6 fe80::1%eth0 fe80::2 1 2') },
  { fault: 'v1: brackets', wire: text('PROXY TCP6 [2001:db8::1] 2001:db8::2 1 2') },
  { fault: 'v1: a port too large', wire: text('PROXY TCP4 192.0.2.1 192.0.2.2 65536 2') },
  { fault: 'v1: zeros before a port', wire: text('PROXY TCP4 192.0.2.1 192.0.2.2 080 2') },
  { fault: 'v1: a port missing', wire: text('PROXY TCP4 192.0.2.1 192.0.2.2 1') },
  { fault: 'v1: one thing too many', wire: text('PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3') },
  { fault: 'v1: two spaces', wire: text('PROXY TCP4  192.0.2.1 192.0.2.2 1 2') },
  { fault: 'v1: ends with LF alone', wire: Buffer.from(`PROXY UNKNOWN\n${'x'.repeat(93)}`), at: 107 },
  { fault: 'v1: no end', wire: Buffer.from(`PROXY UNKNOWN ${'x'.repeat(200)}`), at: 107 },
  { fault: 'v2: another signature', wire: Buffer.from(`${signature.slice(0, -2)}0b`, 'hex'), at: 12 },
  { fault: 'v2: version 1', wire: binary('11', '11', ipv4), at: 13 },
  { fault: 'v2: version 3', wire: binary('31', '11', ipv4), at: 13 },
  { fault: 'v2: an unknown command', wire: binary('22', '11', ipv4), at: 13 },
  { fault: 'v2: an unknown family', wire: binary('21', '41', ipv4), at: 14 },
  { fault: 'v2: an unknown transport', wire: binary('21', '13', ipv4), at: 14 },
  { fault: 'v2: no room for the addresses', wire: binary('21', '21', ipv4) },
  { fault: 'v2: half of a value', wire: binary('21', '11', ipv4, '04 00') },
  { fault: 'v2: a value longer than the header', wire: binary('21', '11', ipv4, '04 ffff 00') },
  { fault: 'v2: a wrong checksum', wire: binary('21', '11', ipv4, '03 0004 f6a81507') },
  { fault: 'v2: a short checksum', wire: binary('21', '11', ipv4, '03 0003 f6a815') },
  { fault: 'v2: little about TLS', wire: binary('21', '11', ipv4, '20 0004 01000000') },
  { fault: 'v2: a long name', wire: binary('21', '11', ipv4, `02 0100 ${'61'.repeat(256)}`) },
])('refuses $fault as soon as it can be seen', ({ wire, at = wire.length }) => {
  for (let length = 0; length < at; length++)
    expect(decodeProxyHeader(wire.subarray(0, length))).toBeUndefined();
  const fault = expect.objectContaining({ code: 'PROXY_HEADER_INVALID' });
  expect(() => decodeProxyHeader(wire.subarray(0, at))).toThrow(fault);
});

test('a header that would be too long is refused before it has come', () => {
  const wire = Buffer.from(`${signature}2111ffff`, 'hex');
  expect(() => decodeProxyHeader(wire)).toThrow(expect.objectContaining({ code: 'PROXY_HEADER_TOO_LARGE' }));
  expect(decodeProxyHeader(wire.subarray(0, 15))).toBeUndefined();
});

test('whatever bytes come, there is a header, none yet, or a protocol error', () => {
  const start = fc.constantFrom(
    '',
    '0d',
    signature,
    `${signature}2111`,
    `${signature}21210100`,
    '50524f585920',
  );
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 400 }), (hex, rest) => {
      const bytes = Buffer.concat([Buffer.from(hex, 'hex'), rest]);
      try {
        const header = decodeProxyHeader(bytes);
        expect(header?.bytes ?? 0).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 2000 },
  );
});
