import { expect, test } from 'vitest';
import { PcapngReader } from '../../../src/protocol/capture/pcapng-reader.ts';
import { block, enhancedPacket, section, words } from '../../support/capture-maker.ts';
import { everySplit } from '../../support/every-split.ts';

const packet = Buffer.from('packet');
/** if_tsresol and if_tsoffset. */
const nanoseconds = Buffer.from('0900010009000000', 'hex');
const halves = Buffer.from('0900010081000000', 'hex');
const hourLater = Buffer.from('0e000800100e000000000000', 'hex');

function read(parts: readonly Buffer[]): { text: string; timeMs: number | undefined; linkType: number }[] {
  const reader = new PcapngReader();
  return [...parts, undefined].flatMap((part) => {
    if (part === undefined) reader.end();
    else reader.push(part);
    return [...reader.packets()].map(({ bytes, timeMs, linkType }) => ({
      text: bytes.toString(),
      timeMs,
      linkType,
    }));
  });
}

test.each([
  { form: 'microseconds', file: [section(), enhancedPacket(packet, 5_000_000)], timeMs: 5000 },
  {
    form: 'nanoseconds',
    file: [section(1, nanoseconds), enhancedPacket(packet, 5_000_000_000)],
    timeMs: 5000,
  },
  { form: 'halves of a second', file: [section(1, halves), enhancedPacket(packet, 10)], timeMs: 5000 },
  { form: 'an offset', file: [section(1, hourLater), enhancedPacket(packet, 0)], timeMs: 3_600_000 },
  {
    form: 'big-endian',
    file: [section(1, Buffer.alloc(0), false), enhancedPacket(packet, 5_000_000, false)],
    timeMs: 5000,
  },
  {
    form: 'a simple packet',
    file: [section(), block(3, Buffer.concat([words([6]), packet]))],
    timeMs: undefined,
  },
  {
    form: 'an obsolete packet block',
    file: [section(), block(2, Buffer.concat([words([0, 0, 5_000_000, 6, 6]), packet]))],
    timeMs: 5000,
  },
  {
    form: 'blocks that nobody knows',
    file: [
      section(),
      block(5, Buffer.alloc(1000)),
      block(0x80000001, Buffer.alloc(4)),
      enhancedPacket(packet, 0),
    ],
    timeMs: 0,
  },
])('reads $form at every split', ({ file, timeMs }) => {
  for (const parts of everySplit(Buffer.concat(file)))
    expect(read(parts)).toEqual([{ text: 'packet', timeMs, linkType: 1 }]);
});

test('a section has a byte order and interfaces of its own', () => {
  const sections = [
    Buffer.concat([section(1), enhancedPacket(packet, 1000)]),
    Buffer.concat([section(276, Buffer.alloc(0), false), enhancedPacket(packet, 2000, false)]),
  ];
  expect(read(sections)).toEqual([
    { text: 'packet', timeMs: 1, linkType: 1 },
    { text: 'packet', timeMs: 2, linkType: 276 },
  ]);
});

test.each([
  { what: 'no section', bytes: enhancedPacket(packet, 0), problem: /no section header, at byte 0/ },
  { what: 'no byte order', bytes: block(0x0a0d0d0a, Buffer.alloc(16)), problem: /without a byte order/ },
  {
    what: 'a packet of no interface',
    bytes: Buffer.concat([section(), block(6, words([7, 0, 0, 0, 0]))]),
    problem: /interface 7, which is not described: what follows it is read on, at byte 48/,
  },
  {
    what: 'a packet longer than its block',
    bytes: Buffer.concat([section(), block(6, words([0, 0, 0, 0xfffffff0, 0]))]),
    problem: /a block with 20 bytes in it/,
  },
  {
    what: 'a block of 2 GiB that would be read',
    bytes: Buffer.concat([section(), words([6, 0x7ffffffc, 0])]),
    problem: /a block of 2147483644 bytes, limit/,
  },
  {
    what: 'a block of 8 bytes',
    bytes: Buffer.concat([section(), words([9, 8, 8])]),
    problem: /a block of 8 bytes/,
  },
  {
    what: 'two lengths',
    bytes: Buffer.concat([section(), words([3, 16, 0, 20])]),
    problem: /two lengths differ/,
  },
  {
    what: 'an end inside a block',
    bytes: Buffer.concat([section(), words([9, 100, 0])]),
    problem: /inside a block/,
  },
  {
    what: 'more interfaces than there are',
    bytes: Buffer.concat([section(), ...Array.from({ length: 1024 }, () => block(1, Buffer.alloc(8)))]),
    problem: /more than 1024 interfaces/,
  },
])('$what is told', ({ bytes, problem }) => {
  expect(() => read([bytes])).toThrow(problem);
});
