import { expect, test } from 'vitest';
import { enhancedPacket, ethernet, ipv4, ipv6, pcap, section, tcp } from '../support/capture-maker.ts';
import {
  chunks,
  faultsIn,
  handshake,
  inspectFile,
  inspecting,
  messagesIn,
  videoFrame,
} from '../support/inspect-scene.ts';

const UDP = 17;
const said = pcap([
  ethernet(ipv4(tcp({ flags: ['syn'] }))),
  ethernet(ipv4(tcp({ sequence: 1, payload: handshake }))),
]);

/** What is wrong with the beginning of a capture. @param isStopped - nobody wants to see the rest */
function faultsOf(bytes: Buffer, isStopped: boolean): string[] {
  const { records } = inspecting({}, (inspection) => {
    const source = inspection.source('file');
    source.push(bytes);
    source.end(isStopped);
  });
  return faultsIn(records);
}

test('an end inside a packet is told, unless whoever reads has stopped there', () => {
  const beginning = said.subarray(0, -100);
  expect(faultsOf(beginning, false)).toEqual([
    expect.stringMatching(/^\d+: the capture ends inside a packet$/),
  ]);
  expect(faultsOf(beginning, true)).toEqual([]);
});

test.each([
  {
    what: 'a capture of UDP',
    bytes: pcap([ethernet(ipv4(tcp({}), { protocol: UDP }))]),
    problem: 'no TCP is in it: it has 1 packets',
  },
  {
    what: 'a compressed capture',
    bytes: Buffer.from('28b52ffd0000', 'hex'),
    problem: 'it is compressed: unpack it with zstd -d first',
  },
  {
    what: 'a capture of snoop',
    bytes: Buffer.from('snoop\0\0\0'),
    problem: 'it is a capture of snoop: make it pcapng with editcap first',
  },
])('$what is told for what it is', ({ bytes, problem }) => {
  const { records } = inspectFile(bytes);
  expect(records).toMatchObject([{ is: 'fault', reason: problem }]);
});

const media = Buffer.concat([0, 40, 80].map((timestamp) => chunks({ timestamp }, videoFrame(90))));
const segments = [
  tcp({ flags: ['syn'] }),
  tcp({ sequence: 1, payload: handshake.subarray(0, 1000) }),
  tcp({ sequence: 1001, payload: handshake.subarray(1000, 2000) }),
  tcp({ sequence: 2001, payload: handshake.subarray(2000) }),
  tcp({ sequence: 1 + handshake.length, payload: media }),
].map((segment) => ethernet(ipv4(segment)));

test('behind a packet that lies about its length, the capture is read on', () => {
  const bytes = pcap(segments, { seconds: 1_700_000_000 });
  const at = 24 + 16 + 54 + 16 + 1054;
  bytes.writeUInt32LE(0xffffff, at + 8);
  const { records } = inspectFile(bytes);
  expect(faultsIn(records)).toEqual([
    `${at}: a packet of 16777215 bytes, limit 262144, or the packet before it is not as long as it says`,
    `${at + 16 + 1054}: as pcap behind 1070, likely`,
    '1000: 1000 bytes are not in the capture',
    '3073: as rtmp behind 3073, certain',
  ]);
  expect(messagesIn(records)).toMatchObject([{ type: 9 }, { type: 9 }, { type: 9 }]);
});

test('behind a block that lies about its length, the capture is read on', () => {
  const parts = [section(), ...segments.map((packet, i) => enhancedPacket(packet, 1_000_000 * i))];
  const at = Buffer.concat(parts.slice(0, 3)).length;
  const bytes = Buffer.concat(parts);
  bytes.writeUInt32LE(0, at + 4);
  expect(faultsIn(inspectFile(bytes).records)).toEqual([
    `${at}: a block of 0 bytes`,
    `${at + (parts[3]?.length ?? 0)}: as pcapng behind ${parts[3]?.length}, certain`,
    '1000: 1000 bytes are not in the capture',
    '3073: as rtmp behind 3073, certain',
  ]);
});

const conversation = [
  tcp({ flags: ['syn'] }),
  tcp({ sequence: 1, payload: Buffer.concat([handshake, media]) }),
];
const v4 = (segment: Buffer): Buffer => ipv4(segment);
const v6 = (segment: Buffer): Buffer => ipv6(segment);
/** Puts these bytes before each packet. */
const behind =
  (hex: string, ip = v4) =>
  (segment: Buffer): Buffer =>
    Buffer.concat([Buffer.from(hex, 'hex'), ip(segment)]);

test.each([
  { link: 'Ethernet with a VLAN tag', linkType: 1, frame: (s: Buffer) => ethernet(v4(s), [0x8100]) },
  { link: 'QinQ', linkType: 1, frame: (s: Buffer) => ethernet(v6(s), [0x88a8, 0x8100]) },
  { link: 'Linux cooked', linkType: 113, frame: behind('00000304000600000000000000000800') },
  {
    link: 'Linux cooked with a VLAN tag',
    linkType: 113,
    frame: behind('0000000100060000000000000000810000010800'),
  },
  { link: 'Linux cooked 2', linkType: 276, frame: behind('0800000000000001030400060000000000000000') },
  {
    link: 'Linux cooked 2, IPv6',
    linkType: 276,
    frame: behind('86dd000000000001030400060000000000000000', v6),
  },
  { link: 'loopback of BSD', linkType: 0, frame: behind('02000000') },
  { link: 'loopback of macOS, IPv6', linkType: 0, frame: behind('1e000000', v6) },
  { link: 'loopback of OpenBSD', linkType: 108, frame: behind('00000002') },
  { link: 'raw IPv4', linkType: 101, frame: v4 },
  { link: 'raw IPv6', linkType: 101, frame: v6 },
  { link: 'raw IPv4 by its own number', linkType: 228, frame: v4 },
  { link: 'raw IPv6 by its own number', linkType: 229, frame: v6 },
  {
    link: 'IPv6 with extension headers',
    linkType: 1,
    frame: (s: Buffer) => ethernet(ipv6(s, [0, 43, 60])),
  },
])('a capture of $link has the messages', ({ linkType, frame }) => {
  const { records } = inspectFile(pcap(conversation.map(frame), { linkType }));
  expect(faultsIn(records)).toEqual([]);
  expect(messagesIn(records)).toHaveLength(3);
});

test('fragments of IP packets are counted, and what they had is missing', () => {
  const bytes = pcap(
    segments.map((frame, i) => (i === 2 ? ethernet(ipv4(frame.subarray(34), { fragment: 0x2000 })) : frame)),
  );
  const { records } = inspectFile(bytes);
  expect(faultsIn(records)).toEqual([
    '1000: 1000 bytes are not in the capture',
    '3073: as rtmp behind 3073, certain',
    '0: 1 fragments of IP packets were passed over',
  ]);
  expect(messagesIn(records)).toHaveLength(3);
});
