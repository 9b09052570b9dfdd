import { readAmf0String } from '../../protocol/amf/amf0.ts';
import { type AudioPacket, decodeAudioTagHeader } from '../../protocol/flv/audio-tag-header.ts';
import type { Track } from '../../protocol/flv/ex-tag-header.ts';
import {
  decodeVideoTagHeader,
  VideoFrameType,
  type VideoPacket,
} from '../../protocol/flv/video-tag-header.ts';
import type { CodedFrame, Frame, FrameKind, HeaderFrame, OtherFrame } from '../../stream/frame.ts';
import { FlvMessageType, flvFamily as family } from './flv-family.ts';

/** The format selector before the values of type 15 data: they are AMF0, any of them may switch to AMF3. */
const amf0Format = 0;
const defaultTrackId = 0;
const onlyDefaultTrack: readonly number[] = Object.freeze([defaultTrackId]);
const metadataKeys: readonly string[] = Object.freeze(['metadata']);

/**
 * Makes a frame of a message: looks no deeper than its first bytes, never throws.
 * @param payload - taken over: the frame holds it, or a view of it where `@setDataFrame` stood before the name of
 *   the data. Only type 15 data with that prefix is copied, because its format byte stays in front.
 */
export function flvFrame(type: FlvMessageType, timestamp: number, payload: Buffer): Frame {
  switch (type) {
    case FlvMessageType.audio:
      return audioFrame(timestamp, payload);
    case FlvMessageType.video:
      return videoFrame(timestamp, payload);
    case FlvMessageType.dataAmf0:
    case FlvMessageType.dataAmf3:
      return dataFrame(type, timestamp, payload);
    default:
      return type satisfies never;
  }
}

function audioFrame(timestamp: number, payload: Buffer): Frame {
  const { packet, tracks } = decodeAudioTagHeader(payload);
  switch (packet) {
    case 'codedFrames':
      return coded('audio', FlvMessageType.audio, timestamp, payload, idsOf(tracks), false);
    case 'sequenceStart':
    case 'multichannelConfig':
      return header('audio', FlvMessageType.audio, timestamp, payload, keysOf('audio', packet, tracks));
    case 'sequenceEnd':
    case 'other':
      return other('audio', FlvMessageType.audio, timestamp, payload);
    default:
      return packet satisfies never;
  }
}

function videoFrame(timestamp: number, payload: Buffer): Frame {
  const { packet, frameType, tracks } = decodeVideoTagHeader(payload);
  switch (packet) {
    case 'codedFrames': {
      const ids = idsOf(tracks);
      const isKeyframe = frameType === VideoFrameType.key && ids.includes(defaultTrackId);
      return coded('video', FlvMessageType.video, timestamp, payload, ids, isKeyframe);
    }
    case 'sequenceStart':
    case 'mpeg2TsSequenceStart':
    case 'metadata':
      return header('video', FlvMessageType.video, timestamp, payload, keysOf('video', packet, tracks));
    case 'sequenceEnd':
    case 'other':
      return other('video', FlvMessageType.video, timestamp, payload);
    default:
      return packet satisfies never;
  }
}

function dataFrame(
  type: typeof FlvMessageType.dataAmf0 | typeof FlvMessageType.dataAmf3,
  timestamp: number,
  payload: Buffer,
): Frame {
  const start = type === FlvMessageType.dataAmf3 ? 1 : 0;
  if (start === 1 && payload[0] !== amf0Format) return other('data', type, timestamp, payload);
  const first = readAmf0String(payload.subarray(start));
  if (first?.value !== '@setDataFrame') return named(first?.value, type, timestamp, payload);
  // A command to the server, "keep this and tell the players": they are told the data without the command.
  const message = payload.subarray(start + first.end);
  const name = readAmf0String(message);
  if (name === undefined) return other('data', type, timestamp, payload);
  const kept = start === 0 ? message : Buffer.concat([payload.subarray(0, start), message]);
  return named(name.value, type, timestamp, kept);
}

function named(name: string | undefined, tag: FlvMessageType, timestamp: number, payload: Buffer): Frame {
  if (name !== 'onMetaData') return other('data', tag, timestamp, payload);
  return {
    family,
    kind: 'data',
    role: 'metadata',
    tag,
    timestamp,
    payload,
    number: 0,
    headerKeys: metadataKeys,
  };
}

function coded(
  kind: FrameKind,
  tag: FlvMessageType,
  timestamp: number,
  payload: Buffer,
  tracks: readonly number[],
  isKeyframe: boolean,
): CodedFrame {
  return { family, kind, role: 'coded', tag, timestamp, payload, number: 0, tracks, isKeyframe };
}

function header(
  kind: FrameKind,
  tag: FlvMessageType,
  timestamp: number,
  payload: Buffer,
  headerKeys: readonly string[],
): HeaderFrame {
  return { family, kind, role: 'header', tag, timestamp, payload, number: 0, headerKeys };
}

function other(kind: FrameKind, tag: FlvMessageType, timestamp: number, payload: Buffer): OtherFrame {
  return { family, kind, role: 'other', tag, timestamp, payload, number: 0 };
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
