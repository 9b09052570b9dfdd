import { describe, expect, test } from 'vitest';
import {
  encodeFlvFileHeader,
  encodeFlvNotice,
  encodeFlvTag,
  FlvTagType,
  flvTagBytes,
  MAX_FLV_TAG_BYTES,
  writeFlvTagHeader,
  writePreviousTagSize,
} from '../../../src/protocol/flv/flv-tag.ts';

describe('encodeFlvFileHeader', () => {
  test.each([
    { audio: true, video: true, wire: '464c5601050000000900000000' },
    { audio: true, video: false, wire: '464c5601040000000900000000' },
    { audio: false, video: true, wire: '464c5601010000000900000000' },
    { audio: false, video: false, wire: '464c5601000000000900000000' },
  ])('audio $audio, video $video', ({ audio, video, wire }) => {
    expect(encodeFlvFileHeader({ audio, video }).toString('hex')).toBe(wire);
  });
});

describe('writeFlvTagHeader', () => {
  test.each([
    { type: FlvTagType.audio, timestamp: 0, size: 0, wire: '0800000000000000000000' },
    { type: FlvTagType.video, timestamp: 0x01020304, size: 0x0a0b0c, wire: '090a0b0c02030401000000' },
    { type: FlvTagType.script, timestamp: 2 ** 31, size: 1, wire: '1200000100000080000000' },
    { type: FlvTagType.video, timestamp: 2 ** 32 - 1, size: 2 ** 24 - 1, wire: '09ffffffffffffff000000' },
  ])('type $type at $timestamp ms, $size bytes', ({ type, timestamp, size, wire }) => {
    const target = Buffer.alloc(15, 0xee);
    writeFlvTagHeader(target, 2, type, timestamp, size);
    expect(target.toString('hex')).toBe(`eeee${wire}eeee`);
  });
});

test('PreviousTagSize counts the tag header and the payload', () => {
  const target = Buffer.alloc(6, 0xee);
  writePreviousTagSize(target, 1, 0x010203);
  expect(target.toString('hex')).toBe('ee0001020eee');
});

test('a notice is a script tag with a StreamID of its own', () => {
  expect(encodeFlvNotice(Buffer.from('abcd', 'hex')).toString('hex')).toBe(
    '1200000200000000737061abcd0000000d',
  );
});

test('a tag takes 15 bytes more than its payload', () => {
  expect(flvTagBytes(100)).toBe(115);
});

test('a tag is its header, payload and PreviousTagSize, with the low 32 bits of its time', () => {
  const payload = Uint8Array.of(0xaf, 1, 2);
  const tag = encodeFlvTag({ type: FlvTagType.audio, timestamp: 2 ** 32 + 1, payload });
  expect(tag.toString('hex')).toBe('08000003' + '00000100' + '000000' + 'af0102' + '0000000e');
});

test('a payload that no size of a tag can say is refused', () => {
  const payload = new Uint8Array(MAX_FLV_TAG_BYTES + 1);
  expect(() => encodeFlvTag({ type: FlvTagType.video, timestamp: 0, payload })).toThrow(
    'tag of 16777216 bytes, limit 16777215',
  );
});
