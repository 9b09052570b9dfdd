import { expect, test } from 'vitest';
import { AsfFrames } from '../../../src/family/asf/asf-frames.ts';
import { hasKeyframeOf } from '../../../src/family/asf/packet-writing.ts';
import type { Frame } from '../../../src/stream/frame.ts';
import { asfHeader, asfPacket } from '../../support/asf-maker.ts';

test('a packet is looked through once for key frames of its streams, however many players have chosen one', () => {
  const frames = new AsfFrames();
  frames.goOn(frames.header(asfHeader()));
  const payloads = [
    { stream: 2, data: 20 },
    { stream: 3, isKey: true, data: 20 },
    { stream: 4, isKey: true, offset: 20, data: 20 },
    { stream: 5, isKey: true, data: 20 },
  ];
  const frame = frames.packet(asfPacket({ payloads }));
  const answers = (frame: Frame) => [2, 3, 4, 5].map((stream) => hasKeyframeOf(frame, stream));
  expect(answers(frame)).toEqual([false, true, false, true]);
  frame.payload.fill(0xff); // whoever looked again would find no packet
  expect(answers({ ...frame, payload: frame.payload.subarray(0) })).toEqual([false, true, false, true]);
});
