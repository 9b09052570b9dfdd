import { afterEach, describe, expect, test, vi } from 'vitest';
import { ByteQueue } from '../../../../src/bytes/byte-queue.ts';
import { ChunkReader, type ChunkReaderLimits } from '../../../../src/protocol/rtmp/chunk/chunk-reader.ts';
import { chunkOutcome, hex, outcomesOfEveryCut, wideLimits } from '../../../support/chunk-outcome.ts';

const setChunkSize = (size: string) => `02 000000 000004 01 00000000 ${size}`;

afterEach(() => {
  vi.restoreAllMocks();
});

/** The sizes of the buffers that the reader asks for meanwhile. */
function allocations(read: () => void): number[] {
  const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow');
  read();
  return allocate.mock.calls.map(([size]) => size);
}

/** A chunk of format 0 on a chunk stream of the three-byte form that announces 16,777,215 bytes and brings one. */
function boast(index: number): Buffer {
  const chunk = hex('01 0000 000000 ffffff 09 01000000 aa');
  chunk.writeUInt16LE(index, 1);
  return chunk;
}

describe('longest message', () => {
  const limits: ChunkReaderLimits = { ...wideLimits, messageBytes: 3 };

  test('may be sent', () => {
    expect(outcomesOfEveryCut(hex('03 000010 000003 08 01000000 aabbcc'), limits)).toEqual([
      ['8 @16 on 1: aabbcc'],
    ]);
  });

  test.each([
    { format: 0, wire: '03 000010 000004 08 01000000' },
    { format: 1, wire: '43 000010 000004 08' },
    { format: 0, wire: '03 ffffff ffffff 08 01000000 01000000' },
  ])('announced longer by format $format, it is refused before any of it arrives', ({ wire }) => {
    expect(outcomesOfEveryCut(hex(wire), limits)).toEqual([['RTMP_MESSAGE_TOO_LARGE']]);
  });
});

describe('incomplete messages', () => {
  const limits: ChunkReaderLimits = { messageBytes: 0xffffff, partialBytes: 65_536, chunkStreams: 70_000 };

  test('on many chunk streams cost what arrives, not what they announce, until there are too many', () => {
    const bytes = new ByteQueue();
    const reader = new ChunkReader(bytes, limits);
    bytes.push(hex(setChunkSize('00000001')));
    expect([...reader.messages()]).toEqual([]);
    const sizes = allocations(() => {
      for (let i = 0; i < 256; i++) {
        bytes.push(boast(i));
        expect([...reader.messages()]).toEqual([]);
      }
    });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256);
    expect(reader.partialBytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
    bytes.push(boast(256));
    expect(() => [...reader.messages()]).toThrowError(
      expect.objectContaining({ code: 'RTMP_PARTIAL_BYTES_TOO_MANY' }),
    );
  });

  test('give their memory back when they end, are dropped or aborted', () => {
    const bytes = new ByteQueue();
    const reader = new ChunkReader(bytes, limits);
    const held = (wire: string): number => {
      bytes.push(hex(wire));
      for (const _ of reader.messages());
      return reader.partialBytes;
    };
    expect(held(`${setChunkSize('00000002')} 03 000000 000004 08 01000000 a0a1`)).toBe(4);
    expect(held('04 000000 00000a 08 01000000 b0b1')).toBe(14);
    expect(held('05 000000 000064 08 01000000 c0c1')).toBe(114);
    expect(held('c3 a2a3')).toBe(110);
    expect(held('44 000000 000002 08 b0b1')).toBe(100);
    expect(held('02 000000 000004 02 00000000 0000 c2 0005')).toBe(0);
  });

  test('of one chunk stream may be as long as the limit', () => {
    const wire = Buffer.concat([
      hex(`${setChunkSize('00010000')} 03 000000 010000 09 01000000`),
      Buffer.alloc(65_536),
    ]);
    for (const parts of [[wire], [wire.subarray(0, 40_000), wire.subarray(40_000)]]) {
      expect(chunkOutcome(parts, limits)).toHaveLength(1);
    }
    wire[22] = 0x01; // one byte longer: 65,537
    const tooLong = Buffer.concat([wire, hex('c3 aa')]);
    expect(chunkOutcome([tooLong], limits)).toEqual(['RTMP_PARTIAL_BYTES_TOO_MANY']);
  });
});

describe('chunk streams', () => {
  const limits: ChunkReaderLimits = { ...wideLimits, chunkStreams: 3 };
  const three = '03 000010 000001 08 01000000 aa  44 000010 000001 08 bb  01 0001 000010 000000 08 01000000';
  const messages = ['8 @16 on 1: aa', '8 @16 on 0: bb', '8 @16 on 1: '];

  test('may be used again and again', () => {
    const outcome = [...messages, '8 @32 on 1: cc', '8 @32 on 0: dd'];
    expect(outcomesOfEveryCut(hex(`${three} c3 cc c4 dd`), limits)).toEqual([outcome]);
  });

  test.each(['05', '45', '00 05', '01 ffff'])('beyond the limit are refused (%s)', (basicHeader) => {
    expect(outcomesOfEveryCut(hex(three + basicHeader), limits)).toEqual([
      [...messages, 'RTMP_CHUNK_STREAMS_TOO_MANY'],
    ]);
  });
});

test('chunks of one byte cost memory in proportion to the message, however they arrive', () => {
  const length = 300_000;
  const payload = Buffer.from(Array.from({ length }, (_, i) => i & 0xff));
  const chunks = Buffer.alloc(length * 2 - 1, 0xc3);
  for (let i = 0; i < length; i++) chunks[i * 2] = payload[i] as number;
  const wire = Buffer.concat([hex(`${setChunkSize('00000001')} 03 000010 0493e0 09 01000000`), chunks]);

  for (const step of [wire.length, 1460, 1]) {
    const bytes = new ByteQueue();
    const reader = new ChunkReader(bytes, wideLimits);
    const messages: Buffer[] = [];
    const sizes = allocations(() => {
      for (let at = 0; at < wire.length; at += step) {
        bytes.push(wire.subarray(at, at + step));
        for (const message of reader.messages()) messages.push(message.payload);
      }
    });
    vi.restoreAllMocks();
    expect(messages).toHaveLength(1);
    expect(messages[0]?.equals(payload)).toBe(true);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3 * length);
  }
});
