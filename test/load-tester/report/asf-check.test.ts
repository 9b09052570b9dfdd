import { describe, expect, test } from 'vitest';
import type { PlayedMedia } from '../../../load-tester/protocols/player-protocol.ts';
import { StreamCheck } from '../../../load-tester/report/stream-check.ts';
import type { StreamFault } from '../../../load-tester/report/stream-fault.ts';
import { writeStamp } from '../../../load-tester/stamp.ts';
import { readAsfHeader } from '../../../src/protocol/asf/asf-header.ts';
import { readAsfPacket } from '../../../src/protocol/asf/asf-packet.ts';
import { asfHeader, asfPacket, audioStream, type MadePayload, videoStream } from '../../support/asf-maker.ts';

const key: MadePayload = { stream: 2, isKey: true, data: 340 };
const delta: MadePayload = { stream: 2, data: 340 };
const rest: MadePayload = { stream: 2, isKey: true, offset: 340, objectBytes: 680, data: 340 };
const sound: MadePayload = { stream: 1, isKey: true, data: 20 };

const both: PlayedMedia = { is: 'asfHeader', header: readAsfHeader(asfHeader()) };
const audioOnly: PlayedMedia = {
  is: 'asfHeader',
  header: readAsfHeader(asfHeader({ streams: [audioStream] })),
};

/** A packet. @param stamp - its number, where it has one */
function packet(
  payloads: readonly MadePayload[],
  { at = 0, stamp, locationId }: { at?: number; stamp?: number; locationId?: number } = {},
): PlayedMedia {
  const bytes = asfPacket({ payloads, sendTimeMs: at, packetBytes: 420 });
  const read = readAsfPacket(bytes);
  const longest = read.payloads.find(({ at: from, end }) => end - from > 300);
  if (stamp !== undefined) writeStamp(bytes.subarray(longest?.at, longest?.end), stamp, 0n);
  return { is: 'asfPacket', bytes, packet: read, locationId };
}

/** What a check finds, and what it has counted. */
function check(...media: readonly PlayedMedia[]) {
  const faults: string[] = [];
  const stream = new StreamCheck({
    onFault: (fault: StreamFault, description, times) => {
      faults.push(`${fault}: ${description}${times === 1 ? '' : ` (${times})`}`);
    },
    onStamp: () => {},
  });
  for (const piece of media) stream.onMedia(piece);
  stream.finish();
  return { faults, counts: { ...stream.counts } };
}

describe('lets pass', () => {
  test.each<[string, PlayedMedia[]]>([
    ['a stream from a key frame on', [both, packet([key]), packet([delta, sound], { at: 40 })]],
    ['sound before the key frame', [both, packet([sound]), packet([sound, key])]],
    ['sound alone', [audioOnly, packet([sound]), packet([sound])]],
    ['several packets of one time', [both, packet([key], { at: 9 }), packet([rest], { at: 9 })]],
    ['send times that wrap', [both, packet([key], { at: 2 ** 32 - 5 }), packet([delta], { at: 5 })]],
    [
      'numbers that go on, across the wrap',
      [2 ** 32 - 2, 2 ** 32 - 1, 0].map((locationId) => packet([key], { locationId })),
    ],
    [
      'numbers that begin anew behind another header',
      [both, packet([key], { locationId: 7 }), both, packet([key], { locationId: 0 })],
    ],
    ['stamps that go on', [both, packet([key], { stamp: 7 }), packet([rest], { stamp: 8 })]],
    ['a packet without room for a stamp', [both, packet([key], { stamp: 7 }), packet([sound])]],
    [
      'a first packet that has lost its stamp with its longest payload',
      [both, packet([key]), packet([rest], { stamp: 8 })],
    ],
  ])('%s', (_, media) => {
    expect(check(...media).faults).toEqual([]);
  });
});

describe('finds', () => {
  test.each<[string, PlayedMedia[]]>([
    [
      'starts without a keyframe: the first payload of stream 2 is no key frame',
      [both, packet([sound, delta]), packet([key])],
    ],
    [
      'starts without a keyframe: the first payload of stream 2 is in the middle of a frame',
      [both, packet([rest]), packet([key])],
    ],
    [
      'timestamp goes back: a packet at 39 ms behind 40 ms',
      [both, packet([key], { at: 40 }), packet([delta], { at: 39 })],
    ],
    [
      'gap in LocationId: 7 behind 4 (2)',
      [both, packet([key], { locationId: 4 }), packet([delta], { locationId: 7 })],
    ],
    [
      'LocationId goes back: 4 behind 4',
      [both, packet([key], { locationId: 4 }), packet([delta], { locationId: 4 })],
    ],
    [
      'message missing: 2 after number 1 (2)',
      [both, packet([key], { stamp: 1 }), packet([rest], { stamp: 4 })],
    ],
    [
      'message out of order: number 1 behind 2',
      [both, packet([key], { stamp: 2 }), packet([rest], { stamp: 1 })],
    ],
    ['message has lost its stamp: after number 1', [both, packet([key], { stamp: 1 }), packet([delta])]],
  ])('%s', (fault, media) => {
    expect(check(...media).faults).toEqual([fault]);
  });
});

test('goes by the first video stream of the header', () => {
  const streams = [audioStream, videoStream, { ...videoStream, number: 3 }];
  const header: PlayedMedia = { is: 'asfHeader', header: readAsfHeader(asfHeader({ streams })) };
  expect(check(header, packet([{ ...delta, stream: 3 }]), packet([key])).faults).toEqual([]);
});

test('counts packets, the objects that begin in them, bytes and the time of the stream', () => {
  const media = [
    both,
    packet([sound, key], { at: 1000, stamp: 0 }),
    packet([rest], { at: 1020, stamp: 1 }),
    packet([delta, sound], { at: 1500 }),
  ];
  expect(check(...media).counts).toEqual({
    audioMessages: 2,
    videoMessages: 2,
    packets: 3,
    stampedMessages: 2,
    mediaBytes: 3 * 420,
    mediaMs: 500,
  });
});
