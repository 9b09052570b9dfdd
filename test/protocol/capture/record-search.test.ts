import { expect, test } from 'vitest';
import type {
  CaptureDamage,
  CaptureReader,
  DamageListener,
} from '../../../src/protocol/capture/captured-packet.ts';
import { PcapReader } from '../../../src/protocol/capture/pcap-reader.ts';
import { PcapngReader } from '../../../src/protocol/capture/pcapng-reader.ts';
import { block, enhancedPacket, pcap, section, words } from '../../support/capture-maker.ts';
import { everySplit } from '../../support/every-split.ts';

const texts = ['packet 1', 'the second one', 'packet 3', 'the fourth and last'];
const packets = texts.map((text) => Buffer.from(text));
/** Where the headers of the packets stand in a file of tcpdump: 24, 48, 78, 102; its end is 137. */
const captured = pcap(packets, { seconds: 1_700_000_000 });
/** Where the blocks of the packets stand in a file of Wireshark: 48, 88, 136, 176; its end is 228. */
const blocks = Buffer.concat([section(), ...packets.map((packet, i) => enhancedPacket(packet, 1000 * i))]);

/** A copy with these numbers of 32 bits at these places. */
function changed(bytes: Buffer, changes: Readonly<Record<number, number>>): Buffer {
  const copy = Buffer.from(bytes);
  for (const [at, value] of Object.entries(changes)) copy.writeUInt32LE(value, Number(at));
  return copy;
}

/** What is read of a file at every split, which has to be the same. */
function readAll(bytes: Buffer, open: (damaged: DamageListener) => CaptureReader): string[] {
  const outcomes = new Set<string>();
  for (const parts of everySplit(bytes)) {
    const found: string[] = [];
    const reader = open((damage) => void found.push(textOf(damage)));
    for (const part of [...parts, undefined]) {
      if (part === undefined) reader.end();
      else reader.push(part);
      for (const packet of reader.packets()) found.push(packet.bytes.toString());
    }
    outcomes.add(JSON.stringify(found));
  }
  expect(outcomes.size).toBe(1);
  return JSON.parse([...outcomes][0] ?? '[]');
}

function textOf(damage: CaptureDamage): string {
  if (damage.is === 'fault') return `${damage.at}: ${damage.reason}`;
  return `${damage.at}: behind ${damage.skippedBytes}, ${damage.sureness}`;
}

const [one, two, three, four] = texts;
const orBefore = ', or the packet before it is not as long as it says';

test.each([
  {
    what: 'longer than any packet',
    bytes: changed(captured, { 56: 0xfffffff0 }),
    found: [
      one,
      `48: a packet of 4294967280 bytes, limit 262144${orBefore}`,
      '78: behind 30, likely',
      three,
      four,
    ],
  },
  {
    what: 'longer than the file',
    bytes: changed(captured, { 56: 200_000, 60: 200_000 }),
    found: [one, '48: the capture ends inside a packet', '78: behind 30, likely', three, four],
  },
  {
    what: 'longer than its packet, as is what the network had',
    bytes: changed(captured, { 56: 34, 60: 34 }),
    found: [
      one,
      expect.stringMatching(/^the second one/),
      '98: the packet before it is not as long as it says',
      '78: behind 0, likely',
      three,
      four,
    ],
  },
  {
    what: 'shorter than its packet',
    bytes: changed(captured, { 56: 4 }),
    found: [
      one,
      'the ',
      expect.stringMatching(/^68: a packet of .* bytes/),
      '78: behind 10, likely',
      three,
      four,
    ],
  },
  {
    what: 'zero',
    bytes: changed(captured, { 56: 0 }),
    found: [one, '', expect.stringMatching(/^64: a packet of/), '78: behind 14, likely', three, four],
  },
  {
    what: 'longer than what the network had',
    bytes: changed(captured, { 56: 22 }),
    found: [
      one,
      `48: a packet of 22 bytes, of which 14 were on the network${orBefore}`,
      '78: behind 30, likely',
      three,
      four,
    ],
  },
  {
    what: 'of the first packet longer than the file',
    bytes: changed(captured, { 32: 100_000, 36: 100_000 }),
    found: ['24: the capture ends inside a packet', '48: behind 24, certain', two, three, four],
  },
  {
    what: 'of the last packet a lie',
    bytes: changed(captured, { 110: 0x7fffffff }),
    found: [one, two, three, `102: a packet of 2147483647 bytes, limit 262144${orBefore}`],
  },
])('a file of tcpdump with a length that is $what is read on', ({ bytes, found }) => {
  expect(readAll(bytes, (damaged) => new PcapReader(damaged))).toEqual(found);
});

test('zeros in the place of packets are passed over', () => {
  const bytes = Buffer.concat([captured.subarray(0, 48), Buffer.alloc(160), captured.subarray(48)]);
  expect(readAll(bytes, (damaged) => new PcapReader(damaged))).toEqual([
    one,
    `48: a packet of 0 bytes, of another time${orBefore}`,
    '208: behind 160, certain',
    two,
    three,
    four,
  ]);
});

test('a file whose packets all say less of the network than was kept is read all the same', () => {
  const odd = changed(captured, { 36: 1, 60: 1, 90: 1, 114: 1 });
  expect(readAll(odd, (damaged) => new PcapReader(damaged))).toEqual(texts);
});

test.each([
  {
    what: 'longer than any block',
    bytes: changed(blocks, { 92: 0xfffffff0 }),
    found: [one, '88: a block of 4294967280 bytes, limit 327680', '136: behind 48, certain', three, four],
  },
  {
    what: 'longer than the file',
    bytes: changed(blocks, { 92: 200_000 }),
    found: [one, '88: the capture ends inside a block', '136: behind 48, certain', three, four],
  },
  {
    what: 'longer than its block',
    bytes: changed(blocks, { 92: 88 - 4 }),
    found: [one, '88: a block whose two lengths differ', '136: behind 48, certain', three, four],
  },
  {
    what: 'shorter than its packet',
    bytes: changed(blocks, { 92: 20 }),
    found: [one, '88: a block whose two lengths differ', '136: behind 48, certain', three, four],
  },
  {
    what: 'zero',
    bytes: changed(blocks, { 92: 0 }),
    found: [one, '88: a block of 0 bytes', '136: behind 48, certain', three, four],
  },
  {
    what: 'no multiple of 4',
    bytes: changed(blocks, { 92: 47 }),
    found: [one, '88: a block of 47 bytes', '136: behind 48, certain', three, four],
  },
  {
    what: 'of a block that nobody knows, longer than the file',
    bytes: Buffer.concat([blocks.subarray(0, 88), words([0x77, 0x00ff_0000, 0]), blocks.subarray(88)]),
    found: [one, '88: the capture ends inside a block', '100: behind 12, certain', two, three, four],
  },
  {
    what: 'right, of a packet that says to be longer',
    bytes: changed(blocks, { 108: 1000 }),
    found: [one, '88: a block with 36 bytes in it, 1020 are needed: what follows it is read on', three, four],
  },
])('a file of Wireshark with a length that is $what is read on', ({ bytes, found }) => {
  expect(readAll(bytes, (damaged) => new PcapngReader(damaged))).toEqual(found);
});

test('a block that stands at no multiple of 4 is found, and a section of the other byte order', () => {
  const other = Buffer.concat([
    section(1, Buffer.alloc(0), false),
    enhancedPacket(Buffer.from('other'), 0, false),
  ]);
  const bytes = Buffer.concat([
    blocks.subarray(0, 88),
    Buffer.from('lost!'),
    other,
    block(5, Buffer.alloc(8), false),
  ]);
  expect(readAll(bytes, (damaged) => new PcapngReader(damaged))).toEqual([
    one,
    expect.stringMatching(/^88: a block of \d+ bytes/),
    expect.stringMatching(/^93: behind 5, /),
    'other',
  ]);
});

test('a lying length takes no more memory than the file and ends soon', () => {
  const filler = Buffer.alloc(4 * 2 ** 20, 0x55);
  const bytes = Buffer.concat([captured.subarray(0, 48), filler, captured.subarray(48)]);
  const found: string[] = [];
  const reader = new PcapReader((damage) => void found.push(textOf(damage)));
  let most = 0;
  for (let at = 0; at < bytes.length; at += 65_536) {
    reader.push(bytes.subarray(at, at + 65_536));
    for (const packet of reader.packets()) found.push(packet.bytes.toString());
    most = Math.max(most, reader.partialBytes);
  }
  reader.end();
  for (const packet of reader.packets()) found.push(packet.bytes.toString());
  expect(found.filter((line) => texts.includes(line))).toEqual(texts);
  expect(most).toBeLessThan(2 ** 20);
});
