import { expect, test } from 'vitest';
import { InspectionStats, type StreamStats } from '../../src/inspect/stream-stats.ts';
import { audioFrame, chunks, handshake, inspectPieces, videoFrame } from '../support/inspect-scene.ts';

interface Sent {
  readonly kind: 'audio' | 'video';
  readonly timestamp: number;
  readonly isKeyframe?: boolean;
  /** When it came. */
  readonly at?: number;
}

function statsOf(sent: readonly Sent[]): StreamStats {
  const stats = new InspectionStats();
  const wire = sent.map(({ kind, timestamp, isKeyframe = false }) =>
    kind === 'video'
      ? chunks({ type: 9, timestamp }, videoFrame(120, isKeyframe))
      : chunks({ type: 8, timestamp }, audioFrame(60)),
  );
  const { records } = inspectPieces([handshake, ...wire]);
  let arrived = 0;
  for (const record of records) {
    const { at } = (record.is === 'message' ? sent[arrived++] : undefined) ?? {};
    stats.add(at === undefined ? record : { ...record, timeMs: at });
  }
  const [stream] = stats.streams;
  if (stream === undefined) throw new Error('no stream');
  return stream;
}

test('counts kinds, bytes and keyframe intervals', () => {
  const stream = statsOf([
    { kind: 'video', timestamp: 0, isKeyframe: true },
    { kind: 'audio', timestamp: 10 },
    { kind: 'video', timestamp: 1000, isKeyframe: true },
    { kind: 'video', timestamp: 1500 },
    { kind: 'video', timestamp: 2500, isKeyframe: true },
  ]);
  expect(Object.fromEntries(stream.kinds)).toEqual({ video: 4, audio: 1 });
  expect(stream).toMatchObject({ bytes: 4 * 120 + 60, keyframes: 3, durationMs: 2500, jumpCount: 0 });
  expect(stream.keyframeIntervals).toMatchObject({ count: 2, least: 1000, most: 1500, mean: 1250 });
});

test('times that go back or far ahead are jumps, with their places; a wrap is none', () => {
  const jumping = statsOf([
    { kind: 'video', timestamp: 5000, isKeyframe: true },
    { kind: 'video', timestamp: 4000 },
    { kind: 'video', timestamp: 9000 },
  ]);
  expect(jumping.jumps).toMatchObject([
    { kind: 'video', fromMs: 5000, toMs: 4000 },
    { kind: 'video', fromMs: 4000, toMs: 9000 },
  ]);
  const wrapping = statsOf([
    { kind: 'audio', timestamp: 0xffffffff - 9 },
    { kind: 'audio', timestamp: 13 },
  ]);
  expect(wrapping.jumpCount).toBe(0);
});

test('says how far video is from audio, how late frames come, and how long nothing came', () => {
  const stream = statsOf([
    { kind: 'video', timestamp: 0, isKeyframe: true, at: 10_000 },
    { kind: 'audio', timestamp: 0, at: 10_001 },
    { kind: 'video', timestamp: 40, at: 10_040 },
    { kind: 'video', timestamp: 80, at: 12_080 },
    { kind: 'audio', timestamp: 60, at: 12_081 },
  ]);
  expect(stream.skew).toMatchObject({ least: 0, most: 80 });
  expect(stream.lateness.most).toBe(2021);
  expect(stream.longestSilenceMs).toBe(2040);
});

test('of ASF, audio and video are counted by the streams of its header, and compared by their presentation times', () => {
  const stats = new InspectionStats();
  const flow = { id: '1', source: 'file' };
  const streams = [
    { number: 1, type: 'audio', codec: 'wma2' },
    { number: 2, type: 'video', codec: 'WMV3' },
  ];
  stats.add({
    ...{ flow, offset: 0, is: 'packet', id: '$H', length: 500 },
    content: { is: 'asf-header', packetBytes: 1000, streams },
  });
  const objects = [
    [2, 3000],
    [1, 2900],
    [2, 3080],
    [2, 3040], // is shown before the one that came first
    [1, 2950],
  ] as const;
  for (const [i, [stream, timeMs]] of objects.entries())
    stats.add({
      ...{ flow, offset: 1000 * i, is: 'packet', id: '$D', length: 1000 },
      content: {
        ...{ is: 'asf-packet', sendTimeMs: 40 * i, durationMs: 40 },
        payloads: [
          { stream, isKey: i < 2, startsObject: true, timeMs, bytes: 400 },
          { stream, isKey: false, startsObject: false, timeMs, bytes: 400 },
        ],
      },
    });
  const [stream] = stats.streams;
  expect(stream).toMatchObject({ keyframes: 1, jumpCount: 0, video: { frames: 3 }, audio: { frames: 2 } });
  expect(stream?.skew).toMatchObject({ least: 100, most: 180 });
});
