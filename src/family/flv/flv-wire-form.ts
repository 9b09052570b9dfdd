import {
  encodeFlvFileHeader,
  encodeFlvNotice,
  type FlvTagType,
  flvTagBytes,
  writeFlvTag,
} from '../../protocol/flv/flv-tag.ts';
import { httpChunk } from '../../protocol/http/chunked-coding.ts';
import { webSocketMessages } from '../../protocol/ws/binary-message.ts';
import { type Packing, type WireForm, wrap } from '../../stream/fan-out/wire-form.ts';
import { FlvMessageType, flvFamily as family } from './flv-family.ts';
import { wireTime } from './wire-time.ts';

/** FLV tags, the same bytes for every player. Type 15 data has no tag type. */
const flvPacking: Packing = {
  hasVideo: true,
  isRare: false,
  includes: ({ tag }) => tag !== FlvMessageType.dataAmf3,
  sizeOf: ({ payload }) => flvTagBytes(payload.length),
  write: (target, at, frame, timestamp) =>
    writeFlvTag(target, at, frame.tag as FlvTagType, wireTime(frame, timestamp), frame.payload),
};

/** The wire forms of players that take FLV: they differ in what is around a batch only. */
export const flvWireForm: Readonly<Record<'raw' | 'chunked' | 'webSocket', WireForm>> = {
  /** The bytes as they are: HTTP/1.0, where the end of the connection is the end of the body. */
  raw: flvForm('http-flv'),
  /** A chunk of HTTP/1.1's chunked coding per batch. */
  chunked: flvForm('http-flv', httpChunk),
  /** A binary WebSocket message per batch. */
  webSocket: flvForm('ws-flv', webSocketMessages),
};

function flvForm(protocol: string, envelope?: WireForm['envelope']): WireForm {
  const form = { protocol, family, packing: flvPacking, prologue: encodeFlvFileHeader };
  return envelope === undefined ? form : { ...form, envelope };
}

/** What this relay says in its own name to the relay behind it, in a wire form. @param payload - an encoded data message */
export function flvNotice(form: WireForm, payload: Buffer): Buffer {
  return wrap(form, encodeFlvNotice(payload));
}
