import { haveSameStreams } from '../../protocol/asf/asf-header.ts';
import { fullAsfPacket } from '../../protocol/asf/asf-rewriting.ts';
import { httpChunk } from '../../protocol/http/chunked-coding.ts';
import { webSocketMessages } from '../../protocol/ws/binary-message.ts';
import type { Packing, WireForm } from '../../stream/fan-out/wire-form.ts';
import type { HeaderFrame } from '../../stream/frame.ts';
import { asfHeaderOf, asfFamily as family } from './asf-family.ts';
import { AsfTag } from './asf-tag.ts';
import { beginningOf, writeAsfPacket } from './packet-writing.ts';

/** An ASF file without an end: a header at the beginning and nowhere else, then packets that are all of one size. */
const asfPacking: Packing = {
  hasVideo: true,
  isRare: false,
  includes: () => true,
  sizeOf: ({ tag }) => (AsfTag.isHeader(tag) ? 0 : AsfTag.packetBytes(tag)),
  write: (target, at, { payload, tag }, timestamp) =>
    AsfTag.isHeader(tag) ? at : writeFull(target, at, payload, tag, timestamp),
  beginning: {
    sizeOf: ({ payload, tag }) => (AsfTag.isHeader(tag) ? payload.length : AsfTag.packetBytes(tag)),
    write: (target, at, frame, timestamp) =>
      AsfTag.isHeader(frame.tag)
        ? at + frame.payload.copy(target, at)
        : writeFull(target, at, beginningOf(frame), frame.tag, timestamp),
  },
};

function writeFull(target: Buffer, at: number, packet: Buffer, tag: number, timestamp: number): number {
  return writeAsfPacket(target, at, fullAsfPacket(packet, AsfTag.packetBytes(tag)), tag, timestamp);
}

/** The wire forms of players that take raw ASF: they differ in what is around a batch only. */
export const asfWireForm: Readonly<Record<'raw' | 'chunked' | 'webSocket', WireForm>> = {
  /** The bytes as they are: HTTP/1.0, where the end of the connection is the end of the body. */
  raw: asfForm(),
  /** A chunk of HTTP/1.1's chunked coding per batch. */
  chunked: asfForm(httpChunk),
  /** A binary WebSocket message per batch. */
  webSocket: asfForm(webSocketMessages),
};

function asfForm(envelope?: WireForm['envelope']): WireForm {
  const form = { protocol: 'asf-http', family, packing: asfPacking, goesOnWith };
  return envelope === undefined ? form : { ...form, envelope };
}

/** Whether what has played by one header can play on by another. */
export function goesOnWith(before: HeaderFrame, after: HeaderFrame): boolean {
  return haveSameStreams(asfHeaderOf(before), asfHeaderOf(after));
}
