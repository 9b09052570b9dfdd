import { expect, test } from 'vitest';
import { decodeProxyHeader } from '../../../src/protocol/proxy/decode-proxy-header.ts';
import { encodeProxyHeader } from '../../../src/protocol/proxy/encode-proxy-header.ts';

test('writes the bytes of the specification', () => {
  const source = { address: '192.0.2.1', port: 51_000 };
  expect(encodeProxyHeader({ source, isTls: false }).toString('hex')).toBe(
    '0d0a0d0a000d0a515549540a2111000cc000020100000000c7380000',
  );
  expect(encodeProxyHeader({ source, isTls: true }).toString('hex')).toBe(
    '0d0a0d0a000d0a515549540a21110014c000020100000000c738000020000501' + '00000001',
  );
});

test.each([
  { address: '203.0.113.9', isTls: true, read: '203.0.113.9' },
  { address: '2001:db8::1', isTls: false, read: '2001:0db8:0000:0000:0000:0000:0000:0001' },
  { address: '::', isTls: true, read: '0000:0000:0000:0000:0000:0000:0000:0000' },
  { address: '1:2:3:4:5:6:7:8', isTls: false, read: '0001:0002:0003:0004:0005:0006:0007:0008' },
])('what is written for $address is read again', ({ address, isTls, read }) => {
  const header = encodeProxyHeader({ source: { address, port: 7 }, isTls });
  expect(decodeProxyHeader(header)).toEqual({
    bytes: header.length,
    source: { address: read, port: 7 },
    isTls,
    authority: undefined,
  });
});
