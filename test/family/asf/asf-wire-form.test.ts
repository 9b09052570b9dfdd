import { expect, test } from 'vitest';
import { AsfFrames } from '../../../src/family/asf/asf-frames.ts';
import { asfWireForm } from '../../../src/family/asf/asf-wire-form.ts';
import { readAsfPacket } from '../../../src/protocol/asf/asf-packet.ts';
import { prologueOf } from '../../../src/stream/fan-out/wire-form.ts';
import { asfHeader, asfPacket, audioStream, type MadePayload, videoStream } from '../../support/asf-maker.ts';
import { beginFrames, packFrames } from '../../support/pack-frames.ts';

const { raw, chunked, webSocket } = asfWireForm;
const key: MadePayload = { stream: 2, isKey: true, data: 30, time: 500 };
const audio: MadePayload = { stream: 1, data: 20, time: 400 };

function made(streams = [audioStream, videoStream]) {
  const frames = new AsfFrames();
  const header = frames.header(asfHeader({ streams }));
  frames.goOn(header); // nothing is left out at the intake
  return { header, packet: (bytes: Buffer) => frames.packet(bytes) };
}

test('all forms share one packing, so that a batch is packed once', () => {
  expect(chunked.packing).toBe(raw.packing);
  expect(webSocket.packing).toBe(raw.packing);
  expect([raw, chunked, webSocket].map(({ protocol }) => protocol)).toEqual([
    'asf-http',
    'asf-http',
    'asf-http',
  ]);
  expect(prologueOf(chunked, { audio: true, video: true })).toEqual(Buffer.alloc(0));
});

test('begins with the header, and a first packet without what stands before the key frame', () => {
  const { header, packet } = made();
  const bytes = asfPacket({ payloads: [audio, key] });
  const wire = beginFrames(raw.packing, [header, packet(bytes), packet(bytes)]);
  expect(wire.subarray(0, header.payload.length)).toEqual(asfHeader());
  const [first, second] = [wire.subarray(-800, -400), wire.subarray(-400)];
  expect(wire.length).toBe(header.payload.length + 800);
  expect(readAsfPacket(first).payloads.map(({ stream }) => stream)).toEqual([2]);
  expect(second).toEqual(bytes);
});

test('begins with the first object that starts where there is no video', () => {
  const { header, packet } = made([audioStream]);
  const bytes = asfPacket({ payloads: [{ ...audio, offset: 7 }, audio] });
  const wire = beginFrames(raw.packing, [header, packet(bytes)]);
  expect(readAsfPacket(wire.subarray(-400)).payloads).toHaveLength(1);
});

test('has no header within', () => {
  const { header, packet } = made();
  const bytes = asfPacket({ payloads: [audio] });
  expect(packFrames(raw.packing, [packet(bytes), header, packet(bytes)])).toEqual(
    Buffer.concat([bytes, bytes]),
  );
});

test('has packets of one size', () => {
  const { header, packet } = made();
  const short = asfPacket({ payloads: [audio, key], isShort: true });
  const whole = packFrames(raw.packing, [packet(short)]);
  expect(whole.length).toBe(400);
  expect(readAsfPacket(whole).payloads).toEqual(readAsfPacket(short, 400).payloads);
  const wire = beginFrames(raw.packing, [header, packet(short)]);
  expect(wire.length).toBe(header.payload.length + 400);
});

test('times are those of the timeline of the stream', () => {
  const { packet } = made();
  const frame = packet(asfPacket({ sendTimeMs: 300, payloads: [audio, key] }));
  frame.timestamp = 1300;
  const bytes = packFrames(raw.packing, [frame]);
  const { sendTimeMs, payloads } = readAsfPacket(bytes);
  expect(sendTimeMs).toBe(1300);
  expect(payloads.map(({ timeAt = 0 }) => bytes.readUInt32LE(timeAt))).toEqual([1400, 1500]);
  expect(readAsfPacket(frame.payload).sendTimeMs).toBe(300);
});

test('goes on with a header whose streams are the same, and no other', () => {
  const header = (more: object) => new AsfFrames().header(asfHeader(more));
  const before = header({});
  for (const form of [raw, chunked, webSocket]) {
    expect(form.goesOnWith?.(before, header({ fileId: 'ab'.repeat(16) }))).toBe(true);
    expect(form.goesOnWith?.(before, header({ packetBytes: 500 }))).toBe(false);
    expect(form.goesOnWith?.(before, header({ streams: [audioStream] }))).toBe(false);
  }
});
