import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFlvFileHeader, encodeFlvTag } from '../../src/protocol/flv/flv-tag.ts';
import { MmshPacketId, writeMmshData } from '../../src/protocol/mmsh/mmsh-packet.ts';
import {
  audioFrame,
  faultsIn,
  inspectFile,
  inspectPieces,
  recorded,
  videoFrame,
} from '../support/inspect-scene.ts';
import { root } from '../support/markdown.ts';

const names = readdirSync(join(root, 'test/fuzz/corpus')).filter((name) => name.includes('.to-'));
const kindOf: Readonly<Record<string, string>> = { rtmp: 'rtmp', http: 'http', mmsh: 'http', ws: 'http' };

test.each(names)('%s is read without a fault', (name) => {
  const { records } = inspectFile(recorded(name));
  expect(records[0]).toMatchObject({ is: 'flow', protocol: kindOf[name.replace(/-.*/, '')] });
  expect(faultsIn(records)).toEqual([]);
  const unreadable = records.filter((record) => 'content' in record && record.content.is === 'unreadable');
  expect(unreadable).toEqual([]);
});

test('bodies of HTTP are what is in them: FLV, also over WebSocket, and MMSH', () => {
  const protocolsIn = (name: string): string[] =>
    inspectFile(recorded(name)).records.flatMap((record) => (record.is === 'flow' ? [record.protocol] : []));
  expect(protocolsIn('http-pull-nms.to-client')).toEqual(['http', 'flv']);
  expect(protocolsIn('ws-pull-relay.to-client')).toEqual(['http', 'flv']);
  expect(protocolsIn('mmsh-pull-relay-2.to-client')).toEqual(['http', 'mmsh']);
});

const tags = [
  encodeFlvTag({ type: 9, timestamp: 0, payload: videoFrame(200, true) }),
  encodeFlvTag({ type: 8, timestamp: 10, payload: audioFrame(50) }),
  encodeFlvTag({ type: 9, timestamp: 40, payload: videoFrame(100) }),
];
const flvHeader = encodeFlvFileHeader({ audio: true, video: true });

test('an FLV file with garbage between its tags is read on behind it', () => {
  const { records } = inspectFile(Buffer.concat([flvHeader, ...tags, Buffer.alloc(100, 0xee), ...tags]));
  const at = flvHeader.length + Buffer.concat(tags).length;
  expect(faultsIn(records)).toEqual([
    `${at}: a tag of type 238, which nobody knows`,
    `${at + 100}: as flv behind 100, certain`,
  ]);
  expect(records.filter(({ is }) => is === 'tag')).toHaveLength(6);
});

test('FLV in the middle of a connection is found', () => {
  const { records } = inspectPieces([Buffer.concat([...tags, ...tags]).subarray(50)], {
    isFromBeginning: false,
  });
  const rest = Number(tags[0]?.length) - 50;
  expect(faultsIn(records)).toEqual([`${rest}: as flv behind ${rest}, certain`]);
  expect(records.filter(({ is }) => is === 'tag')).toHaveLength(5);
});

test('MMSH with bytes missing is read on at the next packet', () => {
  const packet = Buffer.alloc(112, 1);
  writeMmshData(packet, 0, MmshPacketId.data, 5, 0, 100);
  const packets = Buffer.concat(Array.from({ length: 6 }, () => packet));
  const { records } = inspectFile(packets);
  expect(records.filter(({ is }) => is === 'packet')).toHaveLength(6);
  const cut = inspectPieces([packets.subarray(0, 130), 50, packets.subarray(180)]);
  expect(faultsIn(cut.records)).toEqual([
    '130: 50 bytes are not in the capture',
    '224: as mmsh behind 112, certain',
  ]);
  expect(cut.records.filter(({ is }) => is === 'packet')).toHaveLength(5);
});

const zeros = '00'.repeat(60);
const encrypted = 'it is encrypted, and cannot be read here';

test.each([
  { what: 'TLS', wire: `1603010200${zeros}`, note: `TLS: ${encrypted}` },
  {
    what: 'TLS from the middle',
    wire: `1703030040${zeros}`,
    note: `TLS: ${encrypted}`,
    isFromBeginning: false,
  },
  { what: 'RTMPE', wire: `06${zeros}`, note: `RTMPE: ${encrypted}` },
  { what: 'nothing', wire: '', note: 'nothing came' },
  {
    what: 'SSH',
    wire: Buffer.from('SSH-2.0-OpenSSH_9.2p1').toString('hex'),
    note: 'it begins with 0x5353482d322e302d4f70656e5353485f, which nobody knows here',
  },
])('$what is called by its name', ({ wire, note, isFromBeginning = true }) => {
  const { records } = inspectPieces([Buffer.from(wire, 'hex')], { isFromBeginning });
  expect(records).toMatchObject([{ is: 'flow', protocol: 'unknown', note }, { is: 'end' }]);
});

const flvAnswer = Buffer.concat([
  Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${flvHeader.length + Buffer.concat(tags).length}\r\n\r\n`),
  flvHeader,
  ...tags,
]);

test('HTTP with bytes missing across heads is read on at the next one', () => {
  const { records } = inspectPieces([
    Buffer.concat([flvAnswer, flvAnswer]).subarray(0, -100),
    300,
    flvAnswer.subarray(200),
    flvAnswer,
  ]);
  expect(records.filter(({ is }) => is === 'http')).toHaveLength(3);
  const at = 3 * flvAnswer.length;
  expect(faultsIn(records.filter(({ flow }) => flow.id === '1>'))).toEqual([
    `${2 * flvAnswer.length - 100}: 300 bytes are not in the capture, inside a body`,
    `${at}: as http behind ${at - (2 * flvAnswer.length - 100)}, likely`,
  ]);
  expect(records.filter(({ is, flow }) => is === 'tag' && flow.id === '1>.3')).toHaveLength(3);
});

test('HTTP from the middle is read from the first segment that begins with a head', () => {
  const { records } = inspectPieces([flvAnswer.subarray(100), flvAnswer], { isFromBeginning: false });
  expect(faultsIn(records)).toEqual([
    `${flvAnswer.length - 100}: as http behind ${flvAnswer.length - 100}, likely`,
  ]);
  expect(records.filter(({ is }) => is === 'tag')).toHaveLength(3);
});

test('any bytes, with any gaps, cut anywhere, are told of or passed over', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.constantFrom(...names), fc.nat(4000), fc.nat(3000))
      .map(([name, at, size]) => recorded(name).subarray(at, at + size)),
    fc.nat(3000),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.boolean(), (pieces, isFromBeginning) => {
      const { records } = inspectPieces(pieces, { isFromBeginning, tellsChunks: true });
      expect(records.at(-1)?.is).toBe('end');
      const size = pieces.reduce<number>(
        (sum, part) => sum + (typeof part === 'number' ? part : part.length),
        0,
      );
      for (const { offset } of records) expect(offset).toBeLessThanOrEqual(size);
    }),
    { numRuns: 150 },
  );
});
