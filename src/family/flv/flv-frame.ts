import type { AmfValue } from '../../protocol/amf/amf-value.ts';
import { encodeAmf0, readAmf0String } from '../../protocol/amf/amf0.ts';
import { type AudioTagHeader, decodeAudioTagHeader } from '../../protocol/flv/audio-tag-header.ts';
import type { Track } from '../../protocol/flv/ex-tag-header.ts';
import {
  decodeVideoTagHeader,
  VideoFrameType,
  type VideoTagHeader,
} from '../../protocol/flv/video-tag-header.ts';
import { PATH_NAME } from '../../protocol/rtmp/relay-path.ts';
import type { Frame, OtherFrame } from '../../stream/frame.ts';
import { FlvMessageType, flvFamily as family } from './flv-family.ts';

/** The format selector before the values of type 15 data: they are AMF0, any of them may switch to AMF3. */
const amf0Format = 0;
const defaultTrackId = 0;
const onlyDefaultTrack: readonly number[] = Object.freeze([defaultTrackId]);
const metadataKeys: readonly string[] = Object.freeze(['metadata']);

/** A command of a publisher to its server, "keep this and tell the players": they are told the data without the command. */
const SET_DATA_FRAME = '@setDataFrame';

/**
 * Names of what the two ends of a connection say to each other as data. Whatever comes in by one of them is no part of a stream: a
 * server says such things itself, and to a relay downstream they would be this relay's own word.
 */
const notOfTheStream: ReadonlySet<string> = new Set([
  PATH_NAME,
  'onStatus',
  '|RtmpSampleAccess',
  SET_DATA_FRAME, // within another: whoever takes that one off must not find a command
]);

/**
 * Makes a frame of a message; undefined when that is no part of a stream. Looks no deeper than its first bytes, never throws.
 * @param payload - taken over: the frame holds it, or a view of it where `@setDataFrame` stood before the name of
 *   the data. Only type 15 data with that prefix is copied, because its format byte stays in front.
 */
export function flvFrame(type: FlvMessageType, timestamp: number, payload: Buffer): Frame | undefined {
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

/**
 * Makes a frame of what a server itself has to say to those who play now; undefined for a name that means something to players,
 * servers or relays.
 * @throws ProtocolError as `encodeAmf0`
 */
export function passingData(name: string, values: readonly AmfValue[]): OtherFrame | undefined {
  const frame = named(name, FlvMessageType.dataAmf0, 0, encodeAmf0(name, ...values));
  return frame?.role === 'other' ? { ...frame, isPassing: true } : undefined;
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
): Frame | undefined {
  const start = type === FlvMessageType.dataAmf3 && payload[0] === amf0Format ? 1 : 0; // some leave the format out
  const first = readAmf0String(payload.subarray(start));
  if (first?.value !== SET_DATA_FRAME) return named(first?.value, type, timestamp, payload);
  const message = payload.subarray(start + first.end);
  const name = readAmf0String(message);
  if (name === undefined) return named(undefined, type, timestamp, payload);
  const kept = start === 0 ? message : Buffer.concat([payload.subarray(0, start), message]);
  return named(name.value, type, timestamp, kept);
}

function named(
  name: string | undefined,
  tag: FlvMessageType,
  timestamp: number,
  payload: Buffer,
): Frame | undefined {
  if (name !== undefined && notOfTheStream.has(name)) return undefined;
  const base = { family, kind: 'data', tag, timestamp, payload, number: 0 } as const;
  return name === 'onMetaData'
    ? { ...base, role: 'metadata', headerKeys: metadataKeys }
    : { ...base, role: 'other' };
}

function idsOf(tracks: readonly Track[]): readonly number[] {
  if (tracks.length === 1 && tracks[0]?.trackId === defaultTrackId) return onlyDefaultTrack;
  return tracks.map(({ trackId }) => trackId);
}
