import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import {
  encodeFlvFileHeader,
  FlvTagType,
  flvTagHeaderBytes,
  writeFlvTagHeader,
  writePreviousTagSize,
} from '../../../src/protocol/flv/flv-tag.ts';
import { type FlvTag, FlvTagReader } from '../../../src/protocol/flv/flv-tag-reader.ts';
import { everySplit } from '../../support/every-split.ts';

const hex = (wire: string): Buffer => Buffer.from(wire.replaceAll(' ', ''), 'hex');
const fileHeader = '464c56 01 05 00000009 00000000';

/** The tags and the error that the parts give, the tags with their payload in hex and with their StreamID where it is not 0. */
function read(parts: readonly Buffer[], maxTagBytes = 1_000): { tags: object[]; error?: unknown } {
  const reader = new FlvTagReader({ maxTagBytes });
  const tags: object[] = [];
  try {
    for (const part of parts) {
      reader.push(part);
      for (const { streamId, payload, ...tag } of reader.tags())
        tags.push({ ...tag, payload: payload.toString('hex'), ...(streamId === 0 ? {} : { streamId }) });
    }
  } catch (error) {
    return { tags, error };
  }
  return { tags };
}

describe('tags at every split', () => {
  test.each([
    {
      form: 'metadata, audio, video',
      wire: `${fileHeader} 12 000002 000000 00 000000 0200 0000000d
        08 000003 000017 00 000000 af0112 0000000e 09 000001 000022 00 000000 17 0000000c`,
      tags: [
        { type: 18, timestamp: 0, payload: '0200', offset: 13 },
        { type: 8, timestamp: 0x17, payload: 'af0112', offset: 30 },
        { type: 9, timestamp: 0x22, payload: '17', offset: 48 },
      ],
    },
    {
      form: 'an extended timestamp and a stream id',
      wire: `${fileHeader} 08 000001 fffffe ff 000001 af 0000000c`,
      tags: [{ type: 8, timestamp: 0xff_ff_ff_fe, streamId: 1, payload: 'af', offset: 13 }],
    },
    {
      form: 'a tag without payload',
      wire: `${fileHeader} 08 000000 000000 00 000000 0000000b`,
      tags: [{ type: 8, timestamp: 0, payload: '', offset: 13 }],
    },
    {
      form: 'a last tag without PreviousTagSize',
      wire: `${fileHeader} 08 000001 000000 00 000000 af`,
      tags: [{ type: 8, timestamp: 0, payload: 'af', offset: 13 }],
    },
    {
      form: 'PreviousTagSize 0',
      wire: `${fileHeader} 08 000001 000000 00 000000 af 00000000 09 000001 000000 00 000000 17 00000000`,
      tags: [
        { type: 8, timestamp: 0, payload: 'af', offset: 13 },
        { type: 9, timestamp: 0, payload: '17', offset: 29 },
      ],
    },
    {
      form: 'a longer file header',
      wire: '464c56 01 05 0000000c 0b0b0b 00000000 08 000001 000000 00 000000 af 0000000c',
      tags: [{ type: 8, timestamp: 0, payload: 'af', offset: 16 }],
    },
    {
      form: 'a tag of an unknown type, larger than the limit',
      wire: `${fileHeader} 0f 0003e9 000000 00 000000 ${'00'.repeat(1_001)} 000003f4
        08 000001 000000 00 000000 af 0000000c`,
      tags: [{ type: 8, timestamp: 0, payload: 'af', offset: 1_029 }],
    },
    { form: 'a file header alone', wire: fileHeader, tags: [] },
    { form: 'nothing', wire: '', tags: [] },
  ])('reads $form', ({ wire, tags }) => {
    for (const parts of everySplit(hex(wire.replaceAll('\n', '')))) expect(read(parts)).toEqual({ tags });
  });
});

describe('faults at every split', () => {
  const audio = '08 000001 000000 00 000000 af';
  test.each([
    {
      fault: 'another signature',
      wire: '3c68746d6c3e3c6865',
      code: 'FLV_SIGNATURE_INVALID',
      message: 'no FLV signature, at byte 0',
    },
    {
      fault: 'another version',
      wire: '464c56 02 05 00000009',
      code: 'FLV_SIGNATURE_INVALID',
      message: 'FLV version 2, expected 1, at byte 0',
    },
    {
      fault: 'a DataOffset within the file header',
      wire: '464c56 01 05 00000008',
      code: 'FLV_SIGNATURE_INVALID',
      message: 'FLV DataOffset 8, expected 9 to 65536, at byte 0',
    },
    {
      fault: 'the largest DataOffset',
      wire: '464c56 01 05 ffffffff',
      code: 'FLV_SIGNATURE_INVALID',
      message: 'FLV DataOffset 4294967295, expected 9 to 65536, at byte 0',
    },
    {
      fault: 'a PreviousTagSize before the first tag',
      wire: '464c56 01 05 00000009 0000000b',
      code: 'FLV_TAG_INVALID',
      message: 'PreviousTagSize 11, expected 0, at byte 9',
    },
    {
      fault: 'a wrong PreviousTagSize',
      wire: `${fileHeader} ${audio} 0000000d`,
      code: 'FLV_TAG_INVALID',
      message: 'PreviousTagSize 13, expected 12, at byte 25',
      tags: 1,
    },
    {
      fault: 'a wrong PreviousTagSize behind a tag of unknown type',
      wire: `${fileHeader} 01 000001 000000 00 000000 af 00000001`,
      code: 'FLV_TAG_INVALID',
      message: 'PreviousTagSize 1, expected 12, at byte 25',
    },
    {
      fault: 'an encrypted tag',
      wire: `${fileHeader} ${audio} 0000000c 28 000001 000000 00 000000`,
      code: 'FLV_TAG_INVALID',
      message: 'encrypted tag, at byte 29',
      tags: 1,
    },
    {
      fault: 'a tag over the limit, before its payload',
      wire: `${fileHeader} 12 ffffff 000000 00 000000`,
      code: 'FLV_TAG_TOO_LARGE',
      message: 'tag of 16777215 bytes, limit 1000, at byte 13',
    },
  ])('refuses $fault', ({ wire, code, message, tags = 0 }) => {
    for (const parts of everySplit(hex(wire))) {
      const result = read(parts);
      expect(result.error).toBeInstanceOf(ProtocolError);
      expect(result.error).toMatchObject({ code, message });
      expect(result.tags).toHaveLength(tags);
    }
  });
});

test('takes a tag of exactly the limit', () => {
  const { tags, error } = read([hex(`${fileHeader} 08 000003 000000 00 000000 af0100`)], 3);
  expect(error).toBeUndefined();
  expect(tags).toHaveLength(1);
});

test('throws the same error again', () => {
  const reader = new FlvTagReader({ maxTagBytes: 10 });
  reader.push(Buffer.from('GIF89a...'));
  for (let i = 0; i < 2; i++) expect(() => [...reader.tags()]).toThrow('no FLV signature, at byte 0');
});

test('gives the payload of a tag within one chunk as a view of it', () => {
  const reader = new FlvTagReader({ maxTagBytes: 10 });
  const chunk = hex(`${fileHeader} 08 000001 000000 00 000000 af`);
  reader.push(chunk);
  const [tag] = reader.tags();
  expect(tag?.payload.buffer).toBe(chunk.buffer);
});

test('passes 16 MiB of an unknown tag without keeping them', () => {
  const reader = new FlvTagReader({ maxTagBytes: 10 });
  reader.push(hex(`${fileHeader} 0f ffffff 000000 00 000000`));
  const chunk = Buffer.alloc(0xff_ff);
  for (let left = 0xff_ff_ff; left > 0; left -= chunk.length) {
    reader.push(chunk.subarray(0, Math.min(left, chunk.length)));
    expect([...reader.tags()]).toEqual([]);
  }
  reader.push(hex('0100000a 08 000001 000000 00 000000 af'));
  expect([...reader.tags()]).toMatchObject([{ type: 8, offset: 13 + 11 + 0xff_ff_ff + 4 }]);
});

const anyTag = fc.record({
  type: fc.constantFrom(...Object.values(FlvTagType)),
  timestamp: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  payload: fc.uint8Array({ maxLength: 50 }),
});

/** An FLV stream of these tags, written by the functions that packagers use. */
function encode(tags: readonly { type: FlvTagType; timestamp: number; payload: Uint8Array }[]): Buffer {
  const parts: Uint8Array[] = [encodeFlvFileHeader({ audio: true, video: true })];
  for (const { type, timestamp, payload } of tags) {
    const header = Buffer.alloc(flvTagHeaderBytes);
    writeFlvTagHeader(header, 0, type, timestamp, payload.length);
    const previousTagSize = Buffer.alloc(4);
    writePreviousTagSize(previousTagSize, 0, payload.length);
    parts.push(header, payload, previousTagSize);
  }
  return Buffer.concat(parts);
}

test('reads what is written, however it is cut', () => {
  fc.assert(
    fc.property(fc.array(anyTag, { maxLength: 4 }), (tags) => {
      const expected = tags.map((tag) => ({ ...tag, payload: Buffer.from(tag.payload).toString('hex') }));
      for (const parts of everySplit(encode(tags))) {
        const result = read(parts);
        expect(result.error).toBeUndefined();
        expect(result.tags).toMatchObject(expected);
      }
    }),
    { numRuns: 30 },
  );
});

/** The slow and obvious reader: the whole stream at once. */
function readWhole(stream: Buffer, maxTagBytes: number): Pick<FlvTag, 'type' | 'timestamp' | 'offset'>[] {
  const tags: Pick<FlvTag, 'type' | 'timestamp' | 'offset'>[] = [];
  if (stream.length < 9 || stream.toString('latin1', 0, 4) !== 'FLV\x01') return tags;
  let at = stream.readUInt32BE(5);
  if (at < 9 || at > 65_536) return tags;
  for (let size = 0; at + 15 <= stream.length; ) {
    if (![0, size].includes(stream.readUInt32BE(at))) break;
    at += 4;
    const [type, bytes, low, high] = [
      stream.readUInt8(at),
      stream.readUIntBE(at + 1, 3),
      stream.readUIntBE(at + 4, 3),
      stream.readUInt8(at + 7),
    ];
    if (type & 0x20) break;
    const known = Object.values(FlvTagType).find((id) => id === (type & 0x1f));
    if (known !== undefined && (bytes > maxTagBytes || at + 11 + bytes > stream.length)) break;
    if (known !== undefined) tags.push({ type: known, timestamp: high * 2 ** 24 + low, offset: at });
    size = 11 + bytes;
    at += size;
  }
  return tags;
}

test('any bytes give tags or a ProtocolError, the same at every cut', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 });
  fc.assert(
    fc.property(fc.array(anyTag, { maxLength: 3 }), damage, (tags, damaged) => {
      const stream = encode(tags);
      for (const [at, byte] of damaged) stream[at % stream.length] = byte;
      const expected = readWhole(stream, 40);
      for (const parts of everySplit(stream)) {
        const result = read(parts, 40);
        if (result.error !== undefined) expect(result.error).toBeInstanceOf(ProtocolError);
        expect(result.tags).toMatchObject(expected);
        expect(result.tags).toHaveLength(expected.length);
      }
    }),
    { numRuns: 100 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const { error } = read([Buffer.from(bytes)]);
      if (error !== undefined) expect(error).toBeInstanceOf(ProtocolError);
    }),
  );
});

describe('the end of the stream', () => {
  const tag = '08 000001 000000 00 000000 af';
  const endOf = (wire: string): void => {
    const reader = new FlvTagReader({ maxTagBytes: 1000 });
    reader.push(hex(wire));
    for (const _tag of reader.tags());
    reader.end();
  };

  test.each([
    { where: 'behind the header', wire: fileHeader },
    { where: 'before PreviousTagSize0', wire: '464c56 01 05 00000009' },
    { where: 'behind a tag', wire: `${fileHeader} ${tag} 0000000c` },
    { where: 'before the last PreviousTagSize', wire: `${fileHeader} ${tag}` },
    { where: 'inside the last PreviousTagSize', wire: `${fileHeader} ${tag} 0000` },
  ])('may be $where', ({ wire }) => {
    expect(() => endOf(wire)).not.toThrow();
  });

  test.each([
    { where: 'the beginning', wire: '', problem: 'the stream ends inside its header, at byte 0' },
    { where: 'the header', wire: '464c56', problem: 'the stream ends inside its header, at byte 0' },
    {
      where: 'a tag header',
      wire: `${fileHeader} 08 0000`,
      problem: 'the stream ends inside a tag, at byte 13',
    },
    {
      where: 'a payload',
      wire: `${fileHeader} 08 000005 000000 00 000000 af`,
      problem: 'the stream ends inside a tag, at byte 24',
    },
    {
      where: 'a tag of an unknown type',
      wire: `${fileHeader} 0b 000005 000000 00 000000 af`,
      problem: 'the stream ends inside a tag, at byte 25',
    },
  ])('may not be in $where', ({ wire, problem }) => {
    expect(() => endOf(wire)).toThrow(problem);
  });
});
