import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import { AsfFrames } from '../../../src/family/asf/asf-frames.ts';
import { MmshIntake, type MmshIntakeOptions } from '../../../src/family/asf/mmsh-intake.ts';
import { unmetered } from '../../../src/protocol/work-meter.ts';
import type { Frame, HeaderFrame } from '../../../src/stream/frame.ts';
import { asfHeader, asfPacket, audioStream } from '../../support/asf-maker.ts';

/** A packet as encoders push it, without a data packet header. */
function pushed(id: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.from([0x24, id.charCodeAt(0), 0, 0]);
  header.writeUInt16LE(body.length, 2);
  return Buffer.concat([header, body]);
}
/** The same with one, as ffmpeg and servers have it. */
function served(id: string, payload: Buffer, afFlags: number): Buffer {
  const size = payload.length + 8;
  return pushed(id, Buffer.of(0, 0, 0, 0, 0, afFlags, size, size >> 8), payload);
}
const reason = (value: number) => Buffer.of(value, 0, 0, 0);
const header = asfHeader();
const packet = (sendTimeMs: number) => asfPacket({ sendTimeMs, payloads: [{ stream: 2, isKey: true }] });

/** The frames of what is pushed: `header`, or send times. */
function read(bytes: Buffer[], options: Partial<MmshIntakeOptions> = {}) {
  const intake = new MmshIntake({ meter: unmetered, ...options });
  intake.push(Buffer.concat(bytes));
  const frames = [...intake.frames()];
  return { intake, frames, words: frames.map(wordOf) };
}
const wordOf = ({ role, timestamp }: Frame) => (role === 'header' ? role : timestamp);

test('reads what an encoder pushes, filler and all', () => {
  const filler = pushed('F', Buffer.alloc(500));
  const { intake, words } = read([
    pushed('H', header),
    pushed('D', packet(1)),
    filler,
    pushed('D', packet(2)),
  ]);
  expect(words).toEqual(['header', 1, 2]);
  expect(intake).toMatchObject({ ended: 'no', summary: '2 packets', partialBytes: 0 });
  intake.end();
});

test('another header comes within a change, or behind it; the same one again is no news', () => {
  const other = asfHeader({ streams: [audioStream] });
  const { words } = read([
    pushed('H', header),
    pushed('C', reason(0), other),
    pushed('D', packet(1)),
    pushed('H', other),
    pushed('E', reason(1)),
    pushed('C', reason(0)),
    pushed('H', header),
    pushed('D', packet(2)),
  ]);
  expect(words).toEqual(['header', 'header', 1, 'header', 2]);
});

test('is over when the sender says so, whatever comes behind that', () => {
  const { intake, words } = read([
    pushed('H', header),
    pushed('E', reason(0)),
    pushed('D', packet(1)),
    Buffer.from('garbage'),
  ]);
  expect(words).toEqual(['header']);
  expect(intake).toMatchObject({ ended: 'over', partialBytes: 0 });
  intake.push(Buffer.from('more'));
  expect([...intake.frames()]).toEqual([]);
  intake.end();
});

describe('goes on after another', () => {
  const goesOnFrom = new AsfFrames().header(header);
  test('with a packet, or with its header again', () => {
    expect(read([pushed('D', packet(1))], { goesOnFrom }).words).toEqual([1]);
    expect(read([pushed('H', header), pushed('D', packet(1))], { goesOnFrom }).words).toEqual([1]);
  });
  test('with data packet headers, as that one had', () => {
    const [first] = read([served('H', header, 0x0c)]).frames;
    const { words, intake } = read([served('D', packet(1), 0)], { goesOnFrom: first as HeaderFrame });
    expect(words).toEqual([1]);
    intake.push(pushed('D', packet(2)));
    expect(() => [...intake.frames()]).toThrow('PacketSize');
  });
  test('with a change', () => {
    const change = pushed('C', reason(0), asfHeader({ packetBytes: 500 }));
    const { words } = read([change, pushed('D', packet(1))], { goesOnFrom });
    expect(words).toEqual(['header', 1]);
  });
});

test('tells which relays bring it', () => {
  const paths: (readonly string[])[] = [];
  read([pushed('H', header), pushed('N', Buffer.from('a b'))], { onPath: (path) => paths.push(path) });
  expect(paths).toEqual([['a', 'b']]);
});

test.each([
  { what: 'data before the header', bytes: pushed('D', packet(1)), code: 'MMSH_PACKET_INVALID' },
  {
    what: 'a packet that is too long',
    bytes: Buffer.concat([pushed('H', header), pushed('D', Buffer.alloc(401))]),
    code: 'ASF_PACKET_INVALID',
  },
  {
    what: 'an empty packet',
    bytes: Buffer.concat([pushed('H', header), pushed('D')]),
    code: 'ASF_PACKET_INVALID',
  },
  { what: 'a header of something else', bytes: pushed('H', Buffer.alloc(200)), code: 'MMSH_PACKET_INVALID' },
])('refuses $what', ({ bytes, code }) => {
  const intake = new MmshIntake({ meter: unmetered });
  intake.push(bytes);
  expect(() => [...intake.frames()]).toThrow(expect.objectContaining({ name: ProtocolError.name, code }));
});

test('minds an end within a packet', () => {
  const { intake } = read([pushed('H', header), pushed('D', packet(1)).subarray(0, -1)]);
  expect(intake.partialBytes).toBe(399);
  expect(() => intake.end()).toThrow('the stream ends inside a packet');
});

test('tells of the objects of a header as work', () => {
  let spent = 0;
  const meter = {
    isSpent: false,
    spend: (work: number) => {
      spent += work;
    },
  };
  const intake = new MmshIntake({ meter });
  intake.push(pushed('H', header));
  expect([...intake.frames()]).toHaveLength(1);
  expect(spent).toBe(4 + 4);
});

test('tells the meter of the padding that players are to get and nobody has sent', () => {
  const told: number[] = [];
  const meter = { isSpent: false, spend: (work: number) => void told.push(work) };
  const intake = new MmshIntake({ meter });
  const large = { packetBytes: 60_000, payloads: [{ stream: 2 }] };
  intake.push(pushed('H', asfHeader({ packetBytes: 60_000 })));
  intake.push(pushed('D', asfPacket({ ...large, isShort: true })));
  for (const _frame of intake.frames());
  expect(Math.round(told.at(-1) ?? 0)).toBe(60);
  intake.push(pushed('D', asfPacket(large)));
  for (const _frame of intake.frames());
  expect(told.at(-1)).toBeLessThan(10);
});
