import { expect, test } from 'vitest';
import { enhancedPacket, ethernet, ipv4, pcap, section, tcp } from '../support/capture-maker.ts';
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
