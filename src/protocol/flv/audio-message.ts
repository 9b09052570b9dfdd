import { bufferView } from '../../bytes/buffer-view.ts';
import {
  type AudioPacket,
  aacSoundFormat,
  decodeAudioTagHeader,
  exPackets,
  exSoundFormat,
  multitrackPacketType,
} from './audio-tag-header.ts';
import { encodeExMessage, readExMessage, type Track } from './ex-tag-header.ts';

/** The data of one track of an audio message. */
export interface AudioTrack extends Track {
  /** What stands behind the headers: a frame, or the decoder's configuration. When decoded, a view of the message. */
  readonly data: Uint8Array;
}

/** An audio message with the header of FLV 10.1: one track, one codec by its number. */
export interface LegacyAudioMessage {
  readonly form: 'legacy';
  readonly packet: Extract<AudioPacket, 'sequenceStart' | 'codedFrames'>;
  /** SoundFormat: 10 for AAC, 2 for MP3. */
  readonly soundFormat: number;
  /** SoundRate, SoundSize and SoundType as they stand in the header, 4 bits; of AAC always 15, whatever it is. */
  readonly soundFlags: number;
  /** What stands behind the headers. When decoded, a view of the message. */
  readonly data: Uint8Array;
}

/** An audio message with the header of Enhanced RTMP: codecs by their FourCC, one track or several. */
export interface EnhancedAudioMessage {
  readonly form: 'enhanced';
  readonly packet: AudioPacket;
  /** Nanoseconds to add to the timestamp of the message, 0 to 999,999. */
  readonly timestampOffsetNs: number;
  /** At least one; the default track has the id 0. */
  readonly tracks: readonly AudioTrack[];
}

/** An audio message taken apart: what is in the payload of an FLV tag or RTMP message of type 8. */
export type AudioMessage = LegacyAudioMessage | EnhancedAudioMessage;

/** AudioPacketType, as they are written. */
const packetTypes: Readonly<Record<AudioPacket, number>> = {
  sequenceStart: 0,
  codedFrames: 1,
  sequenceEnd: 2,
  multichannelConfig: 4,
};

/**
 * Takes an audio message apart. Never throws: undefined stands for what is unknown, reserved or truncated, and for the empty message
 * that announces silence.
 * @param payload - the whole message; what is returned holds views of it.
 * @see FLV 10.1 section E.4.2.1; Enhanced RTMP v2, ExAudioTagHeader
 */
export function decodeAudioMessage(payload: Uint8Array): AudioMessage | undefined {
  const bytes = bufferView(payload);
  const { packet } = decodeAudioTagHeader(bytes);
  const first = bytes[0];
  if (packet === 'other' || first === undefined) return undefined;
  const soundFormat = first >> 4;
  if (soundFormat === exSoundFormat) return decodeEnhanced(bytes);
  if (packet !== 'sequenceStart' && packet !== 'codedFrames') return undefined;
  const data = bytes.subarray(soundFormat === aacSoundFormat ? 2 : 1);
  return { form: 'legacy', packet, soundFormat, soundFlags: first & 0x0f, data };
}

/**
 * Writes an audio message.
 * @throws RangeError for what its form has no room for: an offset, size or track id beyond its field, a FourCC that is none, no track
 */
export function encodeAudioMessage(message: AudioMessage): Buffer {
  if (message.form === 'enhanced') {
    const { packet, timestampOffsetNs, tracks } = message;
    const packetType = packetTypes[packet];
    return encodeExMessage({
      high: exSoundFormat,
      packetType,
      multitrackPacketType,
      timestampOffsetNs,
      tracks,
    });
  }
  const { soundFormat, soundFlags, packet, data } = message;
  const isFormat = Number.isInteger(soundFormat) && soundFormat >= 0 && soundFormat <= 15;
  if (!isFormat || soundFormat === exSoundFormat) throw new RangeError(`sound format ${soundFormat}`);
  const first = Buffer.of((soundFormat << 4) | (soundFlags & 0x0f));
  const header = soundFormat === aacSoundFormat ? [first, Buffer.of(packetTypes[packet])] : [first];
  return Buffer.concat([...header, data]);
}

function decodeEnhanced(bytes: Buffer): EnhancedAudioMessage | undefined {
  const ex = readExMessage(bytes, multitrackPacketType);
  const packet = exPackets[ex?.packetType ?? -1];
  if (ex === undefined || packet === undefined) return undefined;
  const tracks = ex.tracks.map(({ trackId, fourCc, start, end }) => ({
    trackId,
    fourCc,
    data: bytes.subarray(start, end),
  }));
  return { form: 'enhanced', packet, timestampOffsetNs: ex.timestampOffsetNs, tracks };
}
