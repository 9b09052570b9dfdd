import { readAmf0String } from '../../protocol/amf/amf0.ts';
import { type AudioTagHeader, decodeAudioTagHeader } from '../../protocol/flv/audio-tag-header.ts';
import type { Track } from '../../protocol/flv/ex-tag-header.ts';
import {
  decodeVideoTagHeader,
  VideoFrameType,
  type VideoTagHeader,
} from '../../protocol/flv/video-tag-header.ts';
import type { Frame } from '../../stream/frame.ts';
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
      return mediaFrame(type, timestamp, payload, decodeAudioTagHeader(payload), false);
    case FlvMessageType.video: {
      const header = decodeVideoTagHeader(payload);
      return mediaFrame(type, timestamp, payload, header, header.frameType === VideoFrameType.key);
    }
    case FlvMessageType.dataAmf0:
    case FlvMessageType.dataAmf3:
      return dataFrame(type, timestamp, payload);
    default:
      return type satisfies never;
  }
}

/** @param isKey - whether a decoder may begin at the message, if the default track is in it */
function mediaFrame(
  tag: typeof FlvMessageType.audio | typeof FlvMessageType.video,
  timestamp: number,
  payload: Buffer,
  { packet, tracks }: AudioTagHeader | VideoTagHeader,
  isKey: boolean,
): Frame {
  const kind = tag === FlvMessageType.audio ? 'audio' : 'video';
  switch (packet) {
    case 'codedFrames': {
      const ids = idsOf(tracks);
      const isKeyframe = isKey && ids.includes(defaultTrackId);
      return { family, kind, role: 'coded', tag, timestamp, payload, number: 0, tracks: ids, isKeyframe };
    }
    case 'sequenceStart':
    case 'multichannelConfig':
    case 'mpeg2TsSequenceStart':
    case 'metadata': {
      const headerKeys = tracks.map(({ trackId }) => `${kind}/${packet}/${trackId}`);
      return { family, kind, role: 'header', tag, timestamp, payload, number: 0, headerKeys };
    }
    case 'sequenceEnd':
    case 'other':
      return { family, kind, role: 'other', tag, timestamp, payload, number: 0 };
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
  if (start === 1 && payload[0] !== amf0Format) return named(undefined, type, timestamp, payload);
  const first = readAmf0String(payload.subarray(start));
  if (first?.value !== '@setDataFrame') return named(first?.value, type, timestamp, payload);
  // A command to the server, "keep this and tell the players": they are told the data without the command.
  const message = payload.subarray(start + first.end);
  const name = readAmf0String(message);
  if (name === undefined) return named(undefined, type, timestamp, payload);
  const kept = start === 0 ? message : Buffer.concat([payload.subarray(0, start), message]);
  return named(name.value, type, timestamp, kept);
}

function named(name: string | undefined, tag: FlvMessageType, timestamp: number, payload: Buffer): Frame {
  const base = { family, kind: 'data', tag, timestamp, payload, number: 0 } as const;
  return name === 'onMetaData'
    ? { ...base, role: 'metadata', headerKeys: metadataKeys }
    : { ...base, role: 'other' };
}

function idsOf(tracks: readonly Track[]): readonly number[] {
  if (tracks.length === 1 && tracks[0]?.trackId === defaultTrackId) return onlyDefaultTrack;
  return tracks.map(({ trackId }) => trackId);
}
