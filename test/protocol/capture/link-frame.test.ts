import { expect, test } from 'vitest';
import { ipPacketIn, isKnownLink, LinkType } from '../../../src/protocol/capture/link-frame.ts';
import { ethernet, ipv4, ipv6, tcp } from '../../support/capture-maker.ts';

const packet = ipv4(tcp({}));
const behind = (hex: string): Buffer => Buffer.concat([Buffer.from(hex, 'hex'), packet]);

test.each([
  { link: 'Ethernet', linkType: LinkType.ethernet, frame: ethernet(packet) },
  { link: 'Ethernet with a VLAN tag', linkType: LinkType.ethernet, frame: ethernet(packet, [0x8100]) },
  { link: 'Ethernet with two', linkType: LinkType.ethernet, frame: ethernet(packet, [0x88a8, 0x8100]) },
  { link: 'Linux cooked', linkType: LinkType.linuxSll, frame: behind('00000304000600000000000000000800') },
  {
    link: 'Linux cooked 2',
    linkType: LinkType.linuxSll2,
    frame: behind('0800000000000001030400060000000000000000'),
  },
  { link: 'loopback of BSD', linkType: LinkType.null, frame: behind('02000000') },
  { link: 'loopback of OpenBSD', linkType: LinkType.loop, frame: behind('00000002') },
  { link: 'raw IP', linkType: LinkType.raw, frame: packet },
  { link: 'raw IPv4', linkType: LinkType.ipv4, frame: packet },
])('$link has the IP packet', ({ linkType, frame }) => {
  expect(ipPacketIn(frame, linkType)).toEqual(packet);
  for (let end = 0; end < frame.length - packet.length; end++)
    expect(ipPacketIn(frame.subarray(0, end), linkType)?.length ?? 0).toBe(0);
});

test('IPv6 on Ethernet', () => {
  const v6 = ipv6(tcp({}));
  expect(ipPacketIn(ethernet(v6), LinkType.ethernet)).toEqual(v6);
});

test('what is no IP, or of a link that nobody here knows, has none', () => {
  expect(
    ipPacketIn(ethernet(packet, [0x8100, 0x8100, 0x8100, 0x8100, 0x8100]), LinkType.ethernet),
  ).toBeUndefined();
  expect(ipPacketIn(Buffer.alloc(60), LinkType.ethernet)).toBeUndefined();
  expect(ipPacketIn(packet, 105)).toBeUndefined();
  expect(isKnownLink(105)).toBe(false);
});
