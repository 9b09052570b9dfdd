import { ProtocolError } from '../../errors.ts';
import type { AsfHeader } from '../../protocol/asf/asf-header.ts';
import { type AsfPayload, readAsfPacket } from '../../protocol/asf/asf-packet.ts';
import { broadcastHeader, paddablePacket } from '../../protocol/asf/asf-rewriting.ts';
import type { AsfStreamType } from '../../protocol/asf/asf-stream.ts';
import type { Frame, FrameKind, HeaderFrame } from '../../stream/frame.ts';
import { AsfTag, asfHeaderOf, asfFamily as family } from './asf-family.ts';

const headerKeys: readonly string[] = Object.freeze(['asf']);
const onlyTrack: readonly number[] = Object.freeze([0]);

/** What packets are told apart by: the header in force. */
interface InForce {
  readonly header: AsfHeader;
  readonly tag: number;
  /** By number, what a stream counts as. */
  readonly kinds: readonly ('audio' | 'video' | undefined)[];
  /** What a packet is where no video comes: it is never left out, nor does anything begin at it. */
  readonly withoutVideo: 'audio' | 'data' | undefined;
}

/** Makes frames of the headers and data packets of one source: each is told apart once, here. */
export class AsfFrames {
  #inForce: InForce | undefined;

  /** The header in force; undefined before the first. */
  get current(): AsfHeader | undefined {
    return this.#inForce?.header;
  }

  /** A header: what comes behind it goes by it. @param bytes - taken over @throws ProtocolError `ASF_HEADER_INVALID` */
  header(bytes: Buffer): HeaderFrame {
    const header = asfHeaderOf({ payload: bytes });
    this.#enforce(header);
    const tag = AsfTag.ofHeader(header);
    const has = (sought: AsfStreamType): boolean => header.streams.some(({ type }) => type === sought);
    const kind = kindOf(has('audio'), has('video'));
    const payload = broadcastHeader(bytes, header);
    return { family, kind, role: 'header', tag, timestamp: 0, payload, number: 0, headerKeys };
  }

  /** The source goes on where another one has stopped, by the header of that. */
  goOn({ payload }: HeaderFrame): void {
    this.#enforce(asfHeaderOf({ payload }));
  }

  /**
   * A data packet, with its padding or without.
   * @param bytes - taken over
   * @throws ProtocolError `ASF_PACKET_INVALID`, also before the first header
   */
  packet(bytes: Buffer): Frame {
    if (this.#inForce === undefined)
      throw new ProtocolError('ASF_PACKET_INVALID', 'an ASF data packet before the first ASF header');
    const { header, tag, kinds, withoutVideo } = this.#inForce;
    const read = readAsfPacket(bytes, header.packetBytes);
    const payload = paddablePacket(bytes, header.packetBytes, read);
    const base = { family, tag, timestamp: read.sendTimeMs, payload, number: 0 };
    if (withoutVideo !== undefined)
      return { ...base, role: 'coded', kind: withoutVideo, tracks: onlyTrack, isKeyframe: false };
    const videoStream = AsfTag.videoStream(tag);
    let hasAudio = false;
    let hasVideo = false;
    let isKeyframe = false;
    for (const part of read.payloads) {
      const kind = kinds[part.stream];
      if (kind === 'audio') hasAudio = true;
      else if (kind === 'video') hasVideo = true;
      if (startsKeyframe(part, videoStream)) isKeyframe = true;
    }
    const kind = kindOf(hasAudio, hasVideo);
    if (kind === 'data') return { ...base, role: 'other', kind };
    return { ...base, role: 'coded', kind, tracks: onlyTrack, isKeyframe };
  }

  #enforce(header: AsfHeader): void {
    const kinds: ('audio' | 'video' | undefined)[] = [];
    for (const { number, type } of header.streams)
      if (type === 'audio' || type === 'video') kinds[number] = type;
    const withoutVideo = kinds.includes('video') ? undefined : kinds.includes('audio') ? 'audio' : 'data';
    this.#inForce = { header, tag: AsfTag.of(header), kinds, withoutVideo };
  }
}

/** Whether a key frame of a stream starts with a payload. */
export function startsKeyframe({ stream, isKey, startsObject }: AsfPayload, videoStream: number): boolean {
  return isKey && startsObject && stream === videoStream;
}

function kindOf(hasAudio: boolean, hasVideo: boolean): FrameKind {
  if (hasAudio && hasVideo) return 'mixed';
  if (hasVideo) return 'video';
  return hasAudio ? 'audio' : 'data';
}
