import { ProtocolError } from '../errors.ts';
import type { AmfValue } from '../protocol/amf/amf-value.ts';
import { decodeAmf0 } from '../protocol/amf/amf0.ts';
import { decodeAudioMessage } from '../protocol/flv/audio-message.ts';
import { decodeAudioTagHeader } from '../protocol/flv/audio-tag-header.ts';
import { FourCc } from '../protocol/flv/fourcc.ts';
import { decodeAacConfig, decodeAvcConfig } from '../protocol/flv/sequence-header.ts';
import { decodeVideoMessage } from '../protocol/flv/video-message.ts';
import { decodeVideoTagHeader, VideoFrameType } from '../protocol/flv/video-tag-header.ts';
import { AggregateReader } from '../protocol/rtmp/message/aggregate.ts';
import { AMF0_FORMAT, decodeCommand } from '../protocol/rtmp/message/command-message.ts';
import {
  BandwidthLimit,
  decodeAbort,
  decodeAcknowledgement,
  decodeSetChunkSize,
  decodeSetPeerBandwidth,
  decodeWindowAcknowledgementSize,
} from '../protocol/rtmp/message/control-message.ts';
import { MessageType, type RawMessage } from '../protocol/rtmp/message/message.ts';
import { decodeSharedObject } from '../protocol/rtmp/message/shared-object.ts';
import { decodeUserControl, UserControlEvent } from '../protocol/rtmp/message/user-control.ts';

/** One track of a video or audio message. */
export interface TrackContent {
  readonly trackId: number;
  /** A FourCC, or a short name. */
  readonly codec: string;
  /** Of video, milliseconds. */
  readonly compositionTimeMs?: number;
  readonly bytes: number;
  /** What a decoder is told, in words, where it is known how to read that. */
  readonly config?: string | undefined;
}

/** What a message of RTMP or a tag of FLV says. */
export type Content =
  | { readonly is: 'set-chunk-size'; readonly size: number }
  | { readonly is: 'abort'; readonly chunkStreamId: number }
  | { readonly is: 'acknowledgement'; readonly bytes: number }
  | { readonly is: 'window-acknowledgement-size'; readonly bytes: number }
  | { readonly is: 'set-peer-bandwidth'; readonly bytes: number; readonly limit: string }
  | {
      readonly is: 'user-control';
      /** A name of the specification, or a number. */
      readonly event: string;
      readonly value: number;
      readonly bufferLengthMs: number;
    }
  | {
      readonly is: 'command';
      readonly name: string;
      readonly transactionId: number;
      readonly args: readonly AmfValue[];
    }
  | { readonly is: 'data'; readonly values: readonly AmfValue[] }
  | { readonly is: 'shared-object'; readonly name: string; readonly events: readonly number[] }
  | {
      readonly is: 'video';
      readonly form: 'legacy' | 'enhanced';
      readonly packet: string;
      readonly isKeyframe: boolean;
      readonly frame: string;
      readonly timestampOffsetNs: number;
      readonly tracks: readonly TrackContent[];
    }
  | {
      readonly is: 'audio';
      readonly form: 'legacy' | 'enhanced';
      readonly packet: string;
      readonly timestampOffsetNs: number;
      readonly tracks: readonly TrackContent[];
    }
  | {
      readonly is: 'aggregate';
      readonly parts: readonly {
        readonly type: number;
        readonly timestamp: number;
        readonly length: number;
        readonly content: Content;
      }[];
    }
  /** Of a type that has nothing to say, or that nobody knows. */
  | { readonly is: 'other'; readonly what: string }
  | { readonly is: 'unreadable'; readonly reason: string };

/** Metadata and commands may be long and deep in a capture of anything; more is not shown. */
const amfLimits = { maxValues: 10_000, maxDepth: 32, maxStringBytes: 65_536 };

/** Shared between messages that are alike: parts of an aggregate are of no more kinds than messages are. */
const MAX_PARTS = 4096;

/** What a message says; never throws. @param message - of which all bytes are there */
export function contentOf(message: RawMessage): Content {
  try {
    return read(message);
  } catch (error) {
    if (error instanceof ProtocolError) return { is: 'unreadable', reason: error.message };
    throw error;
  }
}

function read(message: RawMessage): Content {
  const { type, payload } = message;
  switch (type) {
    case MessageType.setChunkSize:
      return { is: 'set-chunk-size', size: decodeSetChunkSize(payload) };
    case MessageType.abort:
      return { is: 'abort', chunkStreamId: decodeAbort(payload) };
    case MessageType.acknowledgement:
      return { is: 'acknowledgement', bytes: decodeAcknowledgement(payload) };
    case MessageType.windowAcknowledgementSize:
      return { is: 'window-acknowledgement-size', bytes: decodeWindowAcknowledgementSize(payload) };
    case MessageType.setPeerBandwidth: {
      const { windowSize, limitType } = decodeSetPeerBandwidth(payload);
      return { is: 'set-peer-bandwidth', bytes: windowSize, limit: nameIn(BandwidthLimit, limitType) };
    }
    case MessageType.userControl: {
      const { event, ...rest } = decodeUserControl(payload);
      return { is: 'user-control', event: nameIn(UserControlEvent, event), ...rest };
    }
    case MessageType.commandAmf0:
    case MessageType.commandAmf3:
      return { is: 'command', ...decodeCommand(message) };
    case MessageType.dataAmf0:
      return { is: 'data', values: decodeAmf0(payload, amfLimits) };
    case MessageType.dataAmf3:
      return {
        is: 'data',
        values: decodeAmf0(payload[0] === AMF0_FORMAT ? payload.subarray(1) : payload, amfLimits),
      };
    case MessageType.sharedObjectAmf0:
    case MessageType.sharedObjectAmf3: {
      const decoded = decodeSharedObject(message);
      if (decoded === undefined) return { is: 'unreadable', reason: 'a shared object message that is cut' };
      return { is: 'shared-object', name: decoded.name, events: decoded.events };
    }
    case MessageType.video:
      return videoContent(payload);
    case MessageType.audio:
      return audioContent(payload);
    case MessageType.aggregate:
      return { is: 'aggregate', parts: partsOf(message) };
    default:
      return { is: 'other', what: `type ${type}` };
  }
}

function partsOf(message: RawMessage): Extract<Content, { is: 'aggregate' }>['parts'] {
  const reader = new AggregateReader(message);
  const parts: { type: number; timestamp: number; length: number; content: Content }[] = [];
  for (let part = reader.read(); part !== undefined && parts.length < MAX_PARTS; part = reader.read()) {
    const { type, timestamp, payload } = part;
    const content: Content =
      type === MessageType.aggregate
        ? { is: 'unreadable', reason: 'an aggregate in itself' }
        : contentOf(part);
    parts.push({ type, timestamp, length: payload.length, content });
  }
  return parts;
}

function videoContent(payload: Buffer): Content {
  if (payload.length === 0) return { is: 'other', what: 'empty' };
  const header = decodeVideoTagHeader(payload);
  const message = decodeVideoMessage(payload);
  const frame = nameIn(VideoFrameType, header.frameType);
  if (message === undefined) {
    if (header.frameType === VideoFrameType.command) return { is: 'other', what: 'video command' };
    return {
      is: 'unreadable',
      reason: `a video header that nobody knows: 0x${payload.toString('hex', 0, 6)}`,
    };
  }
  const { packet } = message;
  const isConfig = packet === 'sequenceStart';
  const tracks =
    message.form === 'enhanced' ? message.tracks : header.tracks.map((track) => ({ ...track, ...message }));
  return {
    is: 'video',
    form: message.form,
    packet,
    isKeyframe: packet === 'codedFrames' && header.frameType === VideoFrameType.key,
    frame,
    timestampOffsetNs: header.timestampOffsetNs,
    tracks: tracks.map(({ trackId, fourCc, compositionTimeMs, data }) => ({
      trackId,
      codec: fourCc,
      compositionTimeMs,
      bytes: data.length,
      config: isConfig && fourCc === FourCc.avc ? avcWords(data) : undefined,
    })),
  };
}

function audioContent(payload: Buffer): Content {
  if (payload.length === 0) return { is: 'other', what: 'empty' };
  const header = decodeAudioTagHeader(payload);
  const message = decodeAudioMessage(payload);
  if (message === undefined)
    return {
      is: 'unreadable',
      reason: `an audio header that nobody knows: 0x${payload.toString('hex', 0, 6)}`,
    };
  const { packet } = message;
  const tracks =
    message.form === 'enhanced'
      ? message.tracks
      : header.tracks.map((track) => ({ ...track, data: message.data }));
  return {
    is: 'audio',
    form: message.form,
    packet,
    timestampOffsetNs: header.timestampOffsetNs,
    tracks: tracks.map(({ trackId, fourCc, data }) => ({
      trackId,
      codec: fourCc,
      bytes: data.length,
      config: packet === 'sequenceStart' && fourCc === FourCc.aac ? aacWords(data) : undefined,
    })),
  };
}

function avcWords(data: Uint8Array): string | undefined {
  const config = decodeAvcConfig(data);
  return config && `profile ${config.profile}, level ${config.level / 10}`;
}

function aacWords(data: Uint8Array): string | undefined {
  const config = decodeAacConfig(data);
  return config && `object type ${config.objectType}, ${config.sampleRate} Hz, channels ${config.channels}`;
}

/** The name of a number in a table of names; a number that is not there as it is. */
export function nameIn(table: Readonly<Record<string, number>>, value: number): string {
  const name = Object.keys(table).find((key) => table[key] === value);
  return name === undefined ? String(value) : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
