import { describe, expect, test } from 'vitest';
import { AsfFrames } from '../../../src/family/asf/asf-frames.ts';
import {
  type MmshSelection,
  mmshEnd,
  mmshHeader,
  mmshNotice,
  mmshNoticePath,
  mmshWireForm,
} from '../../../src/family/asf/mmsh-wire-form.ts';
import { readAsfPacket } from '../../../src/protocol/asf/asf-packet.ts';
import { type MmshPacket, MmshReader } from '../../../src/protocol/mmsh/mmsh-reader.ts';
import type { CodedFrame, Frame } from '../../../src/stream/frame.ts';
import {
  asfHeader,
  asfObject,
  asfPacket,
  audioStream,
  type MadePayload,
  type MadeStream,
  videoStream,
} from '../../support/asf-maker.ts';
import { beginFrames, packFrames } from '../../support/pack-frames.ts';

const form = mmshWireForm(false);
const key: MadePayload = { stream: 2, isKey: true, data: 30 };
const audio: MadePayload = { stream: 1, data: 20 };
const otherKey: MadePayload = { stream: 3, isKey: true, data: 40 };
const secondVideo: MadeStream = { number: 3, type: 'video' };

function made(streams: MadeStream[] = [audioStream, videoStream], more: object = {}) {
  const frames = new AsfFrames();
  const header = frames.header(asfHeader({ streams, ...more }));
  frames.goOn(header); // nothing is left out at the intake
  let number = 0;
  const packet = (payloads: MadePayload[]): Frame => {
    const frame = frames.packet(asfPacket({ payloads }));
    frame.number = number++;
    return frame;
  };
  return { header, packet };
}

/** What a player makes of the bytes: `header`, or the streams of a packet's payloads. */
function heard(bytes: Buffer): string[] {
  const reader = new MmshReader({ framing: 'with data packet headers' });
  reader.push(bytes);
  const words = [...reader.packets()].map(wordOf);
  reader.end();
  return words;
}
function wordOf(packet: MmshPacket): string {
  if (packet.is !== 'data') return packet.is;
  return readAsfPacket(packet.packet)
    .payloads.map(({ stream }) => stream)
    .join(' ');
}

test('forms are told apart by how they are framed and what is selected, and there are no more than those', () => {
  const selections: MmshSelection[] = ['all', 'no video', { videoStream: 2 }, { videoStream: 3 }];
  const all = selections.flatMap((selection) => [
    mmshWireForm(false, selection),
    mmshWireForm(true, selection),
  ]);
  expect(new Set(all).size).toBe(8);
  expect(mmshWireForm(true)).toBe(all[1]);
  expect(mmshWireForm(true, { videoStream: 3 })).toBe(all[7]);
  expect(mmshWireForm(false, { videoStream: 3 + 128 })).toBe(all[6]);
  for (const plain of [0, 2, 4, 6]) expect(all[plain]?.packing).toBe(all[plain + 1]?.packing);
  expect(all.map(({ packing }) => packing.isRare)).toEqual([
    false,
    false,
    true,
    true,
    true,
    true,
    true,
    true,
  ]);
});

test('a data packet has the number of its frame, which wraps', () => {
  const { packet } = made();
  const frame = packet([audio]);
  frame.number = 0xff_ff_ff_fe;
  const bytes = packFrames(form.packing, [frame]);
  expect(bytes.toString('hex', 0, 12)).toBe('24449801feffffff00fe9801');
  expect(bytes.subarray(12)).toEqual(frame.payload);
});

test.each([
  { selection: 'all', within: ['1', '1'] },
  { selection: 'no video', within: ['1', '1'] },
  { selection: { videoStream: 2 }, within: ['1', '1'] },
  { selection: 'relay', within: ['1', 'change', 'header', '1'] },
] as const)(
  'a header is sent at the beginning, and within to relays only: $selection',
  ({ selection, within }) => {
    const { packing } = mmshWireForm(false, selection);
    const { header, packet } = made();
    const [first, second] = [packet([audio]), packet([audio])];
    expect(heard(beginFrames(packing, [header]))).toEqual(['header']);
    expect(heard(packFrames(packing, [first, header, second]))).toEqual(within);
  },
);

test('a header that is longer than a packet comes in pieces', () => {
  const { header, packet } = made(undefined, { extra: [asfObject('ff'.repeat(16), Buffer.alloc(140_000))] });
  const bytes = beginFrames(form.packing, [header, packet([key])]);
  expect(heard(bytes)).toEqual(['header', '2']);
  expect(bytes.toString('hex', 4, 12)).toBe('000000000004ffff');
  expect(bytes.toString('hex', 65_539, 65_551)).toBe('2448ffff010000000000ffff');
});

test('without video there is audio, and packets in which both are together', () => {
  const { packing } = mmshWireForm(false, 'no video');
  const { header, packet } = made();
  const frames = [packet([{ ...audio, offset: 3 }, audio]), packet([key]), packet([audio, key])];
  expect(packing.hasVideo).toBe(false);
  expect(heard(beginFrames(packing, [header, ...frames]))).toEqual(['header', '1', '1 2']);
  const videoOnly = made([videoStream]);
  expect(heard(beginFrames(packing, [videoOnly.header]))).toEqual(['header']);
});

test('with another video stream selected, its key frames are where a player begins', () => {
  const { packing } = mmshWireForm(false, { videoStream: 3 });
  const { header, packet } = made([audioStream, videoStream, secondVideo]);
  const frames = [packet([key]), packet([key, otherKey, audio]), packet([audio])];
  expect(frames.map((frame) => packing.mayBegin?.(frame as CodedFrame))).toEqual([false, true, false]);
  expect(heard(beginFrames(packing, [header, ...frames]))).toEqual(['header', '3 1', '1']);
});

test('goes on with a header whose streams are the same, and no other; a relay with any', () => {
  for (const selection of ['all', 'no video', { videoStream: 3 }] as const) {
    const { goesOnWith } = mmshWireForm(true, selection);
    const { header } = made();
    expect(goesOnWith?.(header, made(undefined, { fileId: 'ab'.repeat(16) }).header)).toBe(true);
    expect(goesOnWith?.(header, made([audioStream]).header)).toBe(false);
  }
  expect(mmshWireForm(true, 'relay').goesOnWith).toBeUndefined();
});

describe('in what each transport puts around it:', () => {
  const hex = (bytes: Buffer) => bytes.toString('latin1');
  test('an end', () => {
    expect(mmshEnd(form, 1).toString('hex')).toBe('2445040001000000');
    expect(hex(mmshEnd(mmshWireForm(true), 0))).toBe('8\r\n$E\x04\0\0\0\0\0\r\n');
  });
  test('which relays bring a stream', () => {
    const notice = mmshNotice(form, ['a-1', 'b_2']);
    expect(hex(notice)).toBe('$N\x07\0a-1 b_2');
    expect(mmshNoticePath(notice.subarray(4))).toEqual(['a-1', 'b_2']);
    expect(hex(mmshNotice(mmshWireForm(true), ['a']))).toBe('5\r\n$N\x01\0a\r\n');
  });
  test.each([
    { said: '', path: [] },
    { said: 'a  b c"d é', path: ['a', 'b'] },
    { said: `${'x'.repeat(65)} y`, path: ['y'] },
    { said: Array(100).fill('x').join(' '), path: Array(64).fill('x') },
  ])('what is no id is left out', ({ said, path }) => {
    expect(mmshNoticePath(Buffer.from(said))).toEqual(path);
  });
});

test('a header is one buffer for all who ask for it, and another one another', () => {
  const [one, other] = [asfHeader(), asfHeader()];
  expect(mmshHeader(one)).toBe(mmshHeader(one));
  expect(mmshHeader(other)).not.toBe(mmshHeader(one));
  expect(mmshHeader(other)).toEqual(mmshHeader(one));
});
