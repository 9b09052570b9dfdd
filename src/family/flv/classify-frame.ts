import { readAmf0String } from '../../protocol/amf/amf0.ts';
import { type AudioPacket, decodeAudioTagHeader } from '../../protocol/flv/audio-tag-header.ts';
import type { Track } from '../../protocol/flv/ex-tag-header.ts';
import {
  decodeVideoTagHeader,
  VideoFrameType,
  type VideoPacket,
} from '../../protocol/flv/video-tag-header.ts';
import { type Frame, FrameType } from '../../stream/frame.ts';

/** The format selector before the values of type 15 data: they are AMF0, any of them may switch to AMF3. */
const amf0Format = 0;
const defaultTrackId = 0;
const onlyDefaultTrack: readonly number[] = Object.freeze([defaultTrackId]);

/**
 * Makes a frame of a message: looks no deeper than its first bytes, never throws.
 * @param payload - taken over: the frame holds it, or a view of it where `@setDataFrame` stood before the name of
 *   the data. Only type 15 data with that prefix is copied, because its format byte stays in front.
 */
export function classifyFrame(type: FrameType, timestamp: number, payload: Buffer): Frame {
  switch (type) {
    case FrameType.audio:
      return classifyAudio(timestamp, payload);
    case FrameType.video:
      return classifyVideo(timestamp, payload);
    case FrameType.dataAmf0:
    case FrameType.dataAmf3:
      return classifyData(type, timestamp, payload);
    default:
      return type satisfies never;
  }
}

function classifyAudio(timestamp: number, payload: Buffer): Frame {
  const type = FrameType.audio;
  const { packet, tracks } = decodeAudioTagHeader(payload);
  switch (packet) {
    case 'codedFrames':
      return { type, timestamp, payload, role: 'coded', tracks, trackIds: idsOf(tracks), isKeyframe: false };
    case 'sequenceStart':
    case 'multichannelConfig':
      return {
        type,
        timestamp,
        payload,
        role: 'header',
        headerKeys: keysOf('audio', packet, tracks),
        tracks,
      };
    case 'sequenceEnd':
    case 'other':
      return { type, timestamp, payload, role: 'other' };
    default:
      return packet satisfies never;
  }
}

function classifyVideo(timestamp: number, payload: Buffer): Frame {
  const type = FrameType.video;
  const { packet, frameType, tracks } = decodeVideoTagHeader(payload);
  switch (packet) {
    case 'codedFrames': {
      const trackIds = idsOf(tracks);
      const isKeyframe = frameType === VideoFrameType.key && trackIds.includes(defaultTrackId);
      return { type, timestamp, payload, role: 'coded', tracks, trackIds, isKeyframe };
    }
    case 'sequenceStart':
    case 'mpeg2TsSequenceStart':
    case 'metadata':
      return {
        type,
        timestamp,
        payload,
        role: 'header',
        headerKeys: keysOf('video', packet, tracks),
        tracks,
      };
    case 'sequenceEnd':
    case 'other':
      return { type, timestamp, payload, role: 'other' };
    default:
      return packet satisfies never;
  }
}

function classifyData(
  type: typeof FrameType.dataAmf0 | typeof FrameType.dataAmf3,
  timestamp: number,
  payload: Buffer,
): Frame {
  const start = type === FrameType.dataAmf3 ? 1 : 0;
  if (start === 1 && payload[0] !== amf0Format) return { type, timestamp, payload, role: 'other' };
  const first = readAmf0String(payload.subarray(start));
  if (first?.value !== '@setDataFrame') {
    return { type, timestamp, payload, role: first?.value === 'onMetaData' ? 'metadata' : 'other' };
  }
  // A command to the server, "keep this and tell the players": they are told the data without the command.
  const message = payload.subarray(start + first.end);
  const name = readAmf0String(message);
  if (name === undefined) return { type, timestamp, payload, role: 'other' };
  return {
    type,
    timestamp,
    payload: start === 0 ? message : Buffer.concat([payload.subarray(0, start), message]),
    role: name.value === 'onMetaData' ? 'metadata' : 'other',
  };
}

function idsOf(tracks: readonly Track[]): readonly number[] {
  if (tracks.length === 1 && tracks[0]?.trackId === defaultTrackId) return onlyDefaultTrack;
  return tracks.map(({ trackId }) => trackId);
}

function keysOf(
  kind: 'audio' | 'video',
  slot: AudioPacket | VideoPacket,
  tracks: readonly Track[],
): readonly string[] {
  return tracks.map(({ trackId }) => `${kind}/${slot}/${trackId}`);
}
