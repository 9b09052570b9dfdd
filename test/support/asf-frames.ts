import { AsfFrames } from '../../src/family/asf/asf-frames.ts';
import { FlvMessageType } from '../../src/family/flv/flv-family.ts';
import type { Frame } from '../../src/stream/frame.ts';
import { asfHeader, asfPacket, type MadeStream } from './asf-maker.ts';
import { type MediaMessage, media } from './fake-media.ts';

/** Large enough for what scripts say, so that one that is short stands out. */
const PACKET_BYTES = 60_000;
const PART_BYTES = 50_000;

/** A header or a data packet. */
interface AsfPart {
  readonly is: 'header' | 'packet';
  readonly bytes: Buffer;
}

/**
 * A script as {@link media} has it, in ASF: the header of video is a header of both, K, P and A are packets with one payload each, or
 * several where they are large. The payloads are those of FLV, so that they can be counted on the wire.
 * @param streams - of the header; by default audio 1 and video 2
 */
export function* asfParts(script: string, streams?: readonly MadeStream[]): Generator<AsfPart> {
  for (const message of media(script)) {
    const number = message.payload.readUInt8(message.payload.length - 1);
    if (isSequenceHeader(message)) {
      const fileId = number.toString(16).padStart(32, '0');
      if (message.type === FlvMessageType.video)
        yield {
          is: 'header',
          bytes: asfHeader({ packetBytes: PACKET_BYTES, fileId, ...(streams && { streams }) }),
        };
    } else for (const bytes of packetsOf(message)) yield { is: 'packet', bytes };
  }
}

/** The frames that the {@link asfParts} of a script are. */
export function asfFrames(script: string, streams?: readonly MadeStream[]): Frame[] {
  const frames = new AsfFrames();
  return [...asfParts(script, streams)].map(({ is, bytes }) =>
    is === 'header' ? frames.header(bytes) : frames.packet(bytes),
  );
}

function isSequenceHeader({ payload }: MediaMessage): boolean {
  return payload[1] === 0;
}

function* packetsOf({ type, timestamp, payload }: MediaMessage): Generator<Buffer> {
  const isVideo = type === FlvMessageType.video;
  for (let offset = 0; offset < payload.length; offset += PART_BYTES) {
    const part = {
      stream: isVideo ? 2 : 1,
      isKey: !isVideo || payload[0] === 0x17,
      offset,
      time: timestamp,
      objectBytes: payload.length,
      data: payload.subarray(offset, offset + PART_BYTES),
    };
    yield asfPacket({
      packetBytes: PACKET_BYTES,
      sendTimeMs: timestamp,
      payloads: [part],
      types: { paddingLength: 2 },
      isShort: true,
    });
  }
}
