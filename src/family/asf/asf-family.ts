import { type AsfHeader, readAsfHeader } from '../../protocol/asf/asf-header.ts';
import { durationMs } from '../../protocol/asf/asf-packet.ts';
import { asfPath } from '../../protocol/mmsh/mmsh-path.ts';
import type { MediaFamily, TrackCodec } from '../../stream/media-family.ts';
import { AsfTag } from './asf-tag.ts';
import { beginningOf } from './packet-writing.ts';

/** What MMSH carries and ASF files hold: a header, then data packets in which all streams of it are together. */
export const asfFamily: MediaFamily = {
  name: 'ASF',
  addressesOf: (key) => [`mmsh://HOST:PORT/${asfPath(key)}`, `http://HOST:PORT/${asfPath(key)}`],
  codecsOf: ({ tag, payload }) => (AsfTag.isHeader(tag) ? codecsIn(asfHeaderOf({ payload })) : []),
  durationOf: ({ tag, payload }) => (AsfTag.isHeader(tag) ? 0 : durationMs(payload)),
  videoFramesIn: ({ tag }) => AsfTag.videoFrames(tag),
  beginningOf: (frame) => (AsfTag.isHeader(frame.tag) ? frame.payload : beginningOf(frame)),
  writtenBytesOf: ({ tag, payload }) => (AsfTag.isHeader(tag) ? payload.length : AsfTag.packetBytes(tag)),
};

/** Headers that were read, by their bytes: forms compare the same two in turn. */
const headers = new WeakMap<Buffer, AsfHeader>();

/** What a header frame says. */
export function asfHeaderOf({ payload }: { readonly payload: Buffer }): AsfHeader {
  let header = headers.get(payload);
  if (header === undefined) {
    header = readAsfHeader(payload);
    headers.set(payload, header);
  }
  return header;
}

function codecsIn({ streams }: AsfHeader): TrackCodec[] {
  return streams.flatMap(({ number, type, codec }) =>
    type === 'audio' || type === 'video' ? [{ track: number, codec, kind: type }] : [],
  );
}
