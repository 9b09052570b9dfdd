import { expect, test } from 'vitest';
import { tcpSegmentIn } from '../../../src/protocol/capture/tcp-segment.ts';
import { ipv4, ipv6, tcp } from '../../support/capture-maker.ts';

const segment = tcp({ sequence: 0xfffffff0, acknowledgement: 7, flags: ['syn'], payload: 'hello' });

test('IPv4: addresses, numbers and flags; what is behind the packet is padding', () => {
  const packet = Buffer.concat([ipv4(segment), Buffer.alloc(6)]);
  expect(tcpSegmentIn(packet)).toEqual({
    source: '1.2.3.4:50000',
    target: '192.0.2.1:1935',
    sourcePort: 50_000,
    targetPort: 1935,
    sequence: 0xfffffff0,
    acknowledgement: 7,
    isSyn: true,
    isFin: false,
    isReset: false,
    payload: Buffer.from('hello'),
  });
});

test('IPv6: addresses as people write them, behind extension headers', () => {
  expect(tcpSegmentIn(ipv6(segment, [0, 43, 60]))).toMatchObject({
    source: '[::1]:50000',
    target: '[2001:db8::2]:1935',
    payload: Buffer.from('hello'),
  });
});

test('a packet whose length the network card will fill in ends with the capture', () => {
  expect(tcpSegmentIn(ipv4(segment, { length: 0 }))).toMatchObject({ payload: Buffer.from('hello') });
});

test('a packet of which not all was kept has what is there', () => {
  expect(tcpSegmentIn(ipv4(segment).subarray(0, 43))).toMatchObject({ payload: Buffer.from('hel') });
});

test('a fragment of IPv6 that is the only one is a whole packet', () => {
  expect(tcpSegmentIn(ipv6Fragment(0))).toMatchObject({ targetPort: 1935 });
});

/** @param fragment - the 16 bits of offset and flags */
function ipv6Fragment(fragment: number): Buffer {
  const packet = ipv6(segment, [44]);
  packet.writeUInt16BE(fragment, 42);
  return packet;
}

test.each([
  { what: 'UDP', packet: ipv4(segment, { protocol: 17 }), gives: 'not TCP' },
  { what: 'ARP', packet: Buffer.alloc(28), gives: 'not TCP' },
  { what: 'nothing', packet: Buffer.alloc(0), gives: 'not TCP' },
  { what: 'the first fragment', packet: ipv4(segment, { fragment: 0x2000 }), gives: 'fragment' },
  { what: 'another fragment', packet: ipv4(segment, { fragment: 0x0010 }), gives: 'fragment' },
  { what: 'the first fragment of IPv6', packet: ipv6Fragment(0x0001), gives: 'fragment' },
  { what: 'another fragment of IPv6', packet: ipv6Fragment(0x0008), gives: 'fragment' },
  { what: 'a TCP header that is cut', packet: ipv4(segment).subarray(0, 30), gives: 'cut' },
  { what: 'an IPv6 header that is cut', packet: ipv6(segment).subarray(0, 39), gives: 'cut' },
])('$what is no segment: $gives', ({ packet, gives }) => {
  expect(tcpSegmentIn(packet)).toBe(gives);
});
