import { ProtocolError } from '../../errors.ts';
import type { AsfHeader } from '../../protocol/asf/asf-header.ts';
import { readAsfPacket } from '../../protocol/asf/asf-packet.ts';
import { broadcastHeader, paddablePacket } from '../../protocol/asf/asf-rewriting.ts';
import type { Frame, FrameKind, HeaderFrame } from '../../stream/frame.ts';
import { asfHeaderOf, asfFamily as family } from './asf-family.ts';
import { AsfTag } from './asf-tag.ts';
import { startsKeyframe } from './packet-writing.ts';

const headerKeys: readonly string[] = Object.freeze(['asf']);
const onlyTrack: readonly number[] = Object.freeze([0]);

/** What packets are told apart by: the header in force. */
interface InForce {
  readonly header: AsfHeader;
  readonly tag: number;
  /** By number, what a stream counts as. */
  readonly kinds: readonly ('audio' | 'video' | undefined)[];
  readonly hasAudio: boolean;
  /** Without it all packets are of one kind: none is left out, and a decoder can begin at any. */
  readonly hasVideo: boolean;
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
    const { hasAudio, hasVideo } = this.#enforce(header);
    const tag = AsfTag.ofHeader(header);
    const kind = kindOf(hasAudio, hasVideo);
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
    return this.#tellApart(bytes, this.#inForce);
  }

  #tellApart(bytes: Buffer, { header, tag, kinds, hasVideo, hasAudio }: InForce): Frame {
    const read = readAsfPacket(bytes, header.packetBytes);
    const payload = paddablePacket(bytes, header.packetBytes, read);
    const base = { family, tag, timestamp: read.sendTimeMs, payload, number: 0 };
    if (!hasVideo) {
      const kind = hasAudio ? 'audio' : 'data';
      return { ...base, role: 'coded', kind, tracks: onlyTrack, isKeyframe: false };
    }
    const videoStream = AsfTag.videoStream(tag);
    let isAudioIn = false;
    let isVideoIn = false;
    let isKeyframe = false;
    let videoFrames = 0;
    for (const part of read.payloads) {
      const kind = kinds[part.stream];
      if (kind === 'audio') isAudioIn = true;
      else if (kind === 'video') isVideoIn = true;
      if (part.startsObject && part.stream === videoStream) videoFrames++;
      if (startsKeyframe(part, videoStream)) isKeyframe = true;
    }
    const kind = kindOf(isAudioIn, isVideoIn);
    if (kind === 'data') return { ...base, role: 'other', kind };
    const own = AsfTag.withVideoFrames(tag, videoFrames);
    return { ...base, tag: own, role: 'coded', kind, tracks: onlyTrack, isKeyframe };
  }

  #enforce(header: AsfHeader): InForce {
    const kinds: ('audio' | 'video' | undefined)[] = [];
    for (const { number, type } of header.streams)
      if (type === 'audio' || type === 'video') kinds[number] = type;
    const [hasAudio, hasVideo] = [kinds.includes('audio'), kinds.includes('video')];
    this.#inForce = { header, tag: AsfTag.of(header), kinds, hasAudio, hasVideo };
    return this.#inForce;
  }
}

function kindOf(hasAudio: boolean, hasVideo: boolean): FrameKind {
  if (hasAudio && hasVideo) return 'mixed';
  if (hasVideo) return 'video';
  return hasAudio ? 'audio' : 'data';
}
