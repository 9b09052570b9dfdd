import { expect, test } from 'vitest';
import { recordLine } from '../../src/commands/inspect/record-lines.ts';
import { encodeAudioMessage } from '../../src/protocol/flv/audio-message.ts';
import { encodeVideoMessage } from '../../src/protocol/flv/video-message.ts';
import { chunks, handshake, inspectPieces, messagesIn } from '../support/inspect-scene.ts';

const data = Buffer.alloc(40, 0x55);

test('headers of Enhanced RTMP are shown with all tracks, and with what is added to their timestamp', () => {
  const video = encodeVideoMessage({
    form: 'enhanced',
    packet: 'codedFrames',
    frameType: 1,
    timestampOffsetNs: 250_000,
    tracks: [
      { trackId: 0, fourCc: 'hvc1', compositionTimeMs: 40, data },
      { trackId: 3, fourCc: 'av01', compositionTimeMs: 0, data: data.subarray(10) },
    ],
  });
  const audio = encodeAudioMessage({
    form: 'enhanced',
    packet: 'sequenceStart',
    timestampOffsetNs: 0,
    tracks: [{ trackId: 2, fourCc: 'Opus', data: data.subarray(20) }],
  });
  const { records } = inspectPieces([handshake, chunks({ type: 9 }, video), chunks({ type: 8 }, audio)]);
  const shown = messagesIn(records).map((record) =>
    recordLine(record, undefined)
      .map(({ text }) => text)
      .join(''),
  );
  expect(shown).toEqual([
    expect.stringMatching(
      /keyframe \(enhanced, 250000 ns later\), hvc1, 40 B, shown 40 ms later; track 3 av01, 30 B$/,
    ),
    expect.stringMatching(/sequenceStart \(enhanced\), track 2 Opus, 20 B$/),
  ]);
});
