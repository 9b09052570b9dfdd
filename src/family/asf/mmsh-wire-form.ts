import { httpChunk } from '../../protocol/http/chunked-coding.ts';
import {
  encodeMmshChange,
  encodeMmshEnd,
  encodeMmshHeader,
  encodeMmshNotice,
  MmshPacketId,
  mmshDataBytes,
  writeMmshData,
} from '../../protocol/mmsh/mmsh-packet.ts';
import { decodePath, encodePath } from '../../protocol/rtmp/relay-path.ts';
import { type FrameWriter, type Packing, type WireForm, wrap } from '../../stream/fan-out/wire-form.ts';
import type { Frame } from '../../stream/frame.ts';
import { asfFamily as family } from './asf-family.ts';
import { AsfTag } from './asf-tag.ts';
import { goesOnWith } from './asf-wire-form.ts';
import { beginningOf, hasKeyframeOf, writeAsfPacket } from './packet-writing.ts';

/**
 * What a player has left switched on: everything, with the first video stream of the header; everything, with another video
 * stream that it begins with; or no video. A relay gets everything, and is told of each header.
 */
export type MmshSelection = 'all' | 'no video' | 'relay' | { readonly videoStream: number };

/** The forms that were used: two of each selection, of which there are no more than streams in a header. */
const forms = new Map<string, WireForm>();
const packings = new Map<string, Packing>();

/** The wire form of an MMSH player: packets that depend on nothing but what nearly all players leave as it is. */
export function mmshWireForm(isChunked: boolean, selection: MmshSelection = 'all'): WireForm {
  const name = typeof selection === 'string' ? selection : `video ${selection.videoStream & 0x7f}`;
  const id = `${name}, ${isChunked}`;
  let form = forms.get(id);
  if (form === undefined) {
    const packing = packings.get(name) ?? mmshPacking(selection);
    packings.set(name, packing);
    const any = { protocol: 'mmsh', family, packing };
    const plain = selection === 'relay' ? any : { ...any, goesOnWith };
    form = isChunked ? { ...plain, envelope: httpChunk } : plain;
    forms.set(id, form);
  }
  return form;
}

/** All but what nearly all players want is rare: of the rest there are too many to keep anything in each. */
function mmshPacking(selection: MmshSelection): Packing {
  const plain = { hasVideo: true, isRare: false, includes: () => true };
  if (selection === 'all')
    return { ...plain, ...mmshWriter(noHeader), beginning: mmshWriter(mmshHeader, beginningOf) };
  if (selection === 'relay') {
    const beginning = mmshWriter(mmshHeader); // what it has is compared with what other relays have: packets stay as they are
    return { ...plain, ...mmshWriter(headerWithin), isRare: true, beginning };
  }
  if (selection === 'no video') {
    return {
      ...mmshWriter(noHeader),
      hasVideo: false,
      isRare: true,
      includes: ({ kind, role }) => kind !== 'video' || role === 'header',
      beginning: mmshWriter(mmshHeader, (frame) => beginningOf(frame, 0)),
    };
  }
  const { videoStream } = selection;
  return {
    ...plain,
    ...mmshWriter(noHeader),
    isRare: true,
    mayBegin: (frame) => hasKeyframeOf(frame, videoStream),
    beginning: mmshWriter(mmshHeader, (frame) => beginningOf(frame, videoStream)),
  };
}

/**
 * Players that can go on with a header that takes the place of another need not know it, and few stand it: VLC 3.0 and MPlayer 1.5 show
 * nothing any more behind `$C` and `$H`, libmms 0.6 and ffmpeg 5.1 not behind one of the two.
 */
function noHeader(): Buffer {
  return nothing;
}

const nothing = Buffer.alloc(0);

/** A header that takes the place of another, for who has players who join later, and tells others what it is told. */
function headerWithin(asfHeader: Buffer): Buffer {
  return Buffer.concat([encodeMmshChange(), mmshHeader(asfHeader)]);
}

/** ASF headers as packets. */
const headers = new WeakMap<Buffer, Buffer>();

/** An ASF header as players get it, the same buffer for all: one may have 1 MiB, and whoever asks for it need not read it. */
export function mmshHeader(asfHeader: Buffer): Buffer {
  let packets = headers.get(asfHeader);
  if (packets === undefined) {
    packets = encodeMmshHeader(asfHeader);
    headers.set(asfHeader, packets);
  }
  return packets;
}

/** @param packetOf - what is written of a frame, as many bytes as that has; without it the frame as it is */
function mmshWriter(
  headerOf: (asfHeader: Buffer) => Buffer,
  packetOf?: (frame: Frame) => Buffer,
): FrameWriter {
  return {
    sizeOf: ({ payload, tag }) =>
      AsfTag.isHeader(tag) ? headerOf(payload).length : mmshDataBytes(payload.length),
    write(target, at, frame, timestamp) {
      const { payload, tag, number } = frame;
      if (AsfTag.isHeader(tag)) return at + headerOf(payload).copy(target, at);
      const packet = packetOf?.(frame) ?? payload;
      writeMmshData(target, at, MmshPacketId.data, number, number & 0xff, packet.length);
      return writeAsfPacket(target, at + mmshDataBytes(0), packet, tag, timestamp);
    },
  };
}

/** The end of a stream, in a wire form. @param reason - one of `MmshEndReason` */
export function mmshEnd(form: WireForm, reason: number): Buffer {
  return wrap(form, encodeMmshEnd(reason));
}

/** Tells a relay in the middle of the media which relays bring it, in a wire form. */
export function mmshNotice(form: WireForm, path: readonly string[]): Buffer {
  return wrap(form, encodeMmshNotice(Buffer.from(encodePath(path).join(' '))));
}

/** The ids of relays in what a relay upstream says in its own name, see {@link mmshNotice}. @param payload - of the notice */
export function mmshNoticePath(payload: Buffer): readonly string[] {
  return decodePath(payload.toString('latin1').split(' ')) ?? [];
}
