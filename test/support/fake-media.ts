import { FlvMessageType } from '../../src/family/flv/flv-family.ts';
import { flvFrame } from '../../src/family/flv/flv-frame.ts';
import type { Frame } from '../../src/stream/frame.ts';

/** A media message as a source sends it or a player sees it. */
export interface MediaMessage {
  readonly type: FlvMessageType;
  readonly timestamp: number;
  readonly payload: Buffer;
}

const text = (name: string) =>
  Buffer.from(`\u0002\u0000${String.fromCharCode(name.length)}${name}`, 'latin1');

/** What the payloads of each kind begin with; behind it stand a number that tells one from the other, and padding. */
const kinds: Readonly<Record<string, { readonly type: FlvMessageType; readonly start: Buffer }>> = {
  M: { type: FlvMessageType.dataAmf0, start: text('onMetaData') },
  T: { type: FlvMessageType.dataAmf0, start: text('onTextData') },
  VH: { type: FlvMessageType.video, start: Buffer.from('1700000000', 'hex') },
  AH: { type: FlvMessageType.audio, start: Buffer.from('af00', 'hex') },
  K: { type: FlvMessageType.video, start: Buffer.from('1701000000', 'hex') },
  P: { type: FlvMessageType.video, start: Buffer.from('2701000000', 'hex') },
  A: { type: FlvMessageType.audio, start: Buffer.from('af01', 'hex') },
};

/**
 * Messages from a short script such as `M1@0 VH1@0 K1@0 A2@10 P3@40:5000`: metadata, text data, video and audio header,
 * keyframe, inter frame or audio, its number, its timestamp and, if it matters, the size of its payload.
 */
export function media(script: string): MediaMessage[] {
  const words = script.split(/\s+/).filter((word) => word !== '');
  return words.map((word) => {
    const [, name = '', number, timestamp, size = '0'] = /^([A-Z]+)(\d+)@(\d+)(?::(\d+))?$/.exec(word) ?? [];
    const kind = kinds[name];
    if (kind === undefined) throw new Error(`no media: ${word}`);
    const id = Buffer.alloc(4);
    id.writeUInt32BE(Number(number));
    const padding = Buffer.alloc(Math.max(0, Number(size) - kind.start.length - 4));
    return {
      type: kind.type,
      timestamp: Number(timestamp),
      payload: Buffer.concat([kind.start, id, padding]),
    };
  });
}

/** The frame that a message is. @throws Error when it is none of a stream */
export function frameOf({ type, timestamp, payload }: MediaMessage): Frame {
  const frame = flvFrame(type, timestamp, payload);
  if (frame === undefined) throw new Error(`no part of a stream: ${payload.toString('hex')}`);
  return frame;
}

/** The frames that the messages of a script are. */
export function frames(script: string): Frame[] {
  return media(script).map(frameOf);
}

/** As {@link wordFor}, for a frame of the FLV family. */
export function wordOf({ tag, timestamp, payload }: Frame): string {
  return wordFor({ type: tag as FlvMessageType, timestamp, payload });
}

/** The word for a message in a script, without its size; its bytes in hex when it was not made by {@link media}. */
export function wordFor({ type, timestamp, payload }: MediaMessage): string {
  for (const [name, { type: kindType, start }] of Object.entries(kinds)) {
    if (type !== kindType || !payload.subarray(0, start.length).equals(start)) continue;
    if (payload.subarray(start.length + 4).every((byte) => byte === 0)) {
      return `${name}${payload.readUInt32BE(start.length)}@${timestamp}`;
    }
  }
  return `${type}:${payload.toString('hex')}@${timestamp}`;
}
