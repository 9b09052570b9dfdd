import { describe, expect, test } from 'vitest';
import type { PlayedMedia } from '../../../load-tester/protocols/player-protocol.ts';
import { StreamCheck } from '../../../load-tester/report/stream-check.ts';
import type { StreamFault } from '../../../load-tester/report/stream-fault.ts';
import { writeStamp } from '../../../load-tester/stamp.ts';
import { type MediaMessage, media } from '../../support/fake-media.ts';

function played({ type, timestamp, payload }: MediaMessage): PlayedMedia {
  return { is: 'message', type, timestamp, payload };
}

/** What a check finds in these messages: `fault: description`, and how often where that is not once. */
function faultsOf(messages: readonly MediaMessage[]): string[] {
  const faults: string[] = [];
  const check = new StreamCheck({
    onFault: (fault: StreamFault, description, times) => {
      faults.push(`${fault}: ${description}${times === 1 ? '' : ` (${times})`}`);
    },
    onStamp: () => {},
  });
  for (const message of messages) check.onMedia(played(message));
  check.finish();
  return faults;
}

/** Messages of a script, of which those with a size of 40 are stamped with the numbers given, one after the other. */
function stamped(script: string, ...sequences: readonly number[]): MediaMessage[] {
  const messages = media(script);
  const left = [...sequences];
  for (const { payload } of messages) {
    if (payload.length === 40) writeStamp(payload, left.shift() ?? 0, 0n);
  }
  expect(left).toEqual([]);
  return messages;
}

describe('lets pass', () => {
  test.each([
    ['a stream from its headers on', 'M1@0 VH1@0 AH1@0 K1@0 A1@0 P2@40 A2@23'],
    ['headers at 0 and frames much later', 'VH1@0 AH1@0 K1@500000 A1@500000 VH2@0 P2@500040'],
    ['two frames at one time', 'VH1@0 K1@40 P2@40'],
    ['timestamps that wrap', 'VH1@0 AH1@0 K1@4294967290 A1@4294967290 P2@4 A2@10'],
    ['audio alone', 'AH1@0 A1@0 A2@23'],
    ['audio before the first keyframe', 'VH1@0 AH1@0 A1@0 A2@23 K1@40'],
    ['headers that come again', 'VH1@0 K1@0 VH2@20 K2@40'],
    ['nothing', ''],
  ])('%s', (_, script) => {
    expect(faultsOf(media(script))).toEqual([]);
  });

  test('sequence numbers that go on, from any number on and across the wrap', () => {
    const script = 'VH1@0 K1@0:40 P2@40:40 P3@80:40';
    expect(faultsOf(stamped(script, 7, 8, 9))).toEqual([]);
    expect(faultsOf(stamped(script, 0xfffffffe, 0xffffffff, 0))).toEqual([]);
  });

  test('video left out before the first keyframe', () => {
    expect(faultsOf(stamped('VH1@0 AH1@0 A1@0:40 A2@20:40 K1@40:40 P2@80:40', 3, 6, 9, 10))).toEqual([]);
  });

  test('a message too short for a stamp among stamped ones', () => {
    expect(faultsOf(stamped('VH1@0 K1@0:40 P2@40:24 P3@80:40', 1, 2))).toEqual([]);
  });
});

describe('finds', () => {
  test.each([
    ['starts without a keyframe: the first frame is of type 2', 'VH1@0 P1@0 K2@40 P3@80'],
    ['starts without a sequence header: the first frame of avc1 comes before its header', 'K1@0 VH1@0 P2@40'],
    ['starts without a sequence header: the first frame of mp4a comes before its header', 'VH1@0 K1@0 A1@0'],
    ['timestamp goes back: avc1 at 79 ms behind 80 ms', 'VH1@0 AH1@0 K1@0 A1@90 P2@80 P3@79 P4@120'],
    ['timestamp goes back: mp4a at 0 ms behind 23 ms', 'AH1@0 A1@23 A2@0 A3@46'],
    ['timestamp goes back: avc1 at 4294967295 ms behind 0 ms', 'VH1@0 K1@0 P2@4294967295'],
  ])('%s', (fault, script) => {
    expect(faultsOf(media(script))).toEqual([fault]);
  });

  test.each([
    ['message missing: 1 after number 1', [1, 3, 4]],
    ['message missing: 4 after number 1 (4)', [1, 6, 7]],
    ['message missing: 1 after number 4294967294', [0xfffffffe, 0, 1]],
    ['message out of order: number 5 behind 5', [5, 5, 6]],
    ['message out of order: number 0 behind 9', [9, 0, 1]],
  ])('%s', (fault, sequences) => {
    expect(faultsOf(stamped('VH1@0 K1@0:40 P2@40:40 P3@80:40', ...sequences))).toEqual([fault]);
  });

  test('a gap in audio that no video ever comes to', () => {
    expect(faultsOf(stamped('AH1@0 A1@0:40 A2@20:40', 1, 4))).toEqual([
      'message missing: 2 in a stream without video (2)',
    ]);
  });

  test('a message that has lost its stamp', () => {
    expect(faultsOf(stamped('VH1@0 K1@0:40 P2@40:41 P3@80:40', 1, 2))).toEqual([
      'message has lost its stamp: after number 1',
    ]);
  });
});

test('counts messages and their bytes', () => {
  const check = new StreamCheck({ onFault: () => {}, onStamp: () => {} });
  const messages = stamped('M1@0 VH1@0 AH1@0 K1@100:40 A1@100:40 P2@140:40 A2@123:40', 1, 2, 3, 4);
  for (const message of messages) check.onMedia(played(message));
  expect(check.counts).toEqual({
    audioMessages: 3,
    videoMessages: 3,
    packets: 0,
    stampedMessages: 4,
    mediaBytes: 9 + 6 + 4 * 40,
    mediaMs: 40,
  });
});
