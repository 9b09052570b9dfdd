import { describe, expect, test } from 'vitest';
import { ByteQueue, ChunkReader, MessageChannel, type RawMessage } from '../../src/library/rtmp.ts';
import { everySplit } from '../support/every-split.ts';

const limits = { messageBytes: 2 ** 20, partialBytes: 2 ** 20, chunkStreams: 16 };

const hex = (wire: string): Buffer => Buffer.from(wire.replaceAll(' ', ''), 'hex');

/** The messages in chunks that come in these pieces: message stream, time and payload of each. */
function read(...pieces: readonly Uint8Array[]): string[] {
  const bytes = new ByteQueue();
  const reader = new ChunkReader(bytes, limits);
  const seen: string[] = [];
  for (const piece of pieces) {
    bytes.push(Buffer.from(piece));
    for (const { messageStreamId, timestamp, payload } of reader.messages())
      seen.push(`${messageStreamId} ${timestamp} ${payload.toString('hex')}`);
  }
  return seen;
}

/** A header of format 0 of an audio message on message stream 1. */
const begin = (basic: string, time: string, length: string): string =>
  `${basic} ${time} ${length} 08 01000000`;

/** What implementations of other projects got wrong, each as bytes that they read as something else. */
describe('mistakes of older implementations', () => {
  test.each([
    {
      mistake: 'message stream id read big-endian',
      wire: `${begin('04', '000000', '000001')}aa`,
      seen: ['1 0 aa'],
    },
    {
      mistake: 'chunk size read little-endian',
      wire: `02 000000 000004 01 00000000 00000002 ${begin('04', '000000', '000003')} aabb c4 cc`,
      seen: ['1 0 aabbcc'],
    },
    {
      mistake: 'chunk state kept for all chunk streams together',
      wire: `02 000000 000004 01 00000000 00000001 ${begin('04', '000005', '000002')} aa ${begin('06', '000009', '000002')} cc c4 bb c6 dd`,
      seen: ['1 5 aabb', '1 9 ccdd'],
    },
    {
      mistake: 'timestamps of formats 1 and 2 not added',
      wire: `${begin('04', '000064', '000001')} aa 44 00000a 000001 08 bb 84 000014 cc`,
      seen: ['1 100 aa', '1 110 bb', '1 130 cc'],
    },
    {
      mistake: 'format 3 without the delta before',
      wire: `${begin('04', '000064', '000001')} aa 84 00000a bb c4 cc`,
      seen: ['1 100 aa', '1 110 bb', '1 120 cc'],
    },
    {
      mistake: 'chunk stream ids of two bytes',
      wire: `${begin('00 00', '000000', '000001')} aa ${begin('00 ff', '000007', '000001')} bb c0 00 cc`,
      seen: ['1 0 aa', '1 7 bb', '1 0 cc'],
    },
    {
      mistake: 'chunk stream ids of three bytes, high byte last',
      wire: `${begin('01 00 01', '000000', '000001')} aa ${begin('01 01 00', '000007', '000001')} bb c1 00 01 cc`,
      seen: ['1 0 aa', '1 7 bb', '1 0 cc'],
    },
    {
      mistake: 'a format 3 header expected at each 128th byte, whatever the chunk size',
      wire: `02 000000 000004 01 00000000 00000100 ${begin('04', '000000', '0000c8')} ${'c4'.repeat(200)}`,
      seen: [`1 0 ${'c4'.repeat(200)}`],
    },
    {
      mistake: 'an extended timestamp that format 3 repeats',
      wire: `${begin('04', 'ffffff', '000082')} 01000000 ${'aa'.repeat(128)} c4 01000000 bbbb`,
      seen: [`1 ${0x01000000} ${'aa'.repeat(128)}bbbb`],
    },
    {
      mistake: 'an extended timestamp that format 3 leaves out',
      wire: `${begin('04', 'ffffff', '000082')} 01000000 ${'aa'.repeat(128)} c4 bbbb`,
      seen: [`1 ${0x01000000} ${'aa'.repeat(128)}bbbb`],
    },
  ])('$mistake', ({ wire, seen }) => {
    const bytes = hex(wire.replaceAll(' ', ''));
    expect(read(bytes)).toEqual(seen);
    if (bytes.length < 64) for (const pieces of everySplit(bytes)) expect(read(...pieces)).toEqual(seen);
  });

  test('ping taken for event 5', () => {
    const sent: Buffer[] = [];
    const channel = new MessageChannel({ advance: () => ({ done: true }) }, limits, (bytes) =>
      sent.push(bytes),
    );
    const events = (event: string): RawMessage[] => {
      channel.receive(hex(`02 000000 000006 04 00000000 ${event} 00000007`));
      return [...channel.messages()];
    };
    expect(events('0005')).toHaveLength(1);
    expect(sent).toEqual([]);
    expect(events('0006')).toHaveLength(1);
    expect(Buffer.concat(sent).subarray(-6).toString('hex')).toBe('000700000007');
  });
});
