import { describe, expect, test } from 'vitest';
import { asfFamily } from '../../../src/family/asf/asf-family.ts';
import { AsfFrames } from '../../../src/family/asf/asf-frames.ts';
import { AsfTag } from '../../../src/family/asf/asf-tag.ts';
import { readAsfHeader } from '../../../src/protocol/asf/asf-header.ts';
import { readAsfPacket } from '../../../src/protocol/asf/asf-packet.ts';
import type { Frame, HeaderFrame } from '../../../src/stream/frame.ts';
import {
  asfHeader,
  asfPacket,
  audioStream,
  type MadePacket,
  type MadePayload,
  type MadeStream,
  videoStream,
} from '../../support/asf-maker.ts';

const script: MadeStream = { number: 3, type: 'command' };
const secondVideo: MadeStream = { number: 4, type: 'video' };
const audio: MadePayload = { stream: 1 };
const picture: MadePayload = { stream: 2 };
const key: MadePayload = { stream: 2, isKey: true };

/** The frame of a packet behind a header with these streams. */
function frameOf(streams: MadeStream[], payloads: MadePayload[], more: MadePacket = {}, packetBytes = 400) {
  const frames = new AsfFrames();
  frames.header(asfHeader({ streams, packetBytes }));
  return frames.packet(asfPacket({ payloads, ...more }));
}

describe('a packet', () => {
  const both = [audioStream, videoStream, script, secondVideo];
  test.each([
    { what: 'audio', payloads: [audio, audio], is: { role: 'coded', kind: 'audio', isKeyframe: false } },
    { what: 'video', payloads: [picture], is: { role: 'coded', kind: 'video', isKeyframe: false } },
    {
      what: 'audio and a picture',
      payloads: [audio, picture],
      is: { role: 'coded', kind: 'mixed', isKeyframe: false },
    },
    {
      what: 'a key frame behind others',
      payloads: [picture, audio, key],
      is: { kind: 'mixed', isKeyframe: true },
    },
    {
      what: 'more of a key frame',
      payloads: [{ ...key, offset: 4 }],
      is: { kind: 'video', isKeyframe: false },
    },
    {
      what: 'a compressed key frame',
      payloads: [{ ...key, parts: [Buffer.from('a')] }],
      is: { kind: 'video', isKeyframe: true },
    },
    {
      what: 'key frames of other streams',
      payloads: [
        { ...audio, isKey: true },
        { stream: 3, isKey: true },
        { stream: 4, isKey: true },
      ],
      is: { kind: 'mixed', isKeyframe: false },
    },
    { what: 'a script command', payloads: [{ stream: 3, isKey: true }], is: { role: 'other', kind: 'data' } },
    {
      what: 'a stream that the header does not know',
      payloads: [{ stream: 9 }],
      is: { role: 'other', kind: 'data' },
    },
    { what: 'nothing', payloads: [], is: { role: 'other', kind: 'data' } },
  ])('of $what', ({ payloads, is }) => {
    expect(frameOf(both, payloads)).toMatchObject({ ...is, family: asfFamily });
  });

  test.each([
    { what: 'audio', streams: [audioStream, script], payloads: [{ ...audio, isKey: true }], kind: 'audio' },
    {
      what: 'a script command besides audio',
      streams: [audioStream, script],
      payloads: [{ stream: 3 }],
      kind: 'audio',
    },
    { what: 'nothing besides audio', streams: [audioStream], payloads: [], kind: 'audio' },
    { what: 'scripts alone', streams: [script], payloads: [{ stream: 3 }], kind: 'data' },
  ])('without video in the header: $what', ({ streams, payloads, kind }) => {
    expect(frameOf(streams, payloads)).toMatchObject({ role: 'coded', kind, tracks: [0], isKeyframe: false });
  });

  test('tells how many pictures of the first video stream begin in it', () => {
    const many = [picture, { ...picture, offset: 3 }, audio, key, { stream: 4 }, picture];
    const frame = frameOf(both, many);
    expect(asfFamily.videoFramesIn?.(frame)).toBe(3);
    expect(AsfTag.packetBytes(frame.tag)).toBe(400);
    expect(AsfTag.videoStream(frame.tag)).toBe(2);
    const full = Array.from({ length: 63 }, () => ({ ...picture, data: 1 }));
    expect(asfFamily.videoFramesIn?.(frameOf(both, full, { packetBytes: 2000 }, 2000))).toBe(63);
  });

  test('has its send time, and is not copied', () => {
    const packet = asfPacket({ sendTimeMs: 4_294_967_295, payloads: [audio] });
    const frames = new AsfFrames();
    frames.header(asfHeader());
    expect(frames.packet(packet)).toMatchObject({ timestamp: 4_294_967_295, payload: packet });
    expect(frames.packet(packet).payload).toBe(packet);
  });

  test('without its padding stays short, unless a player would take padding for a part of its payload', () => {
    const short = (more: MadePacket) =>
      frameOf([audioStream], [{ ...audio, data: 50 }], { isShort: true, ...more });
    expect(short({}).payload.length).toBeLessThan(100);
    expect(short({ isSingle: true, types: { packetLength: 2 } }).payload.length).toBeLessThan(100);
    const { payload } = short({ isSingle: true });
    expect(payload.length).toBe(400);
    expect(readAsfPacket(payload)).toMatchObject({ paddingBytes: 322 });
  });

  test('stays as it is, and without what comes before its key frame where its source continues a stream', () => {
    const bytes = asfPacket({ payloads: [audio, { stream: 2, offset: 9 }, key] });
    const streamsIn = (payload: Buffer) => readAsfPacket(payload).payloads.map(({ stream }) => stream);
    const beginningOf = (frame: Frame) => streamsIn(asfFamily.beginningOf?.(frame) ?? frame.payload);
    const frames = new AsfFrames();
    frames.header(asfHeader());
    const frame = frames.packet(bytes);
    expect(frame.payload).toBe(bytes);
    expect(beginningOf(frame)).toEqual([2]);
    expect(beginningOf(frameOf([audioStream], [{ ...audio, offset: 5 }, audio]))).toEqual([1]);
  });

  test('before a header, or longer than it says, is refused', () => {
    const frames = new AsfFrames();
    expect(() => frames.packet(asfPacket())).toThrow('an ASF data packet before the first ASF header');
    frames.header(asfHeader({ packetBytes: 399 }));
    expect(() => frames.packet(asfPacket({ packetBytes: 400 }))).toThrow(
      expect.objectContaining({ code: 'ASF_PACKET_INVALID' }),
    );
  });

  test('counts by the latest header, and by that of the source before', () => {
    const frames = new AsfFrames();
    const before = frames.header(asfHeader());
    frames.header(asfHeader({ streams: [{ number: 2, type: 'audio' }] }));
    expect(frames.packet(asfPacket({ payloads: [key] }))).toMatchObject({ kind: 'audio', isKeyframe: false });
    frames.goOn(before);
    expect(frames.packet(asfPacket({ payloads: [key] }))).toMatchObject({ kind: 'video', isKeyframe: true });
    expect(frames.current?.streams).toHaveLength(2);
  });
});

describe('a header', () => {
  const headerOf = (streams: MadeStream[]): HeaderFrame => new AsfFrames().header(asfHeader({ streams }));
  test.each([
    { streams: [audioStream, videoStream], kind: 'mixed' },
    { streams: [videoStream], kind: 'video' },
    { streams: [audioStream, script], kind: 'audio' },
    { streams: [script], kind: 'data' },
  ])('is of kind $kind', ({ streams, kind }) => {
    expect(headerOf(streams)).toMatchObject({ role: 'header', kind, headerKeys: ['asf'], timestamp: 0 });
  });

  test('is not copied; that of a file becomes one of a broadcast', () => {
    const live = asfHeader();
    expect(new AsfFrames().header(live).payload).toBe(live);
    const { payload } = new AsfFrames().header(asfHeader({ isBroadcast: false, packetCount: 10 }));
    const header = readAsfHeader(payload);
    expect(header.isBroadcast).toBe(true);
    expect(payload.readUInt32LE(header.fileFlagsAt)).toBe(1);
  });

  test.each([0n, 49n])('has a Data Object of at least the size of its beginning, and not of %d', (size) => {
    const bytes = asfHeader();
    const whole = Buffer.from(bytes);
    bytes.writeBigUInt64LE(size, bytes.length - 34);
    expect(new AsfFrames().header(bytes).payload).toEqual(whole);
  });

  test('tells codecs, packets do not', () => {
    const frame = headerOf([
      audioStream,
      videoStream,
      script,
      { number: 9, type: 'audio', formatTag: 0x162 },
    ]);
    expect(asfFamily.codecsOf?.(frame)).toEqual([
      { track: 1, codec: 'wmav2', kind: 'audio' },
      { track: 2, codec: 'WMV2', kind: 'video' },
      { track: 9, codec: 'wmapro', kind: 'audio' },
    ]);
    expect(asfFamily.codecsOf?.(frameOf([audioStream], [audio]))).toEqual([]);
  });
});
